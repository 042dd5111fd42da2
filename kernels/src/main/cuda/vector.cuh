// Sixteen bytes of a tensor in registers, and the functions of activations.
#pragma once
#include "common.cuh"

// V elements of storage type S as one access: 16 bytes (4 float, 8 bf16), or a single element.
template <typename S, int V> struct Vec;
template <> struct alignas(16) Vec<float, 4> {
  float w[4];
  __device__ __forceinline__ void get(float (&to)[4]) const {
#pragma unroll
    for (int j = 0; j < 4; j++) to[j] = w[j];
  }
  __device__ __forceinline__ void put(const float (&from)[4]) {
#pragma unroll
    for (int j = 0; j < 4; j++) w[j] = from[j];
  }
};
template <> struct alignas(16) Vec<bf16, 8> {
  u32 w[4];
  __device__ __forceinline__ void get(float (&to)[8]) const {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      to[2 * j] = __uint_as_float(w[j] << 16);
      to[2 * j + 1] = __uint_as_float(w[j] & 0xffff0000u);
    }
  }
  __device__ __forceinline__ void put(const float (&from)[8]) {
#pragma unroll
    for (int j = 0; j < 4; j++) w[j] = pack_bf16(from[2 * j], from[2 * j + 1]);
  }
};
template <typename S> struct Vec<S, 1> {
  S w;
  __device__ __forceinline__ void get(float (&to)[1]) const { to[0] = to_float(w); }
  __device__ __forceinline__ void put(const float (&from)[1]) { w = from_float<S>(from[0]); }
};
template <int V, typename S> __device__ __forceinline__ Vec<S, V> load_vec(const S *p) {
  return *reinterpret_cast<const Vec<S, V> *>(p);
}
template <int V, typename S> __device__ __forceinline__ void store_vec(S *p, const Vec<S, V> &v) {
  *reinterpret_cast<Vec<S, V> *>(p) = v;
}
template <typename S> constexpr int vector_length = 16 / sizeof(S);

// 1 / x and 1 / sqrt(x) of a normal x, to 2^-23: the fast ones and a step of Newton's method. The IEEE forms are calls that
// clobber registers.
__device__ __forceinline__ float reciprocal(float x) {
  float r = __fdividef(1.f, x);
  return fmaf(r, fmaf(-x, r, 1.f), r);
}
__device__ __forceinline__ float reciprocal_root(float x) {
  float r = rsqrtf(x);
  return fmaf(0.5f * r, fmaf(-x * r, r, 1.f), r);
}
// exp(-z) for |z| <= 88, beyond which z counts as 88: the argument is reduced to base 2 with a correction, so the
// relative error is that of the device's power of two, 2^-22, for every z.
__device__ __forceinline__ float exp_minus(float z) {
  float u = fminf(fmaxf(-z, -88.f), 88.f);
  float t = u * 1.44269502f;
  float rest = fmaf(u, 1.92596299e-8f, fmaf(u, 1.44269502f, -t));
  float e;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(e) : "f"(t));
  return fmaf(e, rest * 0.693147181f, e);
}
// z sigmoid(z), with the fast division: relative error below 2^-20. Of a z below -87 it is 0.
__device__ __forceinline__ float silu(float z) { return __fdividef(z, 1.f + exp_minus(z)); }
// d silu / dz = s (1 + z (1 - s)), s the sigmoid. 1 - s as e s: where s is nearly 1 the difference would be what rounding
// and the fast division leave of it, and z times that.
__device__ __forceinline__ float silu_slope(float z) {
  float e = exp_minus(z);
  float s = __fdividef(1.f, 1.f + e);
  return s * fmaf(z, e * s, 1.f);
}
