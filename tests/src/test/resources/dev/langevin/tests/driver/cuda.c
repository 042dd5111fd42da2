// A stand-in for libcuda.so.1: memory is the host's, calls are written to a log, graphs are lists of copies, fills and
// launches. Kernels do nothing but show their arguments.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int Result;
typedef unsigned long long Address;

static char text[1 << 20];
static size_t length;
static char fail_name[64];
static int fail_status;
static int parameter_count, parameter_sizes[64];
static size_t free_bytes = 1u << 30;

void stub_log(const char *format, ...) {
  va_list list;
  va_start(list, format);
  length += (size_t)vsnprintf(text + length, sizeof text - length, format, list);
  va_end(list);
}
// What was logged since the last time, one line a call.
const char *stub_take_log(void) {
  static char taken[sizeof text];
  memcpy(taken, text, length);
  taken[length] = 0;
  length = 0;
  return taken;
}
// The next call of that name returns a status and does nothing.
void stub_fail(const char *name, int status) {
  snprintf(fail_name, sizeof fail_name, "%s", name);
  fail_status = status;
}
int stub_failure(const char *name) {
  if (strcmp(name, fail_name)) return 0;
  fail_name[0] = 0;
  return fail_status;
}
// Sizes of the parameters of what is launched from now on.
void stub_parameters(int count, const int *sizes) {
  parameter_count = count;
  memcpy(parameter_sizes, sizes, sizeof(int) * (size_t)count);
}
void stub_free_bytes(size_t bytes) { free_bytes = bytes; }

#define CALL(name, ...)                  \
  do {                                   \
    stub_log(#name " " __VA_ARGS__);     \
    stub_log("\n");                      \
    int failure = stub_failure(#name);   \
    if (failure) return failure;         \
  } while (0)

// A recorded or immediate piece of work.
struct Work {
  int kind;
  void *target;
  const void *source;
  size_t bytes;
  char text[2048];
  struct Work *next;
};
struct Graph {
  struct Work *first, **last;
  size_t nodes;
};
static struct Graph *recording;

static void run(const struct Work *w) {
  if (w->kind == 0) memcpy(w->target, w->source, w->bytes);
  if (w->kind == 1) memset(w->target, 0, w->bytes);
  if (w->kind == 2) stub_log("%s\n", w->text);
}
static void issue(struct Work w) {
  if (!recording) {
    run(&w);
    return;
  }
  struct Work *kept = malloc(sizeof w);
  *kept = w;
  kept->next = 0;
  *recording->last = kept;
  recording->last = &kept->next;
  recording->nodes++;
}
int stub_recording(void) { return recording != 0; }
// What another library does at once, recorded or not; a graph counts it.
void stub_work(void) { issue((struct Work){3}); }

static int stream_object, context_object;
int stub_known(void *stream) { return stream == &stream_object; }

Result cuInit(unsigned flags) { CALL(cuInit, "%u", flags); return 0; }
Result cuDriverGetVersion(int *version) { CALL(cuDriverGetVersion); *version = 13000; return 0; }
Result cuDeviceGetCount(int *count) { CALL(cuDeviceGetCount); *count = 2; return 0; }
Result cuDeviceGet(int *device, int ordinal) { CALL(cuDeviceGet, "%d", ordinal); *device = 40 + ordinal; return 0; }
Result cuDeviceGetName(char *name, int size, int device) {
  CALL(cuDeviceGetName, "%d", device);
  snprintf(name, (size_t)size, "Stand-in %d", device);
  return 0;
}
Result cuDeviceGetAttribute(int *value, int attribute, int device) {
  CALL(cuDeviceGetAttribute, "%d %d", attribute, device);
  *value = attribute == 16 ? 132 : attribute == 75 ? 9 : 0;
  return 0;
}
Result cuDeviceTotalMem_v2(size_t *bytes, int device) { CALL(cuDeviceTotalMem_v2, "%d", device); *bytes = 80ull << 30; return 0; }
Result cuDevicePrimaryCtxRetain(void **context, int device) { CALL(cuDevicePrimaryCtxRetain, "%d", device); *context = &context_object; return 0; }
Result cuDevicePrimaryCtxRelease_v2(int device) { CALL(cuDevicePrimaryCtxRelease_v2, "%d", device); return 0; }
Result cuCtxSetCurrent(void *context) { CALL(cuCtxSetCurrent, "%s", context == &context_object ? "primary" : "other"); return 0; }
Result cuGetErrorName(int status, const char **name) {
  *name = status == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : status == 700 ? "CUDA_ERROR_ILLEGAL_ADDRESS" : status == 218 ? "CUDA_ERROR_INVALID_PTX"
      : status == 701 ? "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES" : status == 100 ? "CUDA_ERROR_NO_DEVICE" : 0;
  return *name ? 0 : 1;
}
Result cuGetErrorString(int status, const char **name) {
  *name = status == 700 ? "an illegal memory access was encountered" : 0;
  return *name ? 0 : 1;
}

Result cuStreamCreate(void **stream, unsigned flags) { CALL(cuStreamCreate, "%u", flags); *stream = &stream_object; return 0; }
Result cuStreamDestroy_v2(void *stream) { CALL(cuStreamDestroy_v2, "%d", stub_known(stream)); return 0; }
Result cuStreamSynchronize(void *stream) { CALL(cuStreamSynchronize, "%d", stub_known(stream)); return 0; }

Result cuMemAlloc_v2(Address *address, size_t bytes) {
  CALL(cuMemAlloc_v2, "%zu", bytes);
  if (bytes > free_bytes) return 2;
  *address = (Address)aligned_alloc(256, (bytes + 255) / 256 * 256);
  memset((void *)*address, 0xa5, bytes < 65536 ? bytes : 65536);
  return 0;
}
Result cuMemFree_v2(Address address) { CALL(cuMemFree_v2); free((void *)address); return 0; }
Result cuMemHostAlloc(void **address, size_t bytes, unsigned flags) {
  CALL(cuMemHostAlloc, "%zu %u", bytes, flags);
  *address = malloc(bytes);
  memset(*address, 0xa5, bytes);
  return 0;
}
Result cuMemFreeHost(void *address) { CALL(cuMemFreeHost); free(address); return 0; }
Result cuMemGetInfo_v2(size_t *free, size_t *total) { CALL(cuMemGetInfo_v2); *free = free_bytes; *total = 80ull << 30; return 0; }
Result cuMemcpyHtoDAsync_v2(Address target, const void *source, size_t bytes, void *stream) {
  CALL(cuMemcpyHtoDAsync_v2, "%zu %d", bytes, stub_known(stream));
  issue((struct Work){0, (void *)target, source, bytes});
  return 0;
}
Result cuMemcpyDtoHAsync_v2(void *target, Address source, size_t bytes, void *stream) {
  CALL(cuMemcpyDtoHAsync_v2, "%zu %d", bytes, stub_known(stream));
  issue((struct Work){0, target, (void *)source, bytes});
  return 0;
}
Result cuMemcpyDtoDAsync_v2(Address target, Address source, size_t bytes, void *stream) {
  CALL(cuMemcpyDtoDAsync_v2, "%zu %d", bytes, stub_known(stream));
  issue((struct Work){0, (void *)target, (void *)source, bytes});
  return 0;
}
Result cuMemsetD8Async(Address target, unsigned char value, size_t bytes, void *stream) {
  CALL(cuMemsetD8Async, "%d %zu %d", value, bytes, stub_known(stream));
  issue((struct Work){1, (void *)target, 0, bytes});
  return 0;
}

Result cuModuleLoadDataEx(void **module, const void *image, unsigned count, int *options, void **values) {
  stub_log("cuModuleLoadDataEx %zu", strlen(image));
  for (unsigned i = 0; i < count; i++) stub_log(" %d=%s%ld", options[i], options[i] == 5 ? "buffer" : "", options[i] == 5 ? 0 : (long)values[i]);
  stub_log("\n");
  int failure = stub_failure("cuModuleLoadDataEx");
  if (failure) {
    for (unsigned i = 0; i < count; i++)
      if (options[i] == 5) strcpy(values[i], "ptxas fatal : line 7, unknown opcode");
    return failure;
  }
  *module = strdup(image);
  return 0;
}
Result cuModuleUnload(void *module) { CALL(cuModuleUnload); free(module); return 0; }
Result cuModuleGetFunction(void **function, void *module, const char *name) {
  CALL(cuModuleGetFunction, "%s", name);
  if (!strstr(module, name)) return 500;
  *function = strdup(name);
  return 0;
}
Result cuFuncGetAttribute(int *value, int attribute, void *function) {
  CALL(cuFuncGetAttribute, "%d %s", attribute, (char *)function);
  *value = 1024;
  return 0;
}
Result cuFuncSetAttribute(void *function, int attribute, int value) { CALL(cuFuncSetAttribute, "%s %d %d", (char *)function, attribute, value); return 0; }
Result cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *stream,
                      void **parameters, void **extra) {
  int failure = stub_failure("cuLaunchKernel");
  if (failure) return failure;
  struct Work w = {2};
  int at = sprintf(w.text, "cuLaunchKernel %s grid %u,%u,%u block %u,%u,%u shared %u stream %d extra %d arguments", (char *)function, gx, gy, gz, bx, by, bz,
                   shared, stub_known(stream), extra != 0);
  for (int i = 0; i < parameter_count; i++) {
    at += sprintf(w.text + at, " ");
    for (int j = 0; j < parameter_sizes[i]; j++) at += sprintf(w.text + at, "%02x", ((unsigned char *)parameters[i])[j]);
  }
  issue(w);
  return 0;
}

Result cuEventCreate(void **event, unsigned flags) { CALL(cuEventCreate, "%u", flags); *event = calloc(1, 8); return 0; }
Result cuEventDestroy_v2(void *event) { CALL(cuEventDestroy_v2); free(event); return 0; }
Result cuEventRecord(long *event, void *stream) {
  static long now;
  CALL(cuEventRecord, "%d", stub_known(stream));
  *event = now += 3;
  return 0;
}
Result cuEventSynchronize(void *event) { CALL(cuEventSynchronize, "%d", event != 0); return 0; }
Result cuEventElapsedTime(float *milliseconds, long *from, long *to) { CALL(cuEventElapsedTime); *milliseconds = (float)(*to - *from) / 2; return 0; }

Result cuStreamBeginCapture_v2(void *stream, int mode) {
  CALL(cuStreamBeginCapture_v2, "%d %d", stub_known(stream), mode);
  recording = calloc(1, sizeof *recording);
  recording->last = &recording->first;
  return 0;
}
Result cuStreamEndCapture(void *stream, void **graph) {
  struct Graph *recorded = recording;
  recording = 0;
  *graph = 0;
  CALL(cuStreamEndCapture, "%d", stub_known(stream));
  *graph = recorded;
  return 0;
}
Result cuGraphGetNodes(struct Graph *graph, void **nodes, size_t *count) { CALL(cuGraphGetNodes, "%d", nodes != 0); *count = graph->nodes; return 0; }
Result cuGraphInstantiateWithFlags(void **exec, void *graph, unsigned long long flags) { CALL(cuGraphInstantiateWithFlags, "%llu", flags); *exec = graph; return 0; }
Result cuGraphLaunch(struct Graph *exec, void *stream) {
  CALL(cuGraphLaunch, "%d", stub_known(stream));
  for (struct Work *w = exec->first; w; w = w->next) run(w);
  return 0;
}
Result cuGraphDestroy(void *graph) { CALL(cuGraphDestroy, "%d", graph != 0); return 0; }
Result cuGraphExecDestroy(void *exec) { CALL(cuGraphExecDestroy, "%d", exec != 0); return 0; }
