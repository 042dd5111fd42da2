// A tensor stretched to a shape by NumPy's rule, as a copy: y[i] = x[where i stands on the axes that x has].
//
// broadcast_T          x is stretched over axes (outer, middle, inner) of y, as name_stretched_T of binary.cu.
// broadcast_strided_T  over up to 8 axes.
//
// Launch: blocks of 256, at least one thread for every 16 bytes (or, strided, every element) of y. n below 2^31. Exact.
#include "pack.cuh"
#include "strides.cuh"

template <typename T>
__device__ __forceinline__ void broadcast(T *__restrict__ y, const T *__restrict__ x, u32 n, const Stretch &stretch, int reading) {
  constexpr int width = Pack<T>::width;
  u64 first = thread_index() * width;
  if (first >= n) return;
  u32 i = (u32)first, count = n - i;
  Pack<T> p;
  if (reading == ONE) {
    float one = to_float(x[stretch.at(i)]);
#pragma unroll
    for (int k = 0; k < width; k++) p.v[k] = one;
  } else if (reading == RUN && aligned(x)) {
    p = load_pack(x + stretch.at(i));
  } else {
#pragma unroll
    for (int k = 0; k < width; k++) p.v[k] = k < count ? to_float(x[stretch.at(i + k)]) : 0.f;
  }
  store_some(y + i, p, count, aligned(y));
}

template <typename T> __device__ __forceinline__ void broadcast_strided(T *__restrict__ y, const T *__restrict__ x, u32 n, const Walk &walk) {
  u64 i = thread_index();
  if (i >= n) return;
  u32 source, none;
  walk.at((u32)i, source, none);
  y[i] = x[source];
}

#define BROADCAST(suffix, T)                                                                                                \
  extern "C" __global__ void __launch_bounds__(256)                                                                         \
      broadcast_##suffix(T *__restrict__ y, const T *__restrict__ x, u32 n, Stretch stretch, int reading) {                 \
    broadcast(y, x, n, stretch, reading);                                                                                   \
  }                                                                                                                         \
  extern "C" __global__ void __launch_bounds__(256)                                                                         \
      broadcast_strided_##suffix(T *__restrict__ y, const T *__restrict__ x, u32 n, Walk walk) {                            \
    broadcast_strided(y, x, n, walk);                                                                                       \
  }
BROADCAST(f32, float)
BROADCAST(bf16, bf16)
