// Sinusoidal embedding (Vaswani et al. 2017): y[i][j] = sin(w), y[i][half + j] = cos(w) with w = (scale t[i]) f[j].
//
// Shapes: t (n), f (half), y (n, 2 half). Launch: blocks of 256, any number of them; a thread for each pair is best.
// Numerics: both products are rounded, as the op's twin rounds them; sine and cosine: trig.cuh.
#include "trig.cuh"

extern "C" __global__ void __launch_bounds__(256) sinusoidal_embedding_f32(float *__restrict__ y, const float *__restrict__ t,
                                                                           const float *__restrict__ f, u32 n, u32 half, float scale) {
  u64 pairs = (u64)n * half;
#pragma unroll 1
  for (u64 p = thread_index(); p < pairs; p += thread_count()) {
    u32 i = (u32)p / half, j = (u32)p - i * half;
    int quadrant;
    float r = reduce_angle(__fmul_rn(__fmul_rn(scale, t[i]), f[j]), quadrant);
    float *row = y + (u64)i * (2 * half);
    row[j] = sine_in(quadrant, r);
    row[half + j] = sine_in(quadrant + 1, r);
  }
}
