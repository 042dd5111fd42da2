// SiLU: y = x s(x), s the logistic function; backward: dx = dy s (1 + x (1 - s)).
//
// n elements in any shape; y may be x, and dx may be x or dy. Any grid of blocks of 256; each thread
// strides over the elements by 16 bytes at a time. Addresses that are not aligned to 16, and the last elements, go one by one.
// Bytes an element: forward 2 s, backward 3 s, s the size of the storage type.
// Numerics: float32 between; the fast power of two and division (see vector.cuh): y to a relative error of 2^-20, below
// x = -87 it is 0.
#include "vector.cuh"

template <typename S, int V> __device__ __forceinline__ void forward(S *y, const S *x, u64 from, u64 to) {
  for (u64 i = from + thread_index(); i < to; i += thread_count()) {
    Vec<S, V> v = load_vec<V>(x + i * V);
    float f[V];
    v.get(f);
#pragma unroll
    for (int j = 0; j < V; j++) f[j] = silu(f[j]);
    v.put(f);
    store_vec<V>(y + i * V, v);
  }
}

template <typename S, int V> __device__ __forceinline__ void backward(S *dx, const S *x, const S *dy, u64 from, u64 to) {
  for (u64 i = from + thread_index(); i < to; i += thread_count()) {
    Vec<S, V> v = load_vec<V>(x + i * V);
    Vec<S, V> g = load_vec<V>(dy + i * V);
    float f[V], d[V];
    v.get(f);
    g.get(d);
#pragma unroll
    for (int j = 0; j < V; j++) f[j] = d[j] * silu_slope(f[j]);
    v.put(f);
    store_vec<V>(dx + i * V, v);
  }
}

// Elements that 16-byte accesses cover.
template <typename S> __device__ __forceinline__ u64 wide(u64 n, u64 addresses) {
  return addresses & 15 ? 0 : n / vector_length<S>;
}

template <typename S> __device__ __forceinline__ void silu_forward(S *y, const S *x, u64 n) {
  constexpr int V = vector_length<S>;
  u64 vectors = wide<S>(n, (u64)y | (u64)x);
  forward<S, V>(y, x, 0, vectors);
  forward<S, 1>(y, x, vectors * V, n);
}

template <typename S> __device__ __forceinline__ void silu_backward(S *dx, const S *x, const S *dy, u64 n) {
  constexpr int V = vector_length<S>;
  u64 vectors = wide<S>(n, (u64)dx | (u64)x | (u64)dy);
  backward<S, V>(dx, x, dy, 0, vectors);
  backward<S, 1>(dx, x, dy, vectors * V, n);
}

extern "C" __global__ void __launch_bounds__(256) silu_f32(float *y, const float *x, u64 n) { silu_forward(y, x, n); }
extern "C" __global__ void __launch_bounds__(256) silu_bf16(bf16 *y, const bf16 *x, u64 n) { silu_forward(y, x, n); }
extern "C" __global__ void __launch_bounds__(256) silu_backward_f32(float *dx, const float *x, const float *dy, u64 n) {
  silu_backward(dx, x, dy, n);
}
extern "C" __global__ void __launch_bounds__(256) silu_backward_bf16(bf16 *dx, const bf16 *x, const bf16 *dy, u64 n) {
  silu_backward(dx, x, dy, n);
}
