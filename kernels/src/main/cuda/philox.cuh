// Random numbers of a key: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011), as in the engine's Philox and RandomKey. Element e of an image, row-major, is word e % 4 of block e / 4.
//
// Every operation is written with its rounding, in the order of the CPU's PhiloxCpu and VectorMath, so that uniform and
// normal numbers have the same bits on both: nothing here may be contracted or replaced by an approximation.
#pragma once
#include "common.cuh"

// 32 bytes, aligned to 8.
struct NoiseKey {
  IntValue step;
  u32 seed_low, seed_high, purpose, first_image;
};

struct Words {
  u32 x, y, z, w;
};
__device__ __forceinline__ Words philox(const NoiseKey &key, u32 image, u32 block) {
  u32 c0 = block, c1 = key.first_image + image, c2 = (u32)get(key.step), c3 = key.purpose;
  u32 k0 = key.seed_low, k1 = key.seed_high;
#pragma unroll
  for (int round = 0; round < 10; round++) {
    u64 p0 = (u64)0xD2511F53u * c0;
    u64 p1 = (u64)0xCD9E8D57u * c2;
    c0 = (u32)(p1 >> 32) ^ c1 ^ k0;
    c1 = (u32)p1;
    c2 = (u32)(p0 >> 32) ^ c3 ^ k1;
    c3 = (u32)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return Words{c0, c1, c2, c3};
}

// (m + 0.5) 2^-23 for the upper 23 bits m of a word, in (0, 1): exact, as 1 + m 2^-23 less 1 - 2^-24.
__device__ __forceinline__ float unit(u32 word) {
  return __fsub_rn(__uint_as_float(0x3f800000u | word >> 9), 0.999999940395355225f);
}

// ln x for x in (0, 1); polynomial of S. L. Moshier's Cephes library, on [sqrt(1/2), sqrt(2)).
__device__ __forceinline__ float log_unit(float x) {
  int shifted = __float_as_int(x) - 0x3f3504f3;
  float e = (float)(shifted >> 23);
  float f = __fsub_rn(__int_as_float((shifted & 0x7fffff) + 0x3f3504f3), 1.f);
  float p = __fmaf_rn(f, 7.0376836292e-2f, -1.1514610310e-1f);
  p = __fmaf_rn(p, f, 1.1676998740e-1f);
  p = __fmaf_rn(p, f, -1.2420140846e-1f);
  p = __fmaf_rn(p, f, 1.4249322787e-1f);
  p = __fmaf_rn(p, f, -1.6668057665e-1f);
  p = __fmaf_rn(p, f, 2.0000714765e-1f);
  p = __fmaf_rn(p, f, -2.4999993993e-1f);
  p = __fmaf_rn(p, f, 3.3333331174e-1f);
  float z = __fmul_rn(f, f);
  float y = __fmaf_rn(e, -2.12194440e-4f, __fmul_rn(__fmul_rn(p, f), z));
  y = __fmaf_rn(z, -0.5f, y);
  return __fmaf_rn(e, 0.693359375f, __fadd_rn(f, y));
}

// sin(2 pi a) for |a| at most 1/4.
__device__ __forceinline__ float sine_of_turn(float a) {
  float z = __fmul_rn(a, a);
  float p = __fmaf_rn(z, 39.759827f, -76.58117f);
  p = __fmaf_rn(p, z, 81.60248f);
  p = __fmaf_rn(p, z, -41.341682f);
  return __fmaf_rn(__fmul_rn(p, z), a, __fmul_rn(a, 6.2831855f));
}

// The square of the radius of Box and Muller, -2 ln u: also the sum of the squares of the pair of numbers made of it.
__device__ __forceinline__ float radius_squared(u32 word) { return __fmul_rn(log_unit(unit(word)), -2.f); }

// sqrt(-2 ln u) (cos(2 pi v), sin(2 pi v)) of a pair of words.
__device__ __forceinline__ void box_muller(u32 first, u32 second, float &even, float &odd) {
  float radius = __fsqrt_rn(radius_squared(first));
  float v = unit(second);
  float cosine = sine_of_turn(__fsub_rn(fabsf(__fsub_rn(v, 0.5f)), 0.25f));
  // sin(2 pi v) = sin(2 pi w) with w = 1/2 - v, an odd function whose size depends on the distance to 1/4.
  float w = __fsub_rn(0.5f, v);
  float sine = sine_of_turn(__fsub_rn(0.25f, fabsf(__fsub_rn(fabsf(w), 0.25f))));
  sine = __uint_as_float(__float_as_uint(sine) ^ (__float_as_uint(w) & 0x80000000u));
  even = __fmul_rn(cosine, radius);
  odd = __fmul_rn(sine, radius);
}

// Four uniform numbers in (0, 1).
__device__ __forceinline__ Four uniform4(const NoiseKey &key, u32 image, u32 quad) {
  Words w = philox(key, image, quad);
  return Four{unit(w.x), unit(w.y), unit(w.z), unit(w.w)};
}

// Four standard normal numbers.
__device__ __forceinline__ Four normal4(const NoiseKey &key, u32 image, u32 quad) {
  Words w = philox(key, image, quad);
  Four z;
  box_muller(w.x, w.y, z.x, z.y);
  box_muller(w.z, w.w, z.z, z.w);
  return z;
}

// |z|^2 of the first `valid` elements of a piece, by cos^2 + sin^2 = 1: no root, no sine.
__device__ __forceinline__ float noise_squares(const NoiseKey &key, u32 image, u32 quad, u32 valid) {
  Words w = philox(key, image, quad);
  float even, odd;
  float sum = radius_squared(w.x);
  if (valid == 1) {
    box_muller(w.x, w.y, even, odd);
    sum = even * even;
  }
  if (valid == 3) {
    box_muller(w.z, w.w, even, odd);
    sum += even * even;
  }
  return valid == 4 ? sum + radius_squared(w.z) : sum;
}
