// Group normalisation (Wu and He 2018), alone or with a modulation by e and SiLU behind it, and its gradients.
//
// x, y, dy, dx (N, HW, C), C = G cg; weight, bias (C). For each image and each group of cg channels, over HW pixels:
//   h = x | SHIFT x + e | FILM x (1 + e1) + e2           e (N, C) for SHIFT, (N, 2 C) = [e1 | e2] else
//   n = (h - mean) / sqrt(variance + eps)                 variance biased
//   z = w n + b | ADAGN (w n + b) (1 + e1) + e2           y = z, or z sigmoid(z) where `silu_behind` is set
// Backward, with f = 1 + e1 for ADAGN and 1 else, u = w f, dz = dy or dy d silu/dz, M = HW cg:
//   A = sum_pixels dz, B = sum_pixels dz n of each image and channel (the `sums` (N, 2, C))
//   dh = (u dz - sum_group(u A) / M - n sum_group(u B) / M) / sqrt(variance + eps)
//   dx = dh, FILM dh (1 + e1);  dweight = sum_N f B, dbias = sum_N f A
//   de: SHIFT sum_pixels dh | FILM [sum_pixels dh x | sum_pixels dh] | ADAGN [w B + b A | A]
// Mean and variance are computed again in backward: where an image fits that costs no traffic, since x is read anyway.
//
// Launch: blocks of `rows` rows of tile / V threads, rounded up to warps, V the elements of an access (16 bytes; 1 in the
// `one` kernels, for a C that 16 bytes do not divide); tile divides C and is a multiple of cg and V.
// Grid: images x chunks x (C / tile), chunks = HW / pixels rounded up. Dynamic shared memory, in this order:
//   forward WHOLE and PARTIAL: pixels x tile elements of x, rounded up to 16 bytes; backward WHOLE: x and dy, each so
//   forward 6 tile floats, backward 10 tile floats
//   sums: forward 2 (rows tile / unit + tile / cg) floats, unit = min(V, greatest power of two in cg); backward 2 rows tile + 2 tile
// Stages: one launch WHOLE with pixels = HW where that fits. Else forward PARTIAL (leaves `stats` (N, G, chunks, 3)) and
// FINISH; backward: forward PARTIAL, backward PARTIAL (leaves `sums` (N, chunks, 2, C)), group_norm_merge to `sums`
// (N, 2, C), backward FINISH (leaves `de` of each chunk), group_norm_merge of de. The chunks of all are the same.
// Bytes an element from memory, s the size of the storage type: WHOLE forward 2 s, backward 3 s, the least there is. In
// stages forward 3 s and backward 6 s in all, but images are taken a few at a time, so that the second and third reads
// come from the second-level cache, and memory sees 2 s and 3 s.
// Numerics: float32; two-pass variance with corrected mean (group_norm.cuh); fixed trees; SiLU as in vector.cuh.
#include "group_norm.cuh"

__device__ __forceinline__ int rounded(int pixels, int tile, int size) { return (pixels * tile * size + 15) & ~15; }

template <typename S, int V>
__device__ __forceinline__ void forward(S *y, const S *x, const float *weight, const float *bias, const float *e, float *stats, int stage,
                                        int form, int silu_behind, float eps, const Place &at) {
  extern __shared__ __align__(16) unsigned char shared[];
  S *held = reinterpret_cast<S *>(shared);
  float *floats = reinterpret_cast<float *>(shared + (stage == FINISH ? 0 : rounded(at.pixels, at.tile, sizeof(S))));
  Share<V> mine(at);
  Coefficients co(floats, at.tile);
  co.begin(at, weight, bias, e, form);
  if (stage == FINISH) {
    merge_statistics(at, co, eps, stats);
  } else {
    float sum[V];
    fetch(mine, held, x, sum);
    statistics(at, mine, co, floats + Coefficients::ARRAYS * at.tile, held, sum, eps, stage == PARTIAL ? stats : nullptr);
  }
  if (stage == PARTIAL || !mine.active) return;
  float p[V], q[V], scale[V], shift[V];
  take(p, co.p + mine.column);
  take(q, co.q + mine.column);
#pragma unroll
  for (int j = 0; j < V; j++) {
    int c = mine.column + j;
    scale[j] = co.r[c] * co.w[c];
    shift[j] = fmaf(co.s[c], co.w[c], co.b[c]);
  }
  const Vec<S, V> *near = reinterpret_cast<const Vec<S, V> *>(held) + threadIdx.x;
  x += mine.start;
  y += mine.start;
#pragma unroll 1
  for (int k = 0; k < mine.count; k += AHEAD) {
    Vec<S, V> v[AHEAD] = {};
#pragma unroll
    for (int i = 0; i < AHEAD; i++) {
      if (k + i < mine.count) v[i] = stage == FINISH ? load_vec<V>(x + (k + i) * mine.step) : near[(k + i) * mine.stride];
    }
#pragma unroll
    for (int i = 0; i < AHEAD; i++) {
      float f[V];
      v[i].get(f);
#pragma unroll
      for (int j = 0; j < V; j++) {
        f[j] = fmaf(fmaf(f[j], p[j], q[j]), scale[j], shift[j]);
        f[j] = silu_behind ? silu(f[j]) : f[j];
      }
      v[i].put(f);
      if (k + i < mine.count) store_vec<V>(y + (k + i) * mine.step, v[i]);
    }
  }
}

// For each channel c: sum over rows r of a[r tile + c], and of b. Begins and ends with a barrier.
__device__ __forceinline__ void column_sums(float *a, float *b, int rows, int tile, float *of_a, float *of_b) {
  int t = threadIdx.x;
  int segments = min(rows, (int)blockDim.x / tile);
  __syncthreads();
  if (segments > 1) {
    int segment = t / tile, c = t - segment * tile;
    float sum_a = 0.f, sum_b = 0.f;
    if (segment < segments) {
#pragma unroll 2
      for (int r = segment; r < rows; r += segments) {
        sum_a += a[r * tile + c];
        sum_b += b[r * tile + c];
      }
    }
    __syncthreads();
    if (segment < segments) {
      a[t] = sum_a;
      b[t] = sum_b;
    }
    __syncthreads();
    rows = segments;
  }
#pragma unroll 1
  for (int c = t; c < tile; c += blockDim.x) {
    float sum_a = 0.f, sum_b = 0.f;
#pragma unroll 2
    for (int r = 0; r < rows; r++) {
      sum_a += a[r * tile + c];
      sum_b += b[r * tile + c];
    }
    of_a[c] = sum_a;
    of_b[c] = sum_b;
  }
  __syncthreads();
}

// What the passes of the backward kernel have in common: x and dy, from memory or from shared memory, and n and dz.
template <typename S, int V> struct Gradient {
  const Vec<S, V> *near_x;
  Vec<S, V> *near_dy;
  const S *x, *dy;
  bool near;
  float p[V], q[V], r[V], s[V], w[V], b[V];

  __device__ __forceinline__ void coefficients(const Coefficients &co, int column) {
    take(p, co.p + column);
    take(q, co.q + column);
    take(r, co.r + column);
    take(s, co.s + column);
    take(w, co.w + column);
    take(b, co.b + column);
  }
  __device__ __forceinline__ void load(const Share<V> &mine, int k, Vec<S, V> &to_x, Vec<S, V> &to_dy) const {
    if (near) {
      to_x = near_x[k * mine.stride];
      to_dy = near_dy[k * mine.stride];
    } else {
      to_x = load_vec<V>(x + k * mine.step);
      to_dy = load_vec<V>(dy + k * mine.step);
    }
  }
  __device__ __forceinline__ float normalised(float h, int j) const { return fmaf(fmaf(h, p[j], q[j]), r[j], s[j]); }
  __device__ __forceinline__ float slope(float n, int j, int silu_behind) const { return silu_behind ? silu_slope(fmaf(n, w[j], b[j])) : 1.f; }
};

template <typename S, int V>
__device__ __forceinline__ void backward(S *dx, const S *x, const S *dy, const float *weight, const float *bias, const float *e, const float *stats,
                                         float *sums, float *de, int stage, int form, int silu_behind, float eps, const Place &at) {
  extern __shared__ __align__(16) unsigned char shared[];
  // In shared memory float32 gradients of z take the place of those of y; bfloat16 ones would be rounded, so they are
  // computed again.
  constexpr bool KEEP = sizeof(S) == 4;
  constexpr int BATCH = V == 8 ? 1 : 2;
  int bytes = stage == WHOLE ? rounded(at.pixels, at.tile, sizeof(S)) : 0;
  S *held_x = reinterpret_cast<S *>(shared), *held_dy = reinterpret_cast<S *>(shared + bytes);
  float *floats = reinterpret_cast<float *>(shared + 2 * bytes);
  Share<V> mine(at);
  Coefficients co(floats, at.tile);
  float *of_a = floats + Coefficients::ARRAYS * at.tile, *of_b = of_a + at.tile;
  float *mean_a = of_b + at.tile, *mean_b = mean_a + at.tile;
  float *rows_a = mean_b + at.tile, *rows_b = rows_a + at.rows * at.tile;
  co.begin(at, weight, bias, e, form);
  if (stage == WHOLE) {
    float sum[V];
    fetch(mine, held_dy, dy, sum);
    fetch(mine, held_x, x, sum);
    statistics(at, mine, co, rows_a, held_x, sum, eps, (float *)nullptr);
  } else {
    merge_statistics(at, co, eps, stats);
  }
  Gradient<S, V> gradient;
  gradient.near = stage == WHOLE;
  gradient.near_x = reinterpret_cast<Vec<S, V> *>(held_x) + threadIdx.x;
  gradient.near_dy = reinterpret_cast<Vec<S, V> *>(held_dy) + threadIdx.x;
  gradient.x = x + mine.start;
  gradient.dy = dy + mine.start;
  bool kept = KEEP && stage == WHOLE;

  if (stage == FINISH) {
#pragma unroll 1
    for (int c = threadIdx.x; c < at.tile; c += blockDim.x) {
      of_a[c] = sums[(u64)at.image * 2 * at.channels + at.channel + c];
      of_b[c] = sums[((u64)at.image * 2 + 1) * at.channels + at.channel + c];
    }
    __syncthreads();
  } else {
    if (mine.active) {
      float sum[V], product[V];
#pragma unroll
      for (int j = 0; j < V; j++) sum[j] = product[j] = 0.f;
      gradient.coefficients(co, mine.column);
#pragma unroll 1
      for (int k = 0; k < mine.count; k += BATCH) {
        Vec<S, V> v[BATCH] = {}, g[BATCH] = {};
#pragma unroll
        for (int i = 0; i < BATCH; i++) {
          if (k + i < mine.count) gradient.load(mine, k + i, v[i], g[i]);
        }
#pragma unroll
        for (int i = 0; i < BATCH; i++) {
          if (k + i >= mine.count) break;
          float h[V], dz[V];
          v[i].get(h);
          g[i].get(dz);
#pragma unroll
          for (int j = 0; j < V; j++) {
            float n = gradient.normalised(h[j], j);
            dz[j] *= gradient.slope(n, j, silu_behind);
            sum[j] += dz[j];
            product[j] = fmaf(dz[j], n, product[j]);
          }
          if (kept) {
            g[i].put(dz);
            gradient.near_dy[(k + i) * mine.stride] = g[i];
          }
        }
      }
#pragma unroll
      for (int j = 0; j < V; j++) {
        rows_a[mine.row * at.tile + mine.column + j] = sum[j];
        rows_b[mine.row * at.tile + mine.column + j] = product[j];
      }
    }
    column_sums(rows_a, rows_b, at.rows, at.tile, of_a, of_b);
    u64 row = ((u64)at.image * at.chunks + at.chunk) * 2 * at.channels + at.channel;
#pragma unroll 1
    for (int c = threadIdx.x; c < at.tile; c += blockDim.x) {
      sums[row + c] = of_a[c];
      sums[row + at.channels + c] = of_b[c];
    }
    if (stage == PARTIAL) return;
  }

  if (de && form == ADAGN && at.chunk == 0) {
    u64 row = (u64)at.image * 2 * at.channels + at.channel;
#pragma unroll 1
    for (int c = threadIdx.x; c < at.tile; c += blockDim.x) {
      de[row + c] = fmaf(weight[at.channel + c], of_b[c], bias[at.channel + c] * of_a[c]);
      de[row + at.channels + c] = of_a[c];
    }
  }
  bool modulated = de && (form == SHIFT || form == FILM);
  if (!dx && !modulated) return;
  float scale = reciprocal(at.elements());
#pragma unroll 1
  for (int i = threadIdx.x >> 5; i < at.groups(); i += blockDim.x >> 5) {
    float a = 0.f, b = 0.f;
#pragma unroll 1
    for (int c = i * at.group + (threadIdx.x & 31); c < (i + 1) * at.group; c += 32) {
      a = fmaf(co.w[c], of_a[c], a);
      b = fmaf(co.w[c], of_b[c], b);
    }
    a = warp_sum(a) * scale;
    b = warp_sum(b) * scale;
#pragma unroll 1
    for (int c = i * at.group + (threadIdx.x & 31); c < (i + 1) * at.group; c += 32) {
      mean_a[c] = a;
      mean_b[c] = b;
    }
  }
  __syncthreads();
  if (mine.active) {
    float sum[V], product[V], ma[V], mb[V];
#pragma unroll
    for (int j = 0; j < V; j++) sum[j] = product[j] = 0.f;
    gradient.coefficients(co, mine.column);
    take(ma, mean_a + mine.column);
    take(mb, mean_b + mine.column);
#pragma unroll 1
    for (int k = 0; k < mine.count; k += BATCH) {
      Vec<S, V> v[BATCH] = {}, g[BATCH] = {};
#pragma unroll
      for (int i = 0; i < BATCH; i++) {
        if (k + i < mine.count) gradient.load(mine, k + i, v[i], g[i]);
      }
#pragma unroll
      for (int i = 0; i < BATCH; i++) {
        if (k + i >= mine.count) break;
        float h[V], dz[V];
        v[i].get(h);
        g[i].get(dz);
#pragma unroll
        for (int j = 0; j < V; j++) {
          float n = gradient.normalised(h[j], j);
          dz[j] *= gradient.slope(n, j, silu_behind && !kept);
          float dh = gradient.r[j] * (fmaf(gradient.w[j], dz[j], -ma[j]) - n * mb[j]);
          sum[j] += dh;
          product[j] = fmaf(dh, h[j], product[j]);
          dz[j] = gradient.p[j] * dh;
        }
        g[i].put(dz);
        if (dx) store_vec<V>(dx + mine.start + (k + i) * mine.step, g[i]);
      }
    }
    if (modulated) {
#pragma unroll
      for (int j = 0; j < V; j++) {
        rows_a[mine.row * at.tile + mine.column + j] = sum[j];
        rows_b[mine.row * at.tile + mine.column + j] = product[j];
      }
    }
  }
  if (!modulated) return;
  column_sums(rows_a, rows_b, at.rows, at.tile, of_a, of_b);
  u64 row = (u64)at.image * at.chunks + at.chunk;
#pragma unroll 1
  for (int c = threadIdx.x; c < at.tile; c += blockDim.x) {
    u64 channel = at.channel + c;
    if (form == SHIFT) {
      de[row * at.channels + channel] = of_a[c];
    } else {
      de[row * 2 * at.channels + channel] = of_b[c];
      de[(row * 2 + 1) * at.channels + channel] = of_a[c];
    }
  }
}

#define GROUP_NORM(NAME, S, V)                                                                                                    \
  extern "C" __global__ void __launch_bounds__(256, 3) group_norm_##NAME(                                                            \
      S *y, const S *x, const float *weight, const float *bias, const float *e, float *stats, int stage, int form, int silu_behind, \
      float eps, int hw, int channels, int group, int tile, int rows, int pixels, int first) {                                    \
    forward<S, V>(y, x, weight, bias, e, stats, stage, form, silu_behind, eps, Place(hw, channels, group, tile, rows, pixels, first)); \
  }                                                                                                                               \
  extern "C" __global__ void __launch_bounds__(256, 2) group_norm_backward_##NAME(                                                   \
      S *dx, const S *x, const S *dy, const float *weight, const float *bias, const float *e, const float *stats, float *sums,    \
      float *de, int stage, int form, int silu_behind, float eps, int hw, int channels, int group, int tile, int rows, int pixels, \
      int first) {                                                                                                                \
    backward<S, V>(dx, x, dy, weight, bias, e, stats, sums, de, stage, form, silu_behind, eps,                                     \
                   Place(hw, channels, group, tile, rows, pixels, first));                                                        \
  }
GROUP_NORM(f32, float, 4)
GROUP_NORM(one_f32, float, 1)
GROUP_NORM(bf16, bf16, 8)
GROUP_NORM(one_bf16, bf16, 1)

// Sums over chunks: to (images, width), from (images, chunks, width), both from image `first` on. n = images x width; a
// thread an element.
extern "C" __global__ void __launch_bounds__(256) group_norm_merge(float *__restrict__ to, const float *__restrict__ from, int chunks, int width,
                                                                   int first, u64 n) {
  for (u64 i = thread_index(); i < n; i += thread_count()) {
    u64 image = i / (u32)width;
    const float *at = from + (first + image) * chunks * width + (i - image * width);
    float sum = 0.f;
    for (int k = 0; k < chunks; k++) sum += at[(u64)k * width];
    to[(u64)first * width + i] = sum;
  }
}

// dbias (blocks with y = 0) and dweight (y = 1) from `sums` (images, 2, C); e (images, 2 C) for ADAGN, else null. A block of
// 1024 adds up 32 channels: 32 threads a channel stride over the images. Grid: (C / 32 rounded up, 2). Either may be null.
extern "C" __global__ void __launch_bounds__(1024) group_norm_parameters(float *dweight, float *dbias, const float *__restrict__ sums,
                                                                         const float *__restrict__ e, int images, int channels) {
  __shared__ float part[32][33];
  float *to = blockIdx.y ? dweight : dbias;
  if (!to) return;
  int lane = threadIdx.x & 31, row = threadIdx.x >> 5;
  int c = blockIdx.x * 32 + lane;
  float sum = 0.f;
  if (c < channels) {
    for (int i = row; i < images; i += 32) {
      float factor = e ? 1.f + e[(u64)i * 2 * channels + c] : 1.f;
      sum = fmaf(sums[((u64)i * 2 + blockIdx.y) * channels + c], factor, sum);
    }
  }
  part[row][lane] = sum;
  __syncthreads();
  sum = warp_sum(part[lane][row]);
  c = blockIdx.x * 32 + row;
  if (lane == 0 && c < channels) to[c] = sum;
}
