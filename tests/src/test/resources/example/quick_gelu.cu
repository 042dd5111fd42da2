// QuickGELU, y = x / (1 + exp(-1.702 x)) for i in [0, n), and dx = dy s (1 + 1.702 x (1 - s)) with s = 1 / (1 + exp(-1.702 x)).
// Any grid: each thread strides over the elements. exp is CUDA's fast one, 2 ulp.
#include "common.cuh"

__device__ __forceinline__ float gate(float x) { return 1.f / (1.f + __expf(-1.702f * x)); }

extern "C" __global__ void __launch_bounds__(256)
quick_gelu_f32(float *__restrict__ y, const float *__restrict__ x, u64 n) {
  for (u64 i = thread_index(); i < n; i += thread_count()) y[i] = x[i] * gate(x[i]);
}

extern "C" __global__ void __launch_bounds__(256)
quick_gelu_backward_f32(float *__restrict__ dx, const float *__restrict__ x, const float *__restrict__ dy, u64 n) {
  for (u64 i = thread_index(); i < n; i += thread_count()) {
    float s = gate(x[i]);
    dx[i] = dy[i] * s * (1.f + 1.702f * x[i] * (1.f - s));
  }
}
