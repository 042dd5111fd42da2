// A stand-in for cuBLAS: column-major products on the host, added up in float32, and a log of what was asked for.
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void stub_log(const char *format, ...);
int stub_failure(const char *name);
int stub_known(void *stream);
void stub_work(void);

#define CALL(name, ...)                  \
  do {                                   \
    stub_log(#name " " __VA_ARGS__);     \
    stub_log("\n");                      \
    int failure = stub_failure(#name);   \
    if (failure) return failure;         \
  } while (0)

static size_t workspace;
static int handle_object, *handle = &handle_object;

int cublasCreate_v2(void **h) { CALL(cublasCreate_v2); *h = handle; return 0; }
int cublasDestroy_v2(void *h) { CALL(cublasDestroy_v2, "%d", h == handle); return 0; }
int cublasGetVersion_v2(void *h, int *version) { CALL(cublasGetVersion_v2); *version = 130002; return 0; }
int cublasGetProperty(int part, int *value) { *value = part == 0 ? 13 : part == 1 ? 0 : 2; return 0; }
int cublasSetMathMode(void *h, int mode) { CALL(cublasSetMathMode, "%d", mode); return 0; }
// As the real one: a workspace lasts until the next stream.
int cublasSetStream_v2(void *h, void *stream) { CALL(cublasSetStream_v2, "%d", stub_known(stream)); workspace = 0; return 0; }
int cublasSetWorkspace_v2(void *h, void *memory, size_t bytes) { CALL(cublasSetWorkspace_v2, "%d %zu", memory != 0, bytes); workspace = bytes; return 0; }

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

static int product(int opA, int opB, int m, int n, int k, const float *alpha, const void *a, int typeA, int lda, long strideA, const void *b, int typeB, int ldb,
                   long strideB, const float *beta, void *c, int typeC, int ldc, long strideC, int batch, int compute, int algorithm) {
  stub_log("%d %d %d x%d ops %d%d types %d %d %d compute %d algorithm %d workspace %zu\n", m, n, k, batch, opA, opB, typeA, typeB, typeC, compute, algorithm,
           workspace);
  stub_work();
  if (lda < (opA ? k : m) || ldb < (opB ? n : k) || ldc < m || *beta != 0) return 7;
  for (int s = 0; s < batch; s++)
    for (int j = 0; j < n; j++)
      for (int i = 0; i < m; i++) {
        float sum = 0;
        for (int l = 0; l < k; l++)
          sum += get(a, typeA, (size_t)(s * strideA + (opA ? (long)i * lda + l : (long)l * lda + i))) *
                 get(b, typeB, (size_t)(s * strideB + (opB ? (long)l * ldb + j : (long)j * ldb + l)));
        put(c, typeC, (size_t)(s * strideC + (long)j * ldc + i), *alpha * sum);
      }
  return 0;
}

int cublasGemmEx(void *h, int opA, int opB, int m, int n, int k, const float *alpha, const void *a, int typeA, int lda, const void *b, int typeB, int ldb,
                 const float *beta, void *c, int typeC, int ldc, int compute, int algorithm) {
  stub_log("cublasGemmEx ");
  int failure = stub_failure("cublasGemmEx");
  if (failure) return failure;
  return product(opA, opB, m, n, k, alpha, a, typeA, lda, 0, b, typeB, ldb, 0, beta, c, typeC, ldc, 0, 1, compute, algorithm);
}
int cublasGemmStridedBatchedEx(void *h, int opA, int opB, int m, int n, int k, const float *alpha, const void *a, int typeA, int lda, long long strideA,
                               const void *b, int typeB, int ldb, long long strideB, const float *beta, void *c, int typeC, int ldc, long long strideC,
                               int batch, int compute, int algorithm) {
  stub_log("cublasGemmStridedBatchedEx ");
  return product(opA, opB, m, n, k, alpha, a, typeA, lda, strideA, b, typeB, ldb, strideB, beta, c, typeC, ldc, strideC, batch, compute, algorithm);
}
