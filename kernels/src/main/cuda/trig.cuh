// Sine and cosine of float32 radians, at most 2 units in the last place off for every finite argument; NaN for infinity.
//
// x = k pi/2 + r with |r| <= pi/4 (and a little). Up to 1e5, k pi/2 is subtracted in three parts by fused multiply-adds
// (Cody and Waite 1980). Beyond, the fraction of x 2/pi is computed in integers from the bits of 2/pi that matter
// (Payne and Hanek 1983), without a table in memory. Then Taylor polynomials, whose first term left out is below 3e-9 of the result. Near a zero the third part is what keeps the digits.
#pragma once
#include "common.cuh"

__device__ __forceinline__ float reduce_large(float x, int &quadrant) {
  u32 bits = __float_as_uint(x);
  u32 mantissa = (bits & 0x7fffffu) | 0x800000u;
  // x = mantissa 2^e. Of 2/pi, what is before its bit e - 1 gives multiples of 4 quadrants; one word of zeros stands before bit 1.
  u32 skip = ((bits >> 23) & 0xffu) - 120;
  u32 word = skip >> 5, shift = skip & 31;
  const u32 w1 = 0xa2f9836eu, w2 = 0x4e441529u, w3 = 0xfc2757d1u, w4 = 0xf534ddc0u, w5 = 0xdb629599u, w6 = 0x3c439041u, w7 = 0xfe5163abu;
  u32 a = 0, b = w1, c = w2, d = w3;
  if (word >= 1) a = w1, b = w2, c = w3, d = w4;
  if (word >= 2) a = w2, b = w3, c = w4, d = w5;
  if (word >= 3) a = w3, b = w4, c = w5, d = w6;
  if (word >= 4) a = w4, b = w5, c = w6, d = w7;
  u32 high = __funnelshift_l(b, a, shift), middle = __funnelshift_l(c, b, shift), low = __funnelshift_l(d, c, shift);
  u64 sum = (u64)mantissa * middle + ((u64)mantissa * low >> 32);
  u64 turn = ((u64)(mantissa * high) << 32) + sum; // x 2/pi modulo 4, in units of 2^-62
  quadrant = (int)((turn >> 62) + (turn >> 61 & 1));
  long long part = (long long)(turn << 2); // fraction of a quadrant in [-1/2, 1/2), in units of 2^-64
  bool negative = part < 0;
  u64 size = negative ? 0 - (u64)part : (u64)part;
  int zeros = __clzll((long long)size); // below 64: no float32 is a multiple of pi/2
  float r = (float)(u32)(size << zeros >> 32) * 0x1.921fb6p-32f * __uint_as_float((127 - zeros) << 23);
  if (negative != (bits >> 31 != 0)) r = -r;
  if (bits >> 31 != 0) quadrant = -quadrant;
  return r;
}

// r, and k modulo 4 in the low bits of `quadrant`.
__device__ __forceinline__ float reduce_angle(float x, int &quadrant) {
  if (fabsf(x) < 1e5f) {
    quadrant = __float2int_rn(x * 0x1.45f306p-1f);
    float k = (float)quadrant;
    float r = fmaf(k, -0x1.921fb6p+0f, x);
    r = fmaf(k, 0x1.777a5cp-25f, r);
    return fmaf(k, 0x1.ee59dap-50f, r);
  }
  if (!(fabsf(x) <= 0x1.fffffep+127f)) {
    quadrant = 0;
    return x - x;
  }
  return reduce_large(x, quadrant);
}

__device__ __forceinline__ float sine_near_0(float r) {
  float z = r * r;
  float p = fmaf(z, 0x1.71de3ap-19f, -0x1.a01a02p-13f);
  p = fmaf(p, z, 0x1.111112p-7f);
  p = fmaf(p, z, -0x1.555556p-3f);
  return fmaf(p * z, r, r);
}
__device__ __forceinline__ float cosine_near_0(float r) {
  float z = r * r;
  float p = fmaf(z, -0x1.27e4fcp-22f, 0x1.a01a02p-16f);
  p = fmaf(p, z, -0x1.6c16c2p-10f);
  p = fmaf(p, z, 0x1.555556p-5f);
  return fmaf(z * z, p, fmaf(z, -0.5f, 1.f));
}
// sin(r + quadrant pi/2); a cosine is the sine of the next quadrant.
__device__ __forceinline__ float sine_in(int quadrant, float r) {
  float s = (quadrant & 1) != 0 ? cosine_near_0(r) : sine_near_0(r);
  return (quadrant & 2) != 0 ? -s : s;
}
__device__ __forceinline__ float sine(float x) {
  int quadrant;
  float r = reduce_angle(x, quadrant);
  return sine_in(quadrant, r);
}
__device__ __forceinline__ float cosine(float x) {
  int quadrant;
  float r = reduce_angle(x, quadrant);
  return sine_in(quadrant + 1, r);
}
