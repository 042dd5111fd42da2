// The forward process at one time for each image: x_t = a x_0 + s z with the key's normal numbers z (philox.cuh), which
// are written too, since the loss needs them. Arrays of N images of images.size elements; a and s (N). Any grid of at
// least images.count threads along x, one piece of four elements a thread: one 16-byte load and two stores where 4
// divides the size and the arrays are aligned, else one element at a time. 4 bytes read and 8 written for an element.
// The CPU's operations in its order, each rounded: the same bits.
#include "common.cuh"
#include "images.cuh"
#include "philox.cuh"

extern "C" __global__ void __launch_bounds__(256)
perturb(float *__restrict__ xt, float *__restrict__ noise, const float *__restrict__ x0, const float *__restrict__ a, const float *__restrict__ s,
        const __grid_constant__ NoiseKey key, const __grid_constant__ Images images) {
  u64 i = thread_index();
  if (i >= images.count) return;
  Place at = place(images, (u32)i);
  u64 start = (u64)at.image * images.size;
  bool fast = wide(images.size, xt, noise, x0);
  Four x = load_quad(x0 + start, at.quad, images.size, fast);
  float ca = a[at.image], cs = s[at.image];
  Four z = normal4(key, at.image, at.quad);
  store_quad(noise + start, at.quad, images.size, fast, z);
  Four r;
  r.x = __fadd_rn(__fmul_rn(x.x, ca), __fmul_rn(z.x, cs));
  r.y = __fadd_rn(__fmul_rn(x.y, ca), __fmul_rn(z.y, cs));
  r.z = __fadd_rn(__fmul_rn(x.z, ca), __fmul_rn(z.z, cs));
  r.w = __fadd_rn(__fmul_rn(x.w, ca), __fmul_rn(z.w, cs));
  store_quad(xt + start, at.quad, images.size, fast, r);
}
