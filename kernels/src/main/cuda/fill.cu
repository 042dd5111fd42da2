// Constants. y[i] = value for i in [0, n). Any grid; each thread strides over the elements. Here and in the conversions
// four elements are one access where the arrays are aligned to 16 bytes; the last ones go one by one.
#include "pack.cuh"

extern "C" __global__ void __launch_bounds__(256) fill_f32(float *y, Value value, u64 n) {
  float v = get(value);
  u64 fours = aligned(y) ? n / 4 : 0;
  for (u64 i = thread_index(); i < fours; i += thread_count()) store4(y + 4 * i, Four{v, v, v, v});
  for (u64 i = 4 * fours + thread_index(); i < n; i += thread_count()) y[i] = v;
}

// Between storage types: y[i] = x[i], rounded to nearest, ties to even. Any grid, any alignment. 6 bytes an element.
template <typename T, typename S> __device__ __forceinline__ void cast(T *__restrict__ y, const S *__restrict__ x, u64 n) {
  u64 fours = aligned(y) && aligned(x) ? n / 4 : 0;
  for (u64 i = thread_index(); i < fours; i += thread_count()) store4(y + 4 * i, load4(x + 4 * i));
  for (u64 i = 4 * fours + thread_index(); i < n; i += thread_count()) y[i] = from_float<T>(to_float(x[i]));
}

extern "C" __global__ void __launch_bounds__(256) cast_to_bf16(bf16 *__restrict__ y, const float *__restrict__ x, u64 n) {
  cast(y, x, n);
}

extern "C" __global__ void __launch_bounds__(256) cast_to_f32(float *__restrict__ y, const bf16 *__restrict__ x, u64 n) {
  cast(y, x, n);
}
