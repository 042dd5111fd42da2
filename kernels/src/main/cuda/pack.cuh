// 16 bytes of elements at a time, 4 of float or 8 of bf16, as floats in registers.
#pragma once
#include "common.cuh"

template <typename T> struct Pack {
  static constexpr int width = 16 / sizeof(T);
  float v[width];
};

struct alignas(16) Words {
  u32 a, b, c, d;
};

__device__ __forceinline__ float low_bf16(u32 pair) { return __uint_as_float(pair << 16); }
__device__ __forceinline__ float high_bf16(u32 pair) { return __uint_as_float(pair & 0xffff0000u); }

// The address must be aligned to 16 bytes.
__device__ __forceinline__ Pack<float> load_pack(const float *p) {
  Four q = load4(p);
  return Pack<float>{{q.x, q.y, q.z, q.w}};
}
__device__ __forceinline__ Pack<bf16> load_pack(const bf16 *p) {
  Words w = *reinterpret_cast<const Words *>(p);
  return Pack<bf16>{{low_bf16(w.a), high_bf16(w.a), low_bf16(w.b), high_bf16(w.b), low_bf16(w.c), high_bf16(w.c), low_bf16(w.d),
                     high_bf16(w.d)}};
}
__device__ __forceinline__ void store_pack(float *p, const Pack<float> &q) { store4(p, Four{q.v[0], q.v[1], q.v[2], q.v[3]}); }
__device__ __forceinline__ void store_pack(bf16 *p, const Pack<bf16> &q) {
  *reinterpret_cast<Words *>(p) = Words{pack_bf16(q.v[0], q.v[1]), pack_bf16(q.v[2], q.v[3]), pack_bf16(q.v[4], q.v[5]), pack_bf16(q.v[6], q.v[7])};
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
