// Constants. y[i] = value for i in [0, n). Any grid; each thread strides over the elements.
#include "common.cuh"

extern "C" __global__ void __launch_bounds__(256) fill_f32(float *y, Value value, u64 n) {
  float v = get(value);
  for (u64 i = thread_index(); i < n; i += thread_count()) y[i] = v;
}

// Between storage types: y[i] = x[i], rounded to nearest, ties to even. Any grid, any alignment.
extern "C" __global__ void __launch_bounds__(256) cast_to_bf16(bf16 *__restrict__ y, const float *__restrict__ x, u64 n) {
  for (u64 i = thread_index(); i < n; i += thread_count()) y[i] = from_float<bf16>(x[i]);
}

extern "C" __global__ void __launch_bounds__(256) cast_to_f32(float *__restrict__ y, const bf16 *__restrict__ x, u64 n) {
  for (u64 i = thread_index(); i < n; i += thread_count()) y[i] = to_float(x[i]);
}
