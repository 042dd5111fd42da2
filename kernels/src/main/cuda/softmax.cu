// Softmax over rows: y_ri = exp(x_ri - m_r) / sum_j exp(x_rj - m_r), m_r the row's maximum.
//
// x, y (rows, length), length >= 1; y may be x. Two kernels:
//   softmax_rows_*   a warp a row, 8 rows a block of 256; for short rows. Grid: rows / 8, rounded up.
//   softmax_block_*  a block of 256 a row, for long rows. Grid: rows.
// Threads stride over the row; it is read three times, the second and third from the caches: 2 s bytes an element
// from memory, s the size of the storage type.
// Numerics: float32; the fast exponential of the difference to the maximum (at most 0), so a term's relative error is
// 2^-22 (1 + |x - m|) and the sum cannot overflow; IEEE division. Fixed reduction trees. A NaN makes its row NaN.
#include "common.cuh"

// NaN wins, unlike fmaxf's.
__device__ __forceinline__ float greater(float a, float b) { return a > b || a != a ? a : b; }
__device__ __forceinline__ float warp_max(float v) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) v = greater(v, __shfl_xor_sync(0xffffffffu, v, d));
  return v;
}

template <typename S> __device__ __forceinline__ void softmax_rows(S *y, const S *x, u64 rows, u32 length) {
  u64 row = (u64)blockIdx.x * 8 + (threadIdx.x >> 5);
  if (row >= rows) return;
  u32 lane = threadIdx.x & 31;
  x += row * length;
  y += row * length;
  float m = __uint_as_float(0xff800000u);
  for (u32 i = lane; i < length; i += 32) m = greater(m, to_float(x[i]));
  m = warp_max(m);
  float sum = 0.f;
  for (u32 i = lane; i < length; i += 32) sum += __expf(to_float(x[i]) - m);
  float scale = 1.f / warp_sum(sum);
  for (u32 i = lane; i < length; i += 32) y[i] = from_float<S>(__expf(to_float(x[i]) - m) * scale);
}

template <typename S> __device__ __forceinline__ void softmax_block(S *y, const S *x, u32 length) {
  __shared__ float scratch[32];
  x += (u64)blockIdx.x * length;
  y += (u64)blockIdx.x * length;
  float m = __uint_as_float(0xff800000u);
  for (u32 i = threadIdx.x; i < length; i += 256) m = greater(m, to_float(x[i]));
  m = warp_max(m);
  if ((threadIdx.x & 31) == 0) scratch[threadIdx.x >> 5] = m;
  __syncthreads();
#pragma unroll
  for (int i = 0; i < 8; i++) m = greater(m, scratch[i]);
  __syncthreads();
  float sum = 0.f;
  for (u32 i = threadIdx.x; i < length; i += 256) sum += __expf(to_float(x[i]) - m);
  float scale = 1.f / block_sum(sum, scratch);
  for (u32 i = threadIdx.x; i < length; i += 256) y[i] = from_float<S>(__expf(to_float(x[i]) - m) * scale);
}

extern "C" __global__ void __launch_bounds__(256) softmax_rows_f32(float *y, const float *x, u64 rows, u32 length) {
  softmax_rows(y, x, rows, length);
}
extern "C" __global__ void __launch_bounds__(256) softmax_rows_bf16(bf16 *y, const bf16 *x, u64 rows, u32 length) {
  softmax_rows(y, x, rows, length);
}
extern "C" __global__ void __launch_bounds__(256) softmax_block_f32(float *y, const float *x, u32 length) {
  softmax_block(y, x, length);
}
extern "C" __global__ void __launch_bounds__(256) softmax_block_bf16(bf16 *y, const bf16 *x, u32 length) {
  softmax_block(y, x, length);
}
