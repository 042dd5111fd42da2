// What stands around matrix products and convolutions that the libraries leave to us.
#include "common.cuh"

// y (rows, channels) += bias (channels), in place, in float32. One thread an element, or, when `four`, four channels; n
// counts those. Blocks of 256, any number of them.
template <typename T> __device__ __forceinline__ void add_bias(T *__restrict__ y, const float *__restrict__ bias, u32 n, u32 channels, u32 four) {
  for (u32 i = (u32)thread_index(); i < n; i += (u32)thread_count()) {
    if (four) {
      u32 at = 4 * i; // below 2^31, as all sizes
      Four v = load4(y + at);
      Four b = load4(bias + at % channels);
      store4(y + at, Four{v.x + b.x, v.y + b.y, v.z + b.z, v.w + b.w});
    } else {
      y[i] = from_float<T>(to_float(y[i]) + bias[i % channels]);
    }
  }
}
extern "C" __global__ void __launch_bounds__(256) add_bias_f32(float *y, const float *bias, u32 n, u32 channels, u32 four) {
  add_bias<float>(y, bias, n, channels, four);
}
extern "C" __global__ void __launch_bounds__(256) add_bias_bf16(bf16 *y, const float *bias, u32 n, u32 channels, u32 four) {
  add_bias<bf16>(y, bias, n, channels, four);
}
