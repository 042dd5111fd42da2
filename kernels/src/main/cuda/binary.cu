// Functions of two elements with NumPy's broadcasting: y = f(a, b), in float32 whatever the storage, rounded once.
//
// name_T                 y, a and b of n elements each.
// name_stretched_T[_S]   x (of type T) is laid out as y, s (of type S, else T) is stretched over axes (outer, middle, inner) of y:
//                        a scalar, a row (C), a value a row (..., 1), an image's channels (N, 1, 1, C). `swapped`: s is a, x is b.
//                        `reading` says how the 16 bytes of a thread find their s: ONE for all, a RUN of neighbours, or EACH its own.
// name_strided_T         both are stretched, over up to 8 axes.
//
// Launch: blocks of 256; name_T any number of them, the others at least one thread for every 16 bytes (stretched) or every
// element (strided) of y. n below 2^31. 16-byte accesses where the arrays are aligned to that, single elements else and at the end.
#include "pack.cuh"
#include "strides.cuh"

template <typename T, typename F>
__device__ __forceinline__ void same(T *__restrict__ y, const T *__restrict__ a, const T *__restrict__ b, u32 n, F f) {
  constexpr int width = Pack<T>::width;
  bool whole = aligned(y) && aligned(a) && aligned(b);
#pragma unroll 1
  for (u64 i = thread_index() * width; i < n; i += thread_count() * width) {
    u32 count = (u32)(n - i);
    Pack<T> p = load_some(a + i, count, whole, 1.f), q = load_some(b + i, count, whole, 1.f);
#pragma unroll
    for (int k = 0; k < width; k++) p.v[k] = f(p.v[k], q.v[k]);
    store_some(y + i, p, count, whole);
  }
}

template <typename T, typename S, typename F>
__device__ __forceinline__ void stretched(T *__restrict__ y, const T *__restrict__ x, const S *__restrict__ s, u32 n, const Stretch &stretch,
                                          int reading, int swapped, F f) {
  constexpr int width = Pack<T>::width, runs = width / Pack<S>::width;
  u64 first = thread_index() * width;
  if (first >= n) return;
  u32 i = (u32)first, count = n - i;
  bool whole = aligned(y) && aligned(x);
  Pack<T> p = load_some(x + i, count, whole, 1.f);
  float q[width];
  if (reading == ONE) {
    float one = to_float(s[stretch.at(i)]);
#pragma unroll
    for (int k = 0; k < width; k++) q[k] = one;
  } else if (reading == RUN && aligned(s)) {
    const S *run = s + stretch.at(i);
#pragma unroll
    for (int r = 0; r < runs; r++) {
      Pack<S> part = load_pack(run + r * Pack<S>::width);
#pragma unroll
      for (int k = 0; k < Pack<S>::width; k++) q[r * Pack<S>::width + k] = part.v[k];
    }
  } else {
#pragma unroll
    for (int k = 0; k < width; k++) q[k] = k < count ? to_float(s[stretch.at(i + k)]) : 1.f;
  }
#pragma unroll
  for (int k = 0; k < width; k++) p.v[k] = swapped ? f(q[k], p.v[k]) : f(p.v[k], q[k]);
  store_some(y + i, p, count, whole);
}

template <typename T, typename F>
__device__ __forceinline__ void strided(T *__restrict__ y, const T *__restrict__ a, const T *__restrict__ b, u32 n, const Walk &walk, F f) {
  u64 i = thread_index();
  if (i >= n) return;
  u32 ia, ib;
  walk.at((u32)i, ia, ib);
  y[i] = from_float<T>(f(to_float(a[ia]), to_float(b[ib])));
}

#define SAME(name, T, f)                                                                                                    \
  extern "C" __global__ void __launch_bounds__(256) name(T *__restrict__ y, const T *__restrict__ a, const T *__restrict__ b, u32 n) { \
    same(y, a, b, n, f());                                                                                                  \
  }
#define STRETCHED(name, T, S, f)                                                                                            \
  extern "C" __global__ void __launch_bounds__(256)                                                                         \
      name(T *__restrict__ y, const T *__restrict__ x, const S *__restrict__ s, u32 n, Stretch stretch, int reading, int swapped) { \
    stretched(y, x, s, n, stretch, reading, swapped, f());                                                                  \
  }
#define STRIDED(name, T, f)                                                                                                 \
  extern "C" __global__ void __launch_bounds__(256)                                                                         \
      name(T *__restrict__ y, const T *__restrict__ a, const T *__restrict__ b, u32 n, Walk walk) {                         \
    strided(y, a, b, n, walk, f());                                                                                         \
  }
#define BINARY(name, expression)                                                                                            \
  struct name##_op {                                                                                                        \
    __device__ __forceinline__ float operator()(float a, float b) const { return expression; }                             \
  };                                                                                                                        \
  SAME(name##_f32, float, name##_op)                                                                                        \
  SAME(name##_bf16, bf16, name##_op)                                                                                        \
  STRETCHED(name##_stretched_f32, float, float, name##_op)                                                                  \
  STRETCHED(name##_stretched_bf16, bf16, bf16, name##_op)                                                                   \
  STRETCHED(name##_stretched_bf16_f32, bf16, float, name##_op)                                                              \
  STRIDED(name##_strided_f32, float, name##_op)                                                                             \
  STRIDED(name##_strided_bf16, bf16, name##_op)

BINARY(add, a + b)
BINARY(sub, a - b)
BINARY(mul, a *b)
BINARY(div, a / b)
BINARY(greater, a > b ? 1.f : 0.f)
