// What the forward and the backward kernel of group normalisation share: a block's piece of an image, and the means and
// variances of its groups. The equations are in group_norm.cu.
#pragma once
#include "vector.cuh"

// What a launch does. WHOLE: a block has all pixels of its image. Where they do not fit, PARTIAL leaves the sums of each
// chunk of pixels, and FINISH reads those of all chunks.
enum Stage { WHOLE = 0, PARTIAL = 1, FINISH = 2 };

// How e (images, C) or (images, 2 C) = [e1 | e2] enters.
enum Form { PLAIN = 0, SHIFT = 1, FILM = 2, ADAGN = 3 };

// Accesses that a thread has under way at a time.
constexpr int AHEAD = 4;

// Where a block works: `len` pixels from `from` on of one image, `tile` channels from `channel` on. Blocks go through the
// tiles of channels first, then the chunks of pixels, then the images: neighbours in memory run at the same time.
struct Place {
  int hw, channels, group, tile, rows, pixels;
  int chunks, chunk, image, from, len, channel;

  __device__ __forceinline__ Place(int hw, int channels, int group, int tile, int rows, int pixels, int first)
      : hw(hw), channels(channels), group(group), tile(tile), rows(rows), pixels(pixels) {
    u32 tiles = (u32)channels / (u32)tile;
    u32 rest = blockIdx.x / tiles;
    chunks = (hw - 1) / pixels + 1;
    channel = (int)(blockIdx.x - rest * tiles) * tile;
    chunk = (int)(rest % (u32)chunks);
    image = first + (int)(rest / (u32)chunks);
    from = chunk * pixels;
    len = min(pixels, hw - from);
  }
  __device__ __forceinline__ int groups() const { return tile / group; }
  // Elements of a group in chunk i.
  __device__ __forceinline__ float elements(int i) const { return (float)min(pixels, hw - i * pixels) * (float)group; }
  // Elements of a group in an image.
  __device__ __forceinline__ float elements() const { return (float)hw * (float)group; }
};

// What a thread has of its block's piece: the threads form `rows` rows of tile / V columns, and thread (row, column) has
// pixels row, row + rows, ... of V channels: `count` accesses, of which the first is at `start` in the tensor. In shared
// memory its accesses are at thread, thread + rows tile / V, ..., and no other thread's.
template <int V> struct Share {
  int row, column, count;
  bool active;
  u64 start, step;
  int stride;

  __device__ __forceinline__ explicit Share(const Place &p) {
    int columns = p.tile / V;
    row = (int)threadIdx.x / columns;
    column = ((int)threadIdx.x - row * columns) * V;
    active = row < p.rows;
    count = active && row < p.len ? (p.len - 1 - row) / p.rows + 1 : 0;
    start = ((u64)p.image * p.hw + p.from + row) * p.channels + p.channel + column;
    step = (u64)p.rows * p.channels;
    stride = p.rows * columns;
  }
};

// For each channel of the tile, in shared memory: with d = p x + q, and n = r d + s is x normalised, z = w n + b.
struct Coefficients {
  float *p, *q, *r, *s, *w, *b;
  static constexpr int ARRAYS = 6;

  __device__ __forceinline__ Coefficients(float *shared, int tile)
      : p(shared), q(p + tile), r(q + tile), s(r + tile), w(s + tile), b(w + tile) {}

  // Before the statistics: p x + q is what is normalised.
  __device__ __forceinline__ void begin(const Place &at, const float *weight, const float *bias, const float *e, int form) {
#pragma unroll 1
    for (int c = threadIdx.x; c < at.tile; c += blockDim.x) {
      int channel = at.channel + c;
      float factor = 1.f, shift = 0.f;
      if (form != PLAIN) {
        u64 row = (u64)at.image * at.channels;
        factor = form == SHIFT ? 1.f : 1.f + e[2 * row + channel];
        shift = form == SHIFT ? e[row + channel] : e[2 * row + at.channels + channel];
      }
      bool after = form == ADAGN;
      p[c] = after ? 1.f : factor;
      q[c] = after ? 0.f : shift;
      w[c] = after ? weight[channel] * factor : weight[channel];
      b[c] = after ? fmaf(bias[channel], factor, shift) : bias[channel];
    }
  }
  // By one warp, for group g of the tile, whose mean is mean + rest.
  __device__ __forceinline__ void centre(const Place &at, int g, float mean) {
#pragma unroll 1
    for (int c = threadIdx.x & 31; c < at.group; c += 32) q[g * at.group + c] -= mean;
  }
  __device__ __forceinline__ void scale(const Place &at, int g, float rest, float variance, float eps) {
    float deviation = reciprocal_root(fmaxf(variance, 0.f) + eps);
#pragma unroll 1
    for (int c = threadIdx.x & 31; c < at.group; c += 32) {
      r[g * at.group + c] = deviation;
      s[g * at.group + c] = -rest * deviation;
    }
  }
};
template <int V> __device__ __forceinline__ void take(float (&to)[V], const float *from) {
#pragma unroll
  for (int j = 0; j < V; j++) to[j] = from[j];
}

// Sums over groups. Of the sums of a thread's V channels each run of `unit` in the same group is added up; the runs' sums
// lie in shared memory, a group's beside each other, and a warp adds up a group.
template <int V> struct GroupSums {
  int unit, shift, slots, stride;
  float *first, *second;

  __device__ __forceinline__ GroupSums(const Place &at, float *shared) {
    unit = min(V, at.group & -at.group);
    shift = __popc(unit - 1);
    slots = at.group >> shift;
    stride = at.rows * slots | 1;
    first = shared;
    second = shared + at.groups() * stride;
  }
  __device__ __forceinline__ void put(float *to, const Place &at, const Share<V> &mine, const float (&channel)[V]) const {
    if (!mine.active) return;
    int g = mine.column / at.group;
    int inside = mine.column - g * at.group;
    float sum = 0.f;
#pragma unroll
    for (int j = 0; j < V; j++) {
      sum += channel[j];
      inside++;
      if ((inside & (unit - 1)) == 0) {
        to[g * stride + mine.row * slots + (inside >> shift) - 1] = sum;
        sum = 0.f;
        if (inside == at.group) {
          inside = 0;
          g++;
        }
      }
    }
  }
  // By one warp: a group's sum.
  __device__ __forceinline__ float total(const Place &at, const float *of, int g) const {
    float sum = 0.f;
    for (int i = threadIdx.x & 31; i < at.rows * slots; i += 32) sum += of[g * stride + i];
    return warp_sum(sum);
  }
};

// Copies the thread's accesses to shared memory and adds up its channels.
template <int V, typename S> __device__ __forceinline__ void fetch(const Share<V> &mine, S *held, const S *from, float (&sum)[V]) {
  Vec<S, V> *to = reinterpret_cast<Vec<S, V> *>(held) + threadIdx.x;
  from += mine.start;
#pragma unroll
  for (int j = 0; j < V; j++) sum[j] = 0.f;
#pragma unroll 1
  for (int k = 0; k < mine.count; k += AHEAD) {
    Vec<S, V> v[AHEAD] = {};
#pragma unroll
    for (int i = 0; i < AHEAD; i++) {
      if (k + i < mine.count) v[i] = load_vec<V>(from + (k + i) * mine.step);
    }
#pragma unroll
    for (int i = 0; i < AHEAD; i++) {
      float f[V];
      v[i].get(f);
#pragma unroll
      for (int j = 0; j < V; j++) sum[j] += f[j];
      if (k + i < mine.count) to[(k + i) * mine.stride] = v[i];
    }
  }
}

// Mean and variance of the block's groups, in two passes: the mean, from the sums of x that `fetch` gave, then the deviations
// d from it. Their mean, `rest`, is what rounding took from the mean; it corrects both the variance and the mean itself, so
// a mean that is large beside the deviation costs no digits but those of x. With `partial` (images, groups, chunks, 3), a
// chunk's mean, rest and sum of squared deviations are left there. Begins with a barrier and ends with one.
template <int V, typename S>
__device__ __forceinline__ void statistics(const Place &at, const Share<V> &mine, Coefficients &co, float *shared, const S *held, float (&sum)[V],
                                           float eps, float *partial) {
  GroupSums<V> sums(at, shared);
  int warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
  float scale = reciprocal(at.elements(at.chunk));
  float p[V], q[V], squares[V];
  __syncthreads();
  if (mine.active) {
    take(p, co.p + mine.column);
    take(q, co.q + mine.column);
  }
#pragma unroll
  for (int j = 0; j < V; j++) sum[j] = fmaf(p[j], sum[j], q[j] * mine.count);
  sums.put(sums.first, at, mine, sum);
  __syncthreads();
#pragma unroll 1
  for (int g = warp; g < at.groups(); g += warps) {
    float mean = sums.total(at, sums.first, g) * scale;
    co.centre(at, g, mean);
    if ((threadIdx.x & 31) == 0) co.r[g * at.group] = mean;
  }
  __syncthreads();
  if (mine.active) take(q, co.q + mine.column);
#pragma unroll
  for (int j = 0; j < V; j++) sum[j] = squares[j] = 0.f;
  const Vec<S, V> *v = reinterpret_cast<const Vec<S, V> *>(held) + threadIdx.x;
#pragma unroll 4
  for (int k = 0; k < mine.count; k++) {
    float x[V];
    v[k * mine.stride].get(x);
#pragma unroll
    for (int j = 0; j < V; j++) {
      float d = fmaf(x[j], p[j], q[j]);
      sum[j] += d;
      squares[j] = fmaf(d, d, squares[j]);
    }
  }
  sums.put(sums.first, at, mine, sum);
  sums.put(sums.second, at, mine, squares);
  __syncthreads();
#pragma unroll 1
  for (int g = warp; g < at.groups(); g += warps) {
    float total = sums.total(at, sums.first, g);
    float rest = total * scale;
    float deviations = sums.total(at, sums.second, g) - total * rest;
    if (partial && (threadIdx.x & 31) == 0) {
      u64 groups = (u64)(at.channels / at.group);
      float *to = partial + ((at.image * groups + at.channel / at.group + g) * at.chunks + at.chunk) * 3;
      to[0] = co.r[g * at.group];
      to[1] = rest;
      to[2] = deviations;
    }
    co.scale(at, g, rest, deviations * scale, eps);
  }
  __syncthreads();
}

// As `statistics`, from what was left for each chunk: sums of squared deviations are combined as by Chan et al. (1979).
__device__ __forceinline__ void merge_statistics(const Place &at, Coefficients &co, float eps, const float *partial) {
  int lane = threadIdx.x & 31;
  float scale = reciprocal(at.elements());
  __syncthreads();
#pragma unroll 1
  for (int g = threadIdx.x >> 5; g < at.groups(); g += blockDim.x >> 5) {
    u64 groups = (u64)(at.channels / at.group);
    const float *of = partial + (at.image * groups + at.channel / at.group + g) * at.chunks * 3;
    float mean = of[0];
    float sum = 0.f;
#pragma unroll 1
    for (int i = lane; i < at.chunks; i += 32) sum += at.elements(i) * (of[3 * i] - mean + of[3 * i + 1]);
    float rest = warp_sum(sum) * scale;
    float deviations = 0.f;
#pragma unroll 1
    for (int i = lane; i < at.chunks; i += 32) {
      float off = of[3 * i] - mean + of[3 * i + 1] - rest;
      deviations += fmaf(at.elements(i) * off, off, of[3 * i + 2]);
    }
    deviations = warp_sum(deviations);
    co.centre(at, g, mean);
    co.scale(at, g, rest, deviations * scale, eps);
  }
  __syncthreads();
}
