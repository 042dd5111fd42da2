// A stand-in for cuDNN 9: convolutions on the host by their descriptors, and a log of what was asked for. It knows, in
// each direction, Winograd (the first of its heuristics), an algorithm 0 whose sums have no fixed order, and algorithm 1.
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void stub_log(const char *format, ...);
int stub_failure(const char *name);
int stub_recording(void);
int stub_known(void *stream);
void stub_work(void);

enum { BAD_PARAM = 2000, NOT_SUPPORTED = 3000, EXECUTION_FAILED = 5000 };

#define CALL(name, ...)                  \
  do {                                   \
    stub_log(#name " " __VA_ARGS__);     \
    stub_log("\n");                      \
    int failure = stub_failure(#name);   \
    if (failure) return failure;         \
  } while (0)

typedef struct {
  int format, type, n, c, h, w;
} Tensor;
typedef struct {
  int padH, padW, strideH, strideW, dilationH, dilationW, mode, type, math;
} Convolution;
typedef struct {
  int mode, nan;
  double coefficient;
} Activation;
typedef struct {
  int algorithm, status;
  float time;
  size_t memory;
  int determinism, math, reserved[3];
} Performance;

// 1: heuristics know nothing; 2: they give BAD_PARAM; 4: bias is not added; 8: algorithm 1 wants more memory than there is.
static int refusals;
void stub_refuse(int what) { refusals = what; }

size_t cudnnGetVersion(void) { return 91200; }
size_t cudnnGetCudartVersion(void) { return 13000; }
const char *cudnnGetErrorString(int status) {
  switch (status) {
    case 1008: return "CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED";
    case BAD_PARAM: return "CUDNN_STATUS_BAD_PARAM";
    case NOT_SUPPORTED: return "CUDNN_STATUS_NOT_SUPPORTED";
    case 3002: return "CUDNN_STATUS_NOT_SUPPORTED_SHAPE";
    case 3005: return "CUDNN_STATUS_NOT_SUPPORTED_INCOMPATIBLE_CUDA_DRIVER";
    default: return "CUDNN_STATUS_EXECUTION_FAILED";
  }
}
int cudnnCreate(void **handle) { CALL(cudnnCreate); *handle = malloc(1); return 0; }
int cudnnDestroy(void *handle) { CALL(cudnnDestroy); free(handle); return 0; }
int cudnnSetStream(void *handle, void *stream) { CALL(cudnnSetStream, "%d", stub_known(stream)); return 0; }
int cudnnCreateTensorDescriptor(Tensor **t) { *t = calloc(1, sizeof **t); return 0; }
int cudnnDestroyTensorDescriptor(Tensor *t) { CALL(cudnnDestroyTensorDescriptor); free(t); return 0; }
int cudnnSetTensor4dDescriptor(Tensor *t, int format, int type, int n, int c, int h, int w) {
  CALL(cudnnSetTensor4dDescriptor, "format %d type %d %d %d %d %d", format, type, n, c, h, w);
  *t = (Tensor){format, type, n, c, h, w};
  return 0;
}
int cudnnCreateFilterDescriptor(Tensor **t) { *t = calloc(1, sizeof **t); return 0; }
int cudnnDestroyFilterDescriptor(Tensor *t) { CALL(cudnnDestroyFilterDescriptor); free(t); return 0; }
int cudnnSetFilter4dDescriptor(Tensor *t, int type, int format, int k, int c, int h, int w) {
  CALL(cudnnSetFilter4dDescriptor, "format %d type %d %d %d %d %d", format, type, k, c, h, w);
  *t = (Tensor){format, type, k, c, h, w};
  return 0;
}
int cudnnCreateConvolutionDescriptor(Convolution **t) { *t = calloc(1, sizeof **t); return 0; }
int cudnnDestroyConvolutionDescriptor(Convolution *t) { CALL(cudnnDestroyConvolutionDescriptor); free(t); return 0; }
int cudnnSetConvolution2dDescriptor(Convolution *t, int padH, int padW, int strideH, int strideW, int dilationH, int dilationW, int mode, int type) {
  CALL(cudnnSetConvolution2dDescriptor, "pad %d %d stride %d %d dilation %d %d mode %d type %d", padH, padW, strideH, strideW, dilationH, dilationW, mode, type);
  *t = (Convolution){padH, padW, strideH, strideW, dilationH, dilationW, mode, type, 0};
  return 0;
}
int cudnnSetConvolutionMathType(Convolution *t, int math) { CALL(cudnnSetConvolutionMathType, "%d", math); t->math = math; return 0; }
int cudnnCreateActivationDescriptor(Activation **t) { *t = calloc(1, sizeof **t); return 0; }
int cudnnDestroyActivationDescriptor(Activation *t) { CALL(cudnnDestroyActivationDescriptor); free(t); return 0; }
int cudnnSetActivationDescriptor(Activation *t, int mode, int nan, double coefficient) {
  CALL(cudnnSetActivationDescriptor, "%d %d", mode, nan);
  *t = (Activation){mode, nan, coefficient};
  return 0;
}

// ---- choice of algorithms ----

// `winograd` is the number of that algorithm in its direction. Where they are timed, algorithm 0 is the fastest.
static int choose(const Convolution *g, int winograd, int most, int *count, Performance *of, int timed) {
  if (refusals & 2) return BAD_PARAM;
  int status = refusals & 1 ? NOT_SUPPORTED : 0, math = g->math == 1 ? 1 : g->math == 3 ? 3 : 0;
  Performance w = {winograd, status, .1f, 0, 1, math}, zero = {0, status, .3f, 0, 0, math}, one = {1, status, .2f, 4096, 1, math};
  Performance tensor = {1, NOT_SUPPORTED, -1, 0, 1, 1};
  Performance heuristic[] = {w, zero, tensor, one}, measured[] = {zero, one, w, tensor};
  *count = 4;
  memcpy(of, timed ? measured : heuristic, sizeof heuristic);
  return 0;
}
#define CHOICE(name, winograd)                                                                                                             \
  int cudnnGetConvolution##name##Algorithm_v7(void *h, const void *a, const void *b, const Convolution *g, const void *c, int most, int *count, \
                                              Performance *of) {                                                                           \
    CALL(cudnnGetConvolution##name##Algorithm_v7, "%d", most);                                                                             \
    return choose(g, winograd, most, count, of, 0);                                                                                        \
  }                                                                                                                                        \
  int cudnnFindConvolution##name##AlgorithmEx(void *h, const void *a, const void *pa, const void *b, const void *pb, const Convolution *g,  \
                                              const void *c, void *pc, int most, int *count, Performance *of, void *memory, size_t bytes) { \
    CALL(cudnnFindConvolution##name##AlgorithmEx, "%zu", bytes);                                                                           \
    if (!pa || !pb || !pc || !memory || stub_recording()) return EXECUTION_FAILED;                                                         \
    memset(pc, 0xa5, 4);                                                                                                                   \
    return choose(g, winograd, most, count, of, 1);                                                                                        \
  }                                                                                                                                        \
  int cudnnGetConvolution##name##WorkspaceSize(void *h, const void *a, const void *b, const Convolution *g, const void *c, int algorithm,  \
                                               size_t *bytes) {                                                                            \
    CALL(cudnnGetConvolution##name##WorkspaceSize, "%d", algorithm);                                                                       \
    *bytes = algorithm == 1 ? (refusals & 8 ? 1ul << 40 : 4096) : 0;                                                                       \
    return 0;                                                                                                                              \
  }
CHOICE(Forward, 6)
CHOICE(BackwardData, 4)
CHOICE(BackwardFilter, 4)

// ---- convolutions ----

static float get(const void *p, int type, size_t i) {
  if (type == 0) return ((const float *)p)[i];
  unsigned bits = (unsigned)((const unsigned short *)p)[i] << 16;
  float f;
  memcpy(&f, &bits, 4);
  return f;
}
static void put(void *p, int type, size_t i, float f) {
  if (type == 0) {
    ((float *)p)[i] = f;
    return;
  }
  unsigned bits;
  memcpy(&bits, &f, 4);
  ((unsigned short *)p)[i] = (unsigned short)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
static size_t size(const Tensor *t) { return (size_t)t->n * t->c * t->h * t->w; }
static size_t at(const Tensor *t, int n, int c, int h, int w) {
  return t->format ? (((size_t)n * t->h + h) * t->w + w) * t->c + c : (((size_t)n * t->c + c) * t->h + h) * t->w + w;
}

// Adds x w to y, y w to x or x y to w, whichever `to` says, into float32 sums.
static int walk(const Tensor *tx, const void *x, const Tensor *tw, const void *w, const Tensor *ty, const void *y, const Convolution *g, int to, float *sums) {
  if (g->mode != 1 || g->type != 0 || tx->type != tw->type || tx->type != ty->type || ty->n != tx->n || ty->c != tw->n || tw->c != tx->c ||
      ty->h != (tx->h + 2 * g->padH - tw->h) / g->strideH + 1 || ty->w != (tx->w + 2 * g->padW - tw->w) / g->strideW + 1)
    return BAD_PARAM;
  for (int n = 0; n < ty->n; n++)
    for (int k = 0; k < ty->c; k++)
      for (int i = 0; i < ty->h; i++)
        for (int j = 0; j < ty->w; j++)
          for (int r = 0; r < tw->h; r++)
            for (int s = 0; s < tw->w; s++)
              for (int c = 0; c < tx->c; c++) {
                int row = i * g->strideH + r - g->padH, column = j * g->strideW + s - g->padW;
                if (row < 0 || row >= tx->h || column < 0 || column >= tx->w) continue;
                size_t ax = at(tx, n, c, row, column), aw = at(tw, k, c, r, s), ay = at(ty, n, k, i, j);
                if (to == 'y') sums[ay] += get(x, tx->type, ax) * get(w, tw->type, aw);
                if (to == 'x') sums[ax] += get(y, ty->type, ay) * get(w, tw->type, aw);
                if (to == 'w') sums[aw] += get(x, tx->type, ax) * get(y, ty->type, ay);
              }
  return 0;
}
static int memory_given(int algorithm, void *memory, size_t bytes) {
  stub_work();
  if (algorithm == 1) {
    if (!memory || bytes != 4096) return 0;
    memset(memory, 0x77, bytes);
  }
  return 1;
}

int cudnnConvolutionForward(void *h, const float *alpha, const Tensor *tx, const void *x, const Tensor *tw, const void *w, const Convolution *g, int algorithm,
                            void *memory, size_t bytes, const float *beta, const Tensor *ty, void *y) {
  CALL(cudnnConvolutionForward, "%d math %d", algorithm, g->math);
  if (*alpha != 1 || *beta != 0 || !memory_given(algorithm, memory, bytes)) return EXECUTION_FAILED;
  float *sums = calloc(size(ty), 4);
  int status = walk(tx, x, tw, w, ty, y, g, 'y', sums);
  for (size_t i = 0; !status && i < size(ty); i++) put(y, ty->type, i, sums[i]);
  free(sums);
  return status;
}
int cudnnConvolutionBiasActivationForward(void *h, const float *alpha, const Tensor *tx, const void *x, const Tensor *tw, const void *w, const Convolution *g,
                                          int algorithm, void *memory, size_t bytes, const float *alpha2, const Tensor *tz, const void *z, const Tensor *tb,
                                          const void *bias, const Activation *activation, const Tensor *ty, void *y) {
  CALL(cudnnConvolutionBiasActivationForward, "%d math %d residual %g", algorithm, g->math, *alpha2);
  if (refusals & 4 || algorithm != 1 || activation->mode != 5) return NOT_SUPPORTED;
  if (*alpha != 1 || !memory_given(algorithm, memory, bytes) || tb->n != 1 || tb->h != 1 || tb->w != 1 || tb->c != ty->c || tz->type != ty->type) return EXECUTION_FAILED;
  float *sums = calloc(size(ty), 4);
  int status = walk(tx, x, tw, w, ty, y, g, 'y', sums);
  for (int n = 0; !status && n < ty->n; n++)
    for (int c = 0; c < ty->c; c++)
      for (int i = 0; i < ty->h; i++)
        for (int j = 0; j < ty->w; j++) {
          size_t a = at(ty, n, c, i, j);
          put(y, ty->type, a, sums[a] + get(bias, tb->type, (size_t)c) + (*alpha2 ? *alpha2 * get(z, tz->type, a) : 0));
        }
  free(sums);
  return status;
}
int cudnnConvolutionBackwardData(void *h, const float *alpha, const Tensor *tw, const void *w, const Tensor *ty, const void *y, const Convolution *g,
                                 int algorithm, void *memory, size_t bytes, const float *beta, const Tensor *tx, void *x) {
  CALL(cudnnConvolutionBackwardData, "%d math %d", algorithm, g->math);
  if (*alpha != 1 || *beta != 0 || !memory_given(algorithm, memory, bytes)) return EXECUTION_FAILED;
  float *sums = calloc(size(tx), 4);
  int status = walk(tx, x, tw, w, ty, y, g, 'x', sums);
  for (size_t i = 0; !status && i < size(tx); i++) put(x, tx->type, i, sums[i]);
  free(sums);
  return status;
}
int cudnnConvolutionBackwardFilter(void *h, const float *alpha, const Tensor *tx, const void *x, const Tensor *ty, const void *y, const Convolution *g,
                                   int algorithm, void *memory, size_t bytes, const float *beta, const Tensor *tw, void *w) {
  CALL(cudnnConvolutionBackwardFilter, "%d math %d", algorithm, g->math);
  if (*alpha != 1 || *beta != 0 || !memory_given(algorithm, memory, bytes)) return EXECUTION_FAILED;
  float *sums = calloc(size(tw), 4);
  int status = walk(tx, x, tw, w, ty, y, g, 'w', sums);
  for (size_t i = 0; !status && i < size(tw); i++) put(w, tw->type, i, sums[i]);
  free(sums);
  return status;
}
