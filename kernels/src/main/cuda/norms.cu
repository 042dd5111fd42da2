// Sums of squares over each image of a batch, and the error of a prediction of noise, whose loss they are. One block of
// blockDim.x threads sums one of the `parts` of an image; blocks of an image follow each other. With one part the result
// is in `out` (N), else out (N, parts) is for norms_of_parts. How an image is split and added up depends on its size
// alone, so it gives the same bits in every batch. float32 sums over fixed trees.
#include "common.cuh"
#include "images.cuh"
#include "philox.cuh"

__device__ __forceinline__ float squares(const Four &v) { return v.x * v.x + v.y * v.y + (v.z * v.z + v.w * v.w); }

// |x|^2. 4 bytes an element, 2 for bf16.
template <typename T> __device__ __forceinline__ void squared_norms(float *__restrict__ out, const T *__restrict__ x, u32 size, u32 parts) {
  __shared__ float scratch[32];
  Part part = part_of_block(size, parts);
  x += (u64)part.image * size;
  bool fast = wide(size, x);
  float sum = 0.f;
  for (u32 q = part.first + threadIdx.x; q < part.end; q += blockDim.x) sum += squares(load_quad(x, q, size, fast));
  sum = block_sum(sum, scratch);
  if (threadIdx.x == 0) out[blockIdx.x] = sum;
}

extern "C" __global__ void __launch_bounds__(256) squared_norms_f32(float *__restrict__ out, const float *__restrict__ x, u32 size, u32 parts) {
  squared_norms(out, x, size, parts);
}

extern "C" __global__ void __launch_bounds__(256) squared_norms_bf16(float *__restrict__ out, const bf16 *__restrict__ x, u32 size, u32 parts) {
  squared_norms(out, x, size, parts);
}

// |z|^2 of the key's normal numbers, which are never written: 0 bytes and about 30 instructions an element.
extern "C" __global__ void __launch_bounds__(256)
noise_squared_norms(float *__restrict__ out, const __grid_constant__ NoiseKey key, u32 size, u32 parts) {
  __shared__ float scratch[32];
  Part part = part_of_block(size, parts);
  float sum = 0.f;
  for (u32 q = part.first + threadIdx.x; q < part.end; q += blockDim.x) sum += noise_squares(key, part.image, q, min(4u, size - 4 * q));
  sum = block_sum(sum, scratch);
  if (threadIdx.x == 0) out[blockIdx.x] = sum;
}

// scale |p + z|^2, the mean squared error of each example for scale = 1 / size. p is the prediction of -z. 8 bytes an
// element, 6 where p is bf16.
template <typename T>
__device__ __forceinline__ void residual_error(float *__restrict__ out, const T *__restrict__ p, const float *__restrict__ z, float scale, u32 size, u32 parts) {
  __shared__ float scratch[32];
  Part part = part_of_block(size, parts);
  p += (u64)part.image * size;
  z += (u64)part.image * size;
  bool fast = wide(size, p, z);
  float sum = 0.f;
  for (u32 q = part.first + threadIdx.x; q < part.end; q += blockDim.x) {
    Four a = load_quad(p, q, size, fast), b = load_quad(z, q, size, fast);
    sum += squares(Four{a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w});
  }
  sum = block_sum(sum, scratch);
  if (threadIdx.x == 0) out[blockIdx.x] = sum * scale;
}

extern "C" __global__ void __launch_bounds__(256)
residual_error_f32(float *__restrict__ out, const float *__restrict__ p, const float *__restrict__ z, float scale, u32 size, u32 parts) {
  residual_error(out, p, z, scale, size, parts);
}

extern "C" __global__ void __launch_bounds__(256)
residual_error_bf16(float *__restrict__ out, const bf16 *__restrict__ p, const float *__restrict__ z, float scale, u32 size, u32 parts) {
  residual_error(out, p, z, scale, size, parts);
}

// y[i] = the sum of row i of x (n, parts), parts at most 32. One warp a row; any grid with 32 n threads.
extern "C" __global__ void __launch_bounds__(256) norms_of_parts(float *__restrict__ y, const float *__restrict__ x, u32 n, u32 parts) {
  u64 row = thread_index() >> 5;
  if (row >= n) return;
  u32 lane = threadIdx.x & 31;
  float sum = warp_sum(lane < parts ? x[row * parts + lane] : 0.f);
  if (lane == 0) y[row] = sum;
}

// The gradient of residual_error: dp = 2 scale dy (p + z), with one dy for each image. Any grid of at least images.count
// threads along x. 12 bytes an element, 8 where p and dp are bf16.
template <typename T>
__device__ __forceinline__ void residual_error_backward(T *__restrict__ dp, const T *__restrict__ p, const float *__restrict__ z, const float *__restrict__ dy,
                                                        float scale, const Images &images) {
  u64 i = thread_index();
  if (i >= images.count) return;
  Place at = place(images, (u32)i);
  u64 start = (u64)at.image * images.size;
  bool fast = wide(images.size, dp, p, z);
  Four a = load_quad(p + start, at.quad, images.size, fast), b = load_quad(z + start, at.quad, images.size, fast);
  float f = 2.f * scale * dy[at.image];
  store_quad(dp + start, at.quad, images.size, fast, Four{f * (a.x + b.x), f * (a.y + b.y), f * (a.z + b.z), f * (a.w + b.w)});
}

extern "C" __global__ void __launch_bounds__(256)
residual_error_backward_f32(float *__restrict__ dp, const float *__restrict__ p, const float *__restrict__ z, const float *__restrict__ dy, float scale,
                            const __grid_constant__ Images images) {
  residual_error_backward(dp, p, z, dy, scale, images);
}

extern "C" __global__ void __launch_bounds__(256)
residual_error_backward_bf16(bf16 *__restrict__ dp, const bf16 *__restrict__ p, const float *__restrict__ z, const float *__restrict__ dy, float scale,
                             const __grid_constant__ Images images) {
  residual_error_backward(dp, p, z, dy, scale, images);
}
