// 16 bytes of elements at a time, 4 of float or 8 of bf16, as floats in registers.
#pragma once
#include "vector.cuh"

template <typename T> struct Pack {
  static constexpr int width = 16 / sizeof(T);
  float v[width];
};

// The address must be aligned to 16 bytes.
template <typename T> __device__ __forceinline__ Pack<T> load_pack(const T *p) {
  Pack<T> q;
  load_vec<Pack<T>::width>(p).get(q.v);
  return q;
}
template <typename T> __device__ __forceinline__ void store_pack(T *p, const Pack<T> &q) {
  Vec<T, Pack<T>::width> w;
  w.put(q.v);
  store_vec<Pack<T>::width>(p, w);
}

__device__ __forceinline__ bool aligned(const void *p) { return ((u64)p & 15) == 0; }

// The first `count` elements of a pack, `rest` for the others. `whole`: p is aligned.
template <typename T> __device__ __forceinline__ Pack<T> load_some(const T *p, u32 count, bool whole, float rest) {
  if (whole && count >= Pack<T>::width) return load_pack(p);
  Pack<T> q;
#pragma unroll
  for (int k = 0; k < Pack<T>::width; k++) q.v[k] = k < count ? to_float(p[k]) : rest;
  return q;
}
template <typename T> __device__ __forceinline__ void store_some(T *p, const Pack<T> &q, u32 count, bool whole) {
  if (whole && count >= Pack<T>::width) {
    store_pack(p, q);
    return;
  }
#pragma unroll
  for (int k = 0; k < Pack<T>::width; k++)
    if (k < count) p[k] = from_float<T>(q.v[k]);
}
