// Elements moved without arithmetic, and the sums and table rows that are their adjoints.
//
// What only copies works on units of 16, 4 or 2 bytes, whatever they hold: the host takes the widest that divides every
// run and every address. All counts, strides and offsets are in units (elements where a kernel computes), tensors have
// fewer than 2^31 of them, so indices are 32 bits wide.
// Unless said otherwise: blocks of 256, any number of them, each thread strides over the outputs; bounds are guarded.
#include "strides.cuh"

struct alignas(16) Unit16 {
  u32 a, b, c, d;
};

// Axes to walk over, innermost first; `in` and `out` are strides.
struct Move {
  Divisor length;
  u32 in, out;
};
struct Moves {
  static constexpr int most = 8;
  u32 rank;
  Move axis[most];
};

__device__ __forceinline__ u32 first() { return (u32)thread_index(); }
__device__ __forceinline__ u32 step() { return (u32)thread_count(); }

// y[row y_pitch + y_at + k] = x[row x_pitch + x_at + k] for k in [0, run), row in [0, n / run): slices, and the parts of
// a concatenation.
template <typename T>
__device__ __forceinline__ void copy_rows(T *__restrict__ y, const T *__restrict__ x, u32 n, const Divisor &run, u32 y_pitch, u32 y_at,
                                          u32 x_pitch, u32 x_at) {
  for (u32 i = first(); i < n; i += step()) {
    u32 row = run.quotient(i);
    u32 k = i - row * run.divisor;
    y[row * y_pitch + y_at + k] = x[row * x_pitch + x_at + k];
  }
}

// y (n / length, length) = x (n / length, x_length) from `before` on, zeros around it.
template <typename T>
__device__ __forceinline__ void pad_rows(T *__restrict__ y, const T *__restrict__ x, u32 n, const Divisor &length, u32 x_length, u32 before) {
  for (u32 i = first(); i < n; i += step()) {
    u32 row = length.quotient(i);
    u32 k = i - row * length.divisor - before; // wraps round before the input begins, so one comparison serves both ends
    T v = {};
    if (k < x_length) v = x[row * x_length + k];
    y[i] = v;
  }
}

// y[i] = x at the strides `in` of the axes, whose lengths are those of y. For permutations that leave the last axis, or
// that have no tile to speak of.
template <typename T> __device__ __forceinline__ void permute(T *__restrict__ y, const T *__restrict__ x, u32 n, const Moves &axes) {
  for (u32 i = first(); i < n; i += step()) {
    u32 rest = i;
    u32 source = 0;
#pragma unroll
    for (int a = 0; a < Moves::most; a++) {
      if (a < axes.rank) {
        u32 q = axes.axis[a].length.quotient(rest);
        source += (rest - q * axes.axis[a].length.divisor) * axes.axis[a].in;
        rest = q;
      }
    }
    y[i] = x[source];
  }
}

// Permutations that move the last axis: matrices x (rows, cols), with a stride of x_row from row to row, become
// (cols, rows) in y, with y_row from row to row; `batch` are the other axes. One block of 256 a tile of 32 x 32, exactly
// across * down * (product of batch lengths) blocks. A tile goes through shared memory, so that both the loads and the
// stores of a warp are one run; its rows are 33 long, so that columns lie in different banks.
template <typename T>
__device__ __forceinline__ void transpose(T *__restrict__ y, const T *__restrict__ x, u32 rows, u32 cols, u32 x_row, u32 y_row, const Divisor &across,
                                          const Divisor &down, const Moves &batch) {
  __shared__ T tile[32][33];
  u32 strip = across.quotient(blockIdx.x);
  u32 col = (blockIdx.x - strip * across.divisor) * 32;
  u32 rest = down.quotient(strip);
  u32 row = (strip - rest * down.divisor) * 32;
#pragma unroll
  for (int a = 0; a < Moves::most; a++) {
    if (a < batch.rank) {
      u32 q = batch.axis[a].length.quotient(rest);
      u32 k = rest - q * batch.axis[a].length.divisor;
      x += k * batch.axis[a].in;
      y += k * batch.axis[a].out;
      rest = q;
    }
  }
  u32 lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
#pragma unroll
  for (u32 k = 0; k < 32; k += 8) {
    u32 r = row + warp + k;
    if (r < rows && col + lane < cols) tile[warp + k][lane] = x[r * x_row + col + lane];
  }
  __syncthreads();
#pragma unroll
  for (u32 k = 0; k < 32; k += 8) {
    u32 c = col + warp + k;
    if (c < cols && row + lane < rows) y[c * y_row + row + lane] = tile[lane][warp + k];
  }
}

// x (.., W, C) to y (.., f, W, f, C), f = factor: each pixel f x f times. One thread a unit of x; n units.
template <typename T>
__device__ __forceinline__ void upsample(T *__restrict__ y, const T *__restrict__ x, u32 n, const Divisor &width, const Divisor &channels, u32 factor) {
  for (u32 i = first(); i < n; i += step()) {
    u32 pixel = channels.quotient(i);
    u32 c = i - pixel * channels.divisor;
    u32 row = width.quotient(pixel);
    u32 col = pixel - row * width.divisor;
    T v = x[i];
    u32 pitch = width.divisor * factor * channels.divisor;
    u32 at = row * factor * pitch + col * factor * channels.divisor + c;
    for (u32 dy = 0; dy < factor; dy++)
      for (u32 dx = 0; dx < factor; dx++) y[at + dy * pitch + dx * channels.divisor] = v;
  }
}

// y (.., W, C) = sums over f x f pixels of x (.., f, W, f, C), row by row, in float32. One thread an element, or, when
// `four`, four channels; n and `channels` count those.
template <typename T>
__device__ __forceinline__ void sum_pool(T *__restrict__ y, const T *__restrict__ x, u32 n, const Divisor &width, const Divisor &channels, u32 factor, u32 four) {
  for (u32 i = first(); i < n; i += step()) {
    u32 pixel = channels.quotient(i);
    u32 c = i - pixel * channels.divisor;
    u32 row = width.quotient(pixel);
    u32 col = pixel - row * width.divisor;
    u32 pitch = width.divisor * factor * channels.divisor;
    u32 at = row * factor * pitch + col * factor * channels.divisor + c;
    Four sum = {0.f, 0.f, 0.f, 0.f};
    for (u32 dy = 0; dy < factor; dy++)
      for (u32 dx = 0; dx < factor; dx++) {
        u32 from = at + dy * pitch + dx * channels.divisor;
        if (four) {
          Four v = load4(x + 4 * (u64)from);
          sum.x += v.x, sum.y += v.y, sum.z += v.z, sum.w += v.w;
        } else {
          sum.x += to_float(x[from]);
        }
      }
    if (four) store4(y + 4 * (u64)i, sum);
    else y[i] = from_float<T>(sum.x);
  }
}

// The row that an index names, or -1 unless it is a whole number in [0, rows).
__device__ __forceinline__ int table_row(float index, int rows) {
  int row = (int)index;
  return (float)row == index && row >= 0 && row < rows ? row : -1;
}

// y (n / run, run) = rows of table (rows, run) at indices (n / run). A row whose index is none becomes NaN: the device
// cannot report it without a stop at every step, and any other number would pass for a result. `nan` is 32 bits of it.
__device__ __forceinline__ void set(Unit16 &v, u32 nan) { v = Unit16{nan, nan, nan, nan}; }
__device__ __forceinline__ void set(u32 &v, u32 nan) { v = nan; }
__device__ __forceinline__ void set(unsigned short &v, u32 nan) { v = (unsigned short)nan; }
template <typename T>
__device__ __forceinline__ void gather(T *__restrict__ y, const T *__restrict__ table, const float *__restrict__ indices, u32 n, const Divisor &run, int rows, u32 nan) {
  for (u32 i = first(); i < n; i += step()) {
    u32 at = run.quotient(i);
    int row = table_row(indices[at], rows);
    T v;
    set(v, nan);
    if (row >= 0) v = table[(u32)row * run.divisor + (i - at * run.divisor)];
    y[i] = v;
  }
}

#define COPIES(T, unit)                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256)                                                                                         \
      copy_rows_##unit(T *y, const T *x, u32 n, Divisor run, u32 y_pitch, u32 y_at, u32 x_pitch, u32 x_at) {                                \
    copy_rows<T>(y, x, n, run, y_pitch, y_at, x_pitch, x_at);                                                                               \
  }                                                                                                                                         \
  extern "C" __global__ void __launch_bounds__(256) pad_rows_##unit(T *y, const T *x, u32 n, Divisor length, u32 x_length, u32 before) {    \
    pad_rows<T>(y, x, n, length, x_length, before);                                                                                         \
  }                                                                                                                                         \
  extern "C" __global__ void __launch_bounds__(256) permute_##unit(T *y, const T *x, u32 n, Moves axes) { permute<T>(y, x, n, axes); }       \
  extern "C" __global__ void __launch_bounds__(256)                                                                                         \
      upsample_##unit(T *y, const T *x, u32 n, Divisor width, Divisor channels, u32 factor) {                                               \
    upsample<T>(y, x, n, width, channels, factor);                                                                                          \
  }                                                                                                                                         \
  extern "C" __global__ void __launch_bounds__(256)                                                                                         \
      gather_##unit(T *y, const T *table, const float *indices, u32 n, Divisor run, int rows, u32 nan) {                                    \
    gather<T>(y, table, indices, n, run, rows, nan);                                                                                        \
  }
COPIES(Unit16, 16)
COPIES(u32, 4)
COPIES(unsigned short, 2)

#define TRANSPOSE(T, unit)                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(256)                                                                                         \
      transpose_##unit(T *y, const T *x, u32 rows, u32 cols, u32 x_row, u32 y_row, Divisor across, Divisor down, Moves batch) {              \
    transpose<T>(y, x, rows, cols, x_row, y_row, across, down, batch);                                                                      \
  }
TRANSPOSE(u32, 4)
TRANSPOSE(unsigned short, 2)

#define SUM_POOL(T, type)                                                                                                                    \
  extern "C" __global__ void __launch_bounds__(256)                                                                                         \
      sum_pool_##type(T *y, const T *x, u32 n, Divisor width, Divisor channels, u32 factor, u32 four) {                                     \
    sum_pool<T>(y, x, n, width, channels, factor, four);                                                                                    \
  }
SUM_POOL(float, f32)
SUM_POOL(bf16, bf16)

// y (rows, width) = sums of x (count, width) over those whose index names the row, in the order of the indices; n = rows
// width elements. Each thread reads all indices, so no atomics are needed; tables and batches are small. An index that
// is none makes all of y NaN, as a gradient that goes nowhere would pass for one.
extern "C" __global__ void __launch_bounds__(256)
    scatter_add_f32(float *__restrict__ y, const float *__restrict__ x, const float *__restrict__ indices, u32 n, Divisor width, int rows, u32 count) {
  for (u32 i = first(); i < n; i += step()) {
    u32 target = width.quotient(i);
    u32 k = i - target * width.divisor;
    float sum = 0.f;
    for (u32 j = 0; j < count; j++) {
      int row = table_row(indices[j], rows);
      if (row < 0) sum = __int_as_float(0x7fc00000);
      else if ((u32)row == target) sum += x[j * width.divisor + k];
    }
    y[i] = sum;
  }
}
