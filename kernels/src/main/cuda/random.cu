// Random numbers of a key (philox.cuh), and dropout. All arrays hold N images of `images.size` elements. Any grid of at
// least images.count threads along x; each thread makes one piece of four elements of an image, so an element does not
// depend on the batch. 16-byte stores (8 for bf16) where 4 divides the size and the arrays are aligned, else one
// element at a time. Same bits as on the CPU.
#include "common.cuh"
#include "images.cuh"
#include "philox.cuh"

// y uniform in (0, 1). 4 bytes an element.
extern "C" __global__ void __launch_bounds__(256)
random_uniform(float *__restrict__ y, const __grid_constant__ NoiseKey key, const __grid_constant__ Images images) {
  u64 i = thread_index();
  if (i >= images.count) return;
  Place at = place(images, (u32)i);
  store_quad(y + (u64)at.image * images.size, at.quad, images.size, wide(images.size, y), uniform4(key, at.image, at.quad));
}

// y standard normal. 4 bytes an element.
extern "C" __global__ void __launch_bounds__(256)
random_normal(float *__restrict__ y, const __grid_constant__ NoiseKey key, const __grid_constant__ Images images) {
  u64 i = thread_index();
  if (i >= images.count) return;
  Place at = place(images, (u32)i);
  store_quad(y + (u64)at.image * images.size, at.quad, images.size, wide(images.size, y), normal4(key, at.image, at.quad));
}

// Inverted dropout: y = x keep with keep = `scale` = 1 / (1 - rate) where the element's uniform number is above `rate`,
// else 0. Its gradient is the same function of dy. 8 bytes an element, 4 for bf16.
template <typename T>
__device__ __forceinline__ void dropout(T *__restrict__ y, const T *__restrict__ x, float rate, float scale, const NoiseKey &key, const Images &images) {
  u64 i = thread_index();
  if (i >= images.count) return;
  Place at = place(images, (u32)i);
  u64 start = (u64)at.image * images.size;
  bool fast = wide(images.size, y, x);
  Four v = load_quad(x + start, at.quad, images.size, fast);
  Four u = uniform4(key, at.image, at.quad);
  Four r;
  // A product, not a choice between x and 0: what is not finite stays visible.
  r.x = v.x * (u.x > rate ? scale : 0.f);
  r.y = v.y * (u.y > rate ? scale : 0.f);
  r.z = v.z * (u.z > rate ? scale : 0.f);
  r.w = v.w * (u.w > rate ? scale : 0.f);
  store_quad(y + start, at.quad, images.size, fast, r);
}

extern "C" __global__ void __launch_bounds__(256)
dropout_f32(float *__restrict__ y, const float *__restrict__ x, float rate, float scale, const __grid_constant__ NoiseKey key,
            const __grid_constant__ Images images) {
  dropout(y, x, rate, scale, key, images);
}

extern "C" __global__ void __launch_bounds__(256)
dropout_bf16(bf16 *__restrict__ y, const bf16 *__restrict__ x, float rate, float scale, const __grid_constant__ NoiseKey key,
             const __grid_constant__ Images images) {
  dropout(y, x, rate, scale, key, images);
}
