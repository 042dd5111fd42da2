// Functions of one element: y[i] = f(x[i]) for i in [0, n), in float32 whatever the storage.
//
// Shapes: any, contiguous. Launch: blocks of 256, any number of them; one thread for every 16 bytes of x is best. 16-byte
// accesses where both arrays are aligned to that, single elements else and at the end.
// Numerics: arithmetic, division and square root as IEEE 754 rounds them; exp, expm1, log and tanh are the compiler's, in its
// documentation at most 2 units in the last place off, subnormal numbers included; sine and cosine: trig.cuh.
#include "pack.cuh"
#include "trig.cuh"

template <typename T, typename F> __device__ __forceinline__ void each(T *__restrict__ y, const T *__restrict__ x, u64 n, F f) {
  constexpr int width = Pack<T>::width;
  u64 packs = aligned(x) && aligned(y) ? n / width : 0;
#pragma unroll 1
  for (u64 i = thread_index(); i < packs; i += thread_count()) {
    Pack<T> p = load_pack(x + i * width);
#pragma unroll
    for (int k = 0; k < width; k++) p.v[k] = f(p.v[k]);
    store_pack(y + i * width, p);
  }
#pragma unroll 1
  for (u64 i = packs * width + thread_index(); i < n; i += thread_count()) y[i] = from_float<T>(f(to_float(x[i])));
}

#define UNARY(name, T, expression)                                                                                       \
  extern "C" __global__ void __launch_bounds__(256) name(T *__restrict__ y, const T *__restrict__ x, u64 n) {            \
    each(y, x, n, [](float v) -> float { return expression; });                                                          \
  }
#define ACTIVATION(name, expression) UNARY(name##_f32, float, expression) UNARY(name##_bf16, bf16, expression)

// With e^-|x|, so that neither end overflows and small results keep their digits.
__device__ __forceinline__ float sigmoid(float x) {
  float e = expf(-fabsf(x));
  return (x >= 0 ? 1.f : e) / (1.f + e);
}

ACTIVATION(tanh, tanhf(v))
ACTIVATION(sigmoid, sigmoid(v))
ACTIVATION(relu, v <= 0 ? 0.f : v) // keeps NaN
UNARY(abs_f32, float, fabsf(v))
UNARY(cos_f32, float, cosine(v))
UNARY(exp_f32, float, expf(v))
UNARY(expm1_f32, float, expm1f(v))
UNARY(log_f32, float, logf(v))
UNARY(reciprocal_f32, float, 1.f / v)
UNARY(sin_f32, float, sine(v))
UNARY(sqrt_f32, float, sqrtf(v))
UNARY(square_f32, float, v *v)

// y = scale x + shift, rounded once.
#define AFFINE(name, T)                                                                                                          \
  extern "C" __global__ void __launch_bounds__(256) name(T *__restrict__ y, const T *__restrict__ x, u64 n, Value scale, Value shift) { \
    float s = get(scale), t = get(shift);                                                                                        \
    each(y, x, n, [=](float v) { return fmaf(v, s, t); });                                                                       \
  }
AFFINE(affine_f32, float)
AFFINE(affine_bf16, bf16)

// y = a where condition is not 0, else b.
extern "C" __global__ void __launch_bounds__(256)
    where_f32(float *__restrict__ y, const float *__restrict__ condition, const float *__restrict__ a, const float *__restrict__ b, u64 n) {
  u64 packs = aligned(y) && aligned(condition) && aligned(a) && aligned(b) ? n / 4 : 0;
#pragma unroll 1
  for (u64 i = thread_index(); i < packs; i += thread_count()) {
    Four c = load4(condition + 4 * i), p = load4(a + 4 * i), q = load4(b + 4 * i);
    store4(y + 4 * i, Four{c.x != 0 ? p.x : q.x, c.y != 0 ? p.y : q.y, c.z != 0 ? p.z : q.z, c.w != 0 ? p.w : q.w});
  }
#pragma unroll 1
  for (u64 i = 4 * packs + thread_index(); i < n; i += thread_count()) y[i] = condition[i] != 0 ? a[i] : b[i];
}
