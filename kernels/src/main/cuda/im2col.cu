// Convolution as a matrix product, for shapes that cuDNN refuses. Images (N, H, W, C), filters (K, R, S, C),
// y (N, P, Q, K) with P = (H + 2 padding - R) / stride + 1, Q alike.
//
// im2col     cols[(n, p, q), (r, s, c)] = x[n, p stride + r - padding, q stride + s - padding, c], 0 outside the image
// col2im     dx[n, h, w, c] = sum over (r, s) of cols[(n, p, q), (r, s, c)] with p stride + r - padding = h, q alike
// conv_add   y[i] = sums[i] + bias[i mod K] + residual[i]; bias and residual may be null, sums may be y
// sum_parts  y[i] = sum over j of parts[j, i], j ascending
//
// Each thread gathers what it writes, in a fixed order: the same bits every time. Sums are float32 and are rounded once.
// Any grid, threads stride over the elements. `four`: 1 where C is a multiple of 4 and all addresses are aligned to four
// elements, then a thread moves four channels at a time. Elements of cols: less than 2^31.
#include "common.cuh"

struct Shape {
  u32 h, w, c, r, s, stride, padding, p, q;
};

template <typename T> __device__ __forceinline__ void im2col(T *__restrict__ cols, const T *__restrict__ x, Shape g, u32 n, u32 four) {
  u32 width = four ? 4 : 1, groups = g.c / width;
  for (u64 i = thread_index(); i < n / width; i += thread_count()) {
    u32 c = (u32)i % groups * width, t = (u32)i / groups;
    u32 s = t % g.s;
    t /= g.s;
    u32 r = t % g.r;
    t /= g.r;
    u32 q = t % g.q;
    t /= g.q;
    u32 p = t % g.p, image = t / g.p;
    // Outside the image above or to the left is a very large unsigned number.
    u32 row = p * g.stride + r - g.padding, column = q * g.stride + s - g.padding;
    bool inside = row < g.h && column < g.w;
    const T *from = x + (((u64)image * g.h + row) * g.w + column) * g.c + c;
    if (four) {
      store4(cols + i * 4, inside ? load4(from) : Four{0.f, 0.f, 0.f, 0.f});
    } else {
      cols[i] = inside ? *from : from_float<T>(0.f);
    }
  }
}

template <typename T> __device__ __forceinline__ void col2im(T *__restrict__ dx, const float *__restrict__ cols, Shape g, u32 n, u32 four) {
  u32 width = four ? 4 : 1, groups = g.c / width;
  for (u64 i = thread_index(); i < n / width; i += thread_count()) {
    u32 c = (u32)i % groups * width, t = (u32)i / groups;
    u32 w = t % g.w;
    t /= g.w;
    u32 h = t % g.h, image = t / g.h;
    Four sum{0.f, 0.f, 0.f, 0.f};
    for (u32 r = 0; r < g.r; r++) {
      u32 row = h + g.padding - r;
      if (h + g.padding < r || row % g.stride != 0 || row / g.stride >= g.p) continue;
      for (u32 s = 0; s < g.s; s++) {
        u32 column = w + g.padding - s;
        if (w + g.padding < s || column % g.stride != 0 || column / g.stride >= g.q) continue;
        const float *from = cols + ((((u64)image * g.p + row / g.stride) * g.q + column / g.stride) * g.r * g.s + r * g.s + s) * g.c + c;
        if (four) {
          Four v = load4(from);
          sum = Four{sum.x + v.x, sum.y + v.y, sum.z + v.z, sum.w + v.w};
        } else {
          sum.x += *from;
        }
      }
    }
    if (four) {
      store4(dx + i * 4, sum);
    } else {
      dx[i] = from_float<T>(sum.x);
    }
  }
}

template <typename A, typename T> __device__ __forceinline__ void conv_add(T *y, const A *sums, const T *bias, const T *residual, u32 k, u64 n) {
  for (u64 i = thread_index(); i < n; i += thread_count()) {
    float v = to_float(sums[i]);
    if (bias) v += to_float(bias[i % k]);
    if (residual) v += to_float(residual[i]);
    y[i] = from_float<T>(v);
  }
}

template <typename T> __device__ __forceinline__ void sum_parts(T *__restrict__ y, const float *__restrict__ parts, u32 count, u64 n) {
  for (u64 i = thread_index(); i < n; i += thread_count()) {
    float sum = 0.f;
    for (u32 j = 0; j < count; j++) sum += parts[j * n + i];
    y[i] = from_float<T>(sum);
  }
}

extern "C" __global__ void __launch_bounds__(256) im2col_f32(float *cols, const float *x, Shape g, u32 n, u32 four) { im2col(cols, x, g, n, four); }
extern "C" __global__ void __launch_bounds__(256) im2col_bf16(bf16 *cols, const bf16 *x, Shape g, u32 n, u32 four) { im2col(cols, x, g, n, four); }
extern "C" __global__ void __launch_bounds__(256) col2im_f32(float *dx, const float *cols, Shape g, u32 n, u32 four) { col2im(dx, cols, g, n, four); }
extern "C" __global__ void __launch_bounds__(256) col2im_bf16(bf16 *dx, const float *cols, Shape g, u32 n, u32 four) { col2im(dx, cols, g, n, four); }
extern "C" __global__ void __launch_bounds__(256) conv_add_f32(float *y, const float *sums, const float *bias, const float *residual, u32 k, u64 n) {
  conv_add(y, sums, bias, residual, k, n);
}
// Sums in float32, or in bf16 that was rounded already.
extern "C" __global__ void __launch_bounds__(256) conv_add_bf16(bf16 *y, const float *sums, const bf16 *bias, const bf16 *residual, u32 k, u64 n) {
  conv_add(y, sums, bias, residual, k, n);
}
extern "C" __global__ void __launch_bounds__(256) conv_add_rounded_bf16(bf16 *y, const bf16 *sums, const bf16 *bias, const bf16 *residual, u32 k, u64 n) {
  conv_add(y, sums, bias, residual, k, n);
}
extern "C" __global__ void __launch_bounds__(256) sum_parts_f32(float *y, const float *parts, u32 count, u64 n) { sum_parts(y, parts, count, n); }
extern "C" __global__ void __launch_bounds__(256) sum_parts_bf16(bf16 *y, const float *parts, u32 count, u64 n) { sum_parts(y, parts, count, n); }
