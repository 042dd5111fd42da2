// The samplers' steps. All arrays hold N images of `images.size` elements; noise z is that of `key` (philox.cuh), made in
// registers and never written to memory. Each thread makes pieces of four elements of an image, with 16-byte accesses
// (8 for bf16) where 4 divides the size and the arrays are aligned, else one element at a time.
#include "common.cuh"
#include "images.cuh"
#include "philox.cuh"

// y = a x + b s + c z with one a, b and c for each image. Any grid of at least images.count threads along x, one piece
// a thread: 8 bytes read and 4 written for an element (6 and 4 where s is bf16), against about 55 instructions. The
// CPU's operations in its order, each rounded: the same bits.
template <typename S>
__device__ __forceinline__ void affine_noise(float *__restrict__ y, const float *__restrict__ x, const S *__restrict__ s, const float *__restrict__ a,
                                             const float *__restrict__ b, const float *__restrict__ c, const NoiseKey &key, const Images &images) {
  u64 i = thread_index();
  if (i >= images.count) return;
  Place at = place(images, (u32)i);
  u64 start = (u64)at.image * images.size;
  bool fast = wide(images.size, y, x, s);
  Four u = load_quad(x + start, at.quad, images.size, fast);
  Four v = load_quad(s + start, at.quad, images.size, fast);
  float ca = a[at.image], cb = b[at.image], cc = c[at.image];
  Four z = normal4(key, at.image, at.quad);
  Four r;
  r.x = __fadd_rn(__fmul_rn(z.x, cc), __fadd_rn(__fmul_rn(u.x, ca), __fmul_rn(v.x, cb)));
  r.y = __fadd_rn(__fmul_rn(z.y, cc), __fadd_rn(__fmul_rn(u.y, ca), __fmul_rn(v.y, cb)));
  r.z = __fadd_rn(__fmul_rn(z.z, cc), __fadd_rn(__fmul_rn(u.z, ca), __fmul_rn(v.z, cb)));
  r.w = __fadd_rn(__fmul_rn(z.w, cc), __fadd_rn(__fmul_rn(u.w, ca), __fmul_rn(v.w, cb)));
  store_quad(y + start, at.quad, images.size, fast, r);
}

extern "C" __global__ void __launch_bounds__(256)
affine_noise_f32(float *__restrict__ y, const float *__restrict__ x, const float *__restrict__ s, const float *__restrict__ a, const float *__restrict__ b,
                 const float *__restrict__ c, const __grid_constant__ NoiseKey key, const __grid_constant__ Images images) {
  affine_noise(y, x, s, a, b, c, key, images);
}

extern "C" __global__ void __launch_bounds__(256)
affine_noise_bf16(float *__restrict__ y, const float *__restrict__ x, const bf16 *__restrict__ s, const float *__restrict__ a, const float *__restrict__ b,
                  const float *__restrict__ c, const __grid_constant__ NoiseKey key, const __grid_constant__ Images images) {
  affine_noise(y, x, s, a, b, c, key, images);
}

// ---- one step of the Langevin corrector (Song et al. 2021, algorithms 4 and 5) in two launches ----
//
// eps = factor |z|^2 / |s|^2 with the norms of one image, 0 where the score s is 0, then x' = x + eps s + sqrt(2 eps) z.
// Both launches: blocks of blockDim.x threads, `parts` (norms) or `chunks` (update) of them for an image, image after image.
// The norms' parts are split and added in an order that depends on the size of an image alone: an image gives the same
// bits in every batch.

struct Size {
  float eps, root;
};
__device__ __forceinline__ Size step_size(float noise, float slope, float factor) {
  float eps = slope > 0.f ? noise / slope * factor : 0.f;
  return Size{eps, sqrtf(2.f * eps)};
}

// Sums of squares of part blockIdx.x % parts of image blockIdx.x / parts: of the noise and of the score.
// Out (N, parts, 2); where an image is one part, out (N, 2) is the step size eps and sqrt(2 eps) at once.
// 4 bytes an element (2 for bf16), against about 30 instructions.
template <typename S>
__device__ __forceinline__ void langevin_norms(Size *__restrict__ out, const S *__restrict__ s, Value factor, const NoiseKey &key, u32 size, u32 parts) {
  __shared__ float scratch[32];
  Part part = part_of_block(size, parts);
  s += (u64)part.image * size;
  bool fast = wide(size, s);
  float noise = 0.f, slope = 0.f;
  for (u32 q = part.first + threadIdx.x; q < part.end; q += blockDim.x) {
    Four v = load_quad(s, q, size, fast);
    slope += v.x * v.x + v.y * v.y + (v.z * v.z + v.w * v.w);
    noise += noise_squares(key, part.image, q, min(4u, size - 4 * q));
  }
  noise = block_sum(noise, scratch);
  slope = block_sum(slope, scratch);
  if (threadIdx.x == 0) out[blockIdx.x] = parts == 1 ? step_size(noise, slope, get(factor)) : Size{noise, slope};
}

extern "C" __global__ void __launch_bounds__(256)
langevin_norms_f32(Size *__restrict__ out, const float *__restrict__ s, Value factor, const __grid_constant__ NoiseKey key, u32 size, u32 parts) {
  langevin_norms(out, s, factor, key, size, parts);
}

extern "C" __global__ void __launch_bounds__(256)
langevin_norms_bf16(Size *__restrict__ out, const bf16 *__restrict__ s, Value factor, const __grid_constant__ NoiseKey key, u32 size, u32 parts) {
  langevin_norms(out, s, factor, key, size, parts);
}

// y = x + eps s + sqrt(2 eps) z with what langevin_norms left in `norms`; parts at most 32. Two 16-byte loads and one
// store for four elements: 12 bytes an element (10 where s is bf16), against about 55 instructions.
template <typename S>
__device__ __forceinline__ void langevin_update(float *__restrict__ y, const float *__restrict__ x, const S *__restrict__ s, const Size *__restrict__ norms,
                                                Value factor, const NoiseKey &key, u32 size, u32 parts, u32 chunks) {
  u32 image = blockIdx.x / chunks, chunk = blockIdx.x % chunks;
  Size step = {0.f, 0.f};
  u32 lane = threadIdx.x & 31;
  if (lane < parts || parts == 1) step = norms[(u64)image * parts + (parts == 1 ? 0 : lane)];
  if (parts > 1) {
    float noise = warp_sum(step.eps), slope = warp_sum(step.root);
    step = step_size(noise, slope, get(factor));
  }
  u32 quads = (size + 3) / 4;
  u64 start = (u64)image * size;
  bool fast = wide(size, y, x, s);
  for (u32 q = chunk * blockDim.x + threadIdx.x; q < quads; q += chunks * blockDim.x) {
    Four u = load_quad(x + start, q, size, fast);
    Four v = load_quad(s + start, q, size, fast);
    Four z = normal4(key, image, q);
    Four r;
    r.x = fmaf(step.root, z.x, fmaf(step.eps, v.x, u.x));
    r.y = fmaf(step.root, z.y, fmaf(step.eps, v.y, u.y));
    r.z = fmaf(step.root, z.z, fmaf(step.eps, v.z, u.z));
    r.w = fmaf(step.root, z.w, fmaf(step.eps, v.w, u.w));
    store_quad(y + start, q, size, fast, r);
  }
}

extern "C" __global__ void __launch_bounds__(256)
langevin_update_f32(float *__restrict__ y, const float *__restrict__ x, const float *__restrict__ s, const Size *__restrict__ norms, Value factor,
                    const __grid_constant__ NoiseKey key, u32 size, u32 parts, u32 chunks) {
  langevin_update(y, x, s, norms, factor, key, size, parts, chunks);
}

extern "C" __global__ void __launch_bounds__(256)
langevin_update_bf16(float *__restrict__ y, const float *__restrict__ x, const bf16 *__restrict__ s, const Size *__restrict__ norms, Value factor,
                     const __grid_constant__ NoiseKey key, u32 size, u32 parts, u32 chunks) {
  langevin_update(y, x, s, norms, factor, key, size, parts, chunks);
}
