// Sums and maxima along one run of axes, in float32 whatever the storage of x.
//
// OP_rows_short_T     x (rows, length) -> y (rows): 2^k <= 32 neighbouring threads a row, for short rows.
// OP_rows_T           x (rows, length) -> y (rows, pieces): one block for every PIECE = 16384 elements of a row.
// OP_columns_short_T  x (outer, length, inner) -> y (outer, inner): a thread for every 16 bytes of a row of y, for few rows.
// OP_columns_T        x (outer, length, inner) -> y (outer, slices, inner): a block for `lanes` (a power of two) times 16 bytes of
//                     columns and a slice of `per_slice` rows.
// Where pieces or slices remain, another launch goes on with them.
//
// Launch: blocks of 256. rows_short: 256 / lanes rows a block; rows: rows * pieces blocks; columns_short: a thread for each pack;
// columns: outer * slices * tiles blocks. y is float. A kernel reads 16 bytes at a time where rows begin at multiples of that, single
// elements else, and adds the same numbers in the same order either way.
// Numerics: the tree of a sum is a function of the sizes alone. A thread adds at most 64 elements one after another in each of its
// 4 or 8 sums; the sums are added in pairs. A maximum is NaN where an element is. Of no elements the sum is 0, the maximum -infinity.
#include "pack.cuh"

constexpr u32 PIECE = 16384;

struct Sum {
  static __device__ __forceinline__ float none() { return 0.f; }
  static __device__ __forceinline__ float of(float a, float b) { return a + b; }
};
struct Max {
  static __device__ __forceinline__ float none() { return __uint_as_float(0xff800000u); }
  static __device__ __forceinline__ float of(float a, float b) { return a != a || a > b ? a : b; }
};

template <typename Op, typename T> __device__ __forceinline__ void accumulate(Pack<T> &sum, const Pack<T> &p) {
#pragma unroll
  for (int k = 0; k < Pack<T>::width; k++) sum.v[k] = Op::of(sum.v[k], p.v[k]);
}

// The part of a row that is at packs first, first + step, ..., down to one number.
template <typename Op, typename T> __device__ __forceinline__ float row_part(const T *__restrict__ row, u32 length, u32 first, u32 step) {
  constexpr u32 width = Pack<T>::width;
  Pack<T> sum;
#pragma unroll
  for (int k = 0; k < width; k++) sum.v[k] = Op::none();
  u32 i = first * width;
  if (aligned(row)) {
#pragma unroll 4
    for (; i + width <= length; i += step * width) accumulate<Op>(sum, load_pack(row + i));
  }
#pragma unroll 1
  for (; i < length; i += step * width) accumulate<Op>(sum, load_some(row + i, length - i, false, Op::none()));
#pragma unroll
  for (int half = width / 2; half > 0; half /= 2)
#pragma unroll
    for (int k = 0; k < half; k++) sum.v[k] = Op::of(sum.v[k], sum.v[k + half]);
  return sum.v[0];
}

template <typename Op, typename T>
__device__ __forceinline__ void rows_short(float *__restrict__ y, const T *__restrict__ x, u32 rows, u32 length, u32 lanes) {
  u64 row = thread_index() >> (31 - __clz((int)lanes));
  u32 lane = threadIdx.x & (lanes - 1);
  float sum = row < rows ? row_part<Op>(x + row * length, length, lane, lanes) : Op::none();
#pragma unroll
  for (u32 d = 16; d > 0; d >>= 1) {
    float other = __shfl_xor_sync(0xffffffffu, sum, d);
    if (d < lanes) sum = Op::of(sum, other);
  }
  if (lane == 0 && row < rows) y[row] = sum;
}

template <typename Op, typename T>
__device__ __forceinline__ void rows(float *__restrict__ y, const T *__restrict__ x, u32 length, u32 pieces) {
  __shared__ float scratch[8];
  u32 row = blockIdx.x / pieces, start = (blockIdx.x - row * pieces) * PIECE;
  float sum = row_part<Op>(x + (u64)row * length + start, min(PIECE, length - start), threadIdx.x, 256);
#pragma unroll
  for (u32 d = 16; d > 0; d >>= 1) sum = Op::of(sum, __shfl_xor_sync(0xffffffffu, sum, d));
  if ((threadIdx.x & 31) == 0) scratch[threadIdx.x >> 5] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    float a = Op::of(Op::of(scratch[0], scratch[1]), Op::of(scratch[2], scratch[3]));
    float b = Op::of(Op::of(scratch[4], scratch[5]), Op::of(scratch[6], scratch[7]));
    y[blockIdx.x] = Op::of(a, b);
  }
}

// Columns `column` and on of rows first, first + step, ... below last.
template <typename Op, typename T>
__device__ __forceinline__ Pack<T> column_part(const T *__restrict__ x, u32 inner, u32 column, u32 first, u32 last, u32 step) {
  Pack<T> sum;
#pragma unroll
  for (int k = 0; k < Pack<T>::width; k++) sum.v[k] = Op::none();
  if (aligned(x) && inner % Pack<T>::width == 0) {
#pragma unroll 4
    for (u32 r = first; r < last; r += step) accumulate<Op>(sum, load_pack(x + (u64)r * inner + column));
  } else {
#pragma unroll 1
    for (u32 r = first; r < last; r += step) accumulate<Op>(sum, load_some(x + (u64)r * inner + column, inner - column, false, Op::none()));
  }
  return sum;
}

// Floats of a pack of T.
template <typename T> __device__ __forceinline__ void store_columns(float *__restrict__ y, const Pack<T> &p, u32 count) {
  if (count >= Pack<T>::width && aligned(y)) {
#pragma unroll
    for (int k = 0; k < Pack<T>::width; k += 4) store4(y + k, Four{p.v[k], p.v[k + 1], p.v[k + 2], p.v[k + 3]});
  } else {
#pragma unroll
    for (int k = 0; k < Pack<T>::width; k++)
      if (k < count) y[k] = p.v[k];
  }
}

template <typename Op, typename T>
__device__ __forceinline__ void columns_short(float *__restrict__ y, const T *__restrict__ x, u32 outer, u32 length, u32 inner, u32 packs) {
  u32 i = (u32)thread_index(), o = i / packs, column = (i - o * packs) * Pack<T>::width;
  if (o >= outer) return;
  Pack<T> sum = column_part<Op>(x + (u64)o * length * inner, inner, column, 0, length, 1);
  store_columns(y + (u64)o * inner + column, sum, inner - column);
}

template <typename Op, typename T>
__device__ __forceinline__ void columns(float *__restrict__ y, const T *__restrict__ x, u32 length, u32 inner, u32 lanes, u32 tiles, u32 slices,
                                        u32 per_slice) {
  constexpr int width = Pack<T>::width;
  __shared__ float scratch[width * 256];
  u32 rest = blockIdx.x / tiles, tile = blockIdx.x - rest * tiles, o = rest / slices, slice = rest - o * slices;
  u32 lane = threadIdx.x & (lanes - 1), bits = 31 - __clz((int)lanes), column = (tile * lanes + lane) * width;
  u32 first = slice * per_slice, last = column < inner ? min(length, first + per_slice) : 0;
  Pack<T> sum = column_part<Op>(x + (u64)o * length * inner, inner, column, first + (threadIdx.x >> bits), last, 256 >> bits);
#pragma unroll
  for (int k = 0; k < width; k++) scratch[k * 256 + threadIdx.x] = sum.v[k];
  for (u32 half = 128; half >= lanes; half >>= 1) {
    __syncthreads();
    if (threadIdx.x < half) {
#pragma unroll
      for (int k = 0; k < width; k++)
        scratch[k * 256 + threadIdx.x] = Op::of(scratch[k * 256 + threadIdx.x], scratch[k * 256 + threadIdx.x + half]);
    }
  }
  if (threadIdx.x < lanes && column < inner) {
#pragma unroll
    for (int k = 0; k < width; k++) sum.v[k] = scratch[k * 256 + threadIdx.x];
    store_columns(y + ((u64)o * slices + slice) * inner + column, sum, inner - column);
  }
}

#define REDUCTION(op, Op, suffix, T)                                                                                        \
  extern "C" __global__ void __launch_bounds__(256)                                                                         \
      op##_rows_short_##suffix(float *__restrict__ y, const T *__restrict__ x, u32 number, u32 length, u32 lanes) {         \
    rows_short<Op>(y, x, number, length, lanes);                                                                            \
  }                                                                                                                         \
  extern "C" __global__ void __launch_bounds__(256)                                                                         \
      op##_rows_##suffix(float *__restrict__ y, const T *__restrict__ x, u32 length, u32 pieces) {                          \
    rows<Op>(y, x, length, pieces);                                                                                         \
  }                                                                                                                         \
  extern "C" __global__ void __launch_bounds__(256)                                                                         \
      op##_columns_short_##suffix(float *__restrict__ y, const T *__restrict__ x, u32 outer, u32 length, u32 inner, u32 packs) { \
    columns_short<Op>(y, x, outer, length, inner, packs);                                                                   \
  }                                                                                                                         \
  extern "C" __global__ void __launch_bounds__(256)                                                                         \
      op##_columns_##suffix(float *__restrict__ y, const T *__restrict__ x, u32 length, u32 inner, u32 lanes, u32 tiles, u32 slices, \
                            u32 per_slice) {                                                                                \
    columns<Op>(y, x, length, inner, lanes, tiles, slices, per_slice);                                                      \
  }
REDUCTION(sum, Sum, f32, float)
REDUCTION(sum, Sum, bf16, bf16)
REDUCTION(max, Max, f32, float)
REDUCTION(max, Max, bf16, bf16)
