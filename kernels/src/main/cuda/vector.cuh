// Sixteen bytes of a tensor in four registers, and the functions of activations.
#pragma once
#include "common.cuh"

// V elements of storage type S as one access: 16 bytes (4 float, 8 bf16), or a single element. `pair(j)` and
// `put(j, ...)` are elements 2 j and 2 j + 1 as float; with V = 1 there is one pair, whose second element is nothing.
struct Pair {
  float a, b;
};
template <typename S, int V> struct Vec;
template <> struct alignas(16) Vec<float, 4> {
  float w[4];
  static constexpr int PAIRS = 2;
  __device__ __forceinline__ Pair pair(int j) const { return Pair{w[2 * j], w[2 * j + 1]}; }
  __device__ __forceinline__ void put(int j, float a, float b) {
    w[2 * j] = a;
    w[2 * j + 1] = b;
  }
};
template <> struct alignas(16) Vec<bf16, 8> {
  u32 w[4];
  static constexpr int PAIRS = 4;
  __device__ __forceinline__ Pair pair(int j) const { return Pair{__uint_as_float(w[j] << 16), __uint_as_float(w[j] & 0xffff0000u)}; }
  __device__ __forceinline__ void put(int j, float a, float b) { w[j] = pack_bf16(a, b); }
};
template <> struct Vec<float, 1> {
  float w;
  static constexpr int PAIRS = 1;
  __device__ __forceinline__ Pair pair(int) const { return Pair{w, 0.f}; }
  __device__ __forceinline__ void put(int, float a, float) { w = a; }
};
template <> struct Vec<bf16, 1> {
  bf16 w;
  static constexpr int PAIRS = 1;
  __device__ __forceinline__ Pair pair(int) const { return Pair{to_float(w), 0.f}; }
  __device__ __forceinline__ void put(int, float a, float) { w = from_float<bf16>(a); }
};
template <int V, typename S> __device__ __forceinline__ Vec<S, V> load_vec(const S *p) {
  return *reinterpret_cast<const Vec<S, V> *>(p);
}
template <int V, typename S> __device__ __forceinline__ void store_vec(S *p, const Vec<S, V> &v) {
  *reinterpret_cast<Vec<S, V> *>(p) = v;
}
template <typename S> constexpr int vector_length = 16 / sizeof(S);

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
// z sigmoid(z), with the fast division: relative error below 2^-21. Of a z below -87 it is 0.
__device__ __forceinline__ float silu(float z) { return __fdividef(z, 1.f + exp_minus(z)); }
// d silu / dz = s (1 + z (1 - s)), s the sigmoid.
__device__ __forceinline__ float silu_slope(float z) {
  float s = __fdividef(1.f, 1.f + exp_minus(z));
  return s * fmaf(z, 1.f - s, 1.f);
}
