// Multi-head scaled dot-product self-attention (Vaswani et al. 2017) of one image and head after the other:
//   y_i = sum_j P_ij v_j,  P_ij = exp(s q_i k_j) / sum_j exp(s q_i k_j),  s = 1 / sqrt(d)
//   dP_ij = dy_i v_j,  delta_i = sum_j P_ij dP_ij = dy_i y_i,  dS_ij = P_ij (dP_ij - delta_i) s
//   dq_i = sum_j dS_ij k_j,  dk_j = sum_i dS_ij q_i,  dv_j = sum_i P_ij dy_i
//
// qkv, dqkv (N, T, 3 C): of each token the C channels of q, of k, of v; head h has channels [h d, (h + 1) d) of each. y, dy
// (N, T, C). rows (N heads, 3, T): m_i, 1 / l_i and delta_i, where P_ij = exp2(c q_i k_j - m_i) / l_i, c = s log2(e).
// T >= 1; d <= D, the D of the kernel's name; what is missing to D, or to a multiple of 4, counts as 0.
// Kernels: attention_dD_*: y, or, for backward, rows (then y is null and dy given). attention_rows_dD_*: dq.
// attention_columns_dD_*: dk and dv. P is never in memory, and is computed again by each.
// Launch: blocks of 256 threads as 16 x 16; each has B = 64 tokens of an image and head and walks through the
// others, B at a time. Grid: N heads x (T / B rounded up). Dynamic shared memory, in floats: forward
// 3 B (D + 4) + B (B + 4), backward 4 B (D + 4) + B (B + 4).
// Numerics: float32 throughout, products in order of the channel; online softmax with the row's running maximum; the fast
// power of two, 2^-22. No atomics: each sum is made by one block, in a fixed order.
#include "common.cuh"

__device__ __forceinline__ float exp2_fast(float x) {
  float r;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(x));
  return r;
}
// Over the 16 threads of a row.
__device__ __forceinline__ float row_sum(float v) {
#pragma unroll
  for (int d = 8; d > 0; d >>= 1) v += __shfl_xor_sync(0xffffffffu, v, d);
  return v;
}
__device__ __forceinline__ float row_max(float v) {
#pragma unroll
  for (int d = 8; d > 0; d >>= 1) v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, d));
  return v;
}

// A block's geometry. Thread (ty, tx) has rows ty R + i of the block's tokens, columns tx + 16 j of the tokens that it walks through, and
// channels channel(c) of results.
constexpr int B = 64;
template <int D> struct Tile {
  static constexpr int R = B / 16;
  static constexpr int CHANNELS = D / 16;
  static constexpr int WIDTH = D + 4;
  static constexpr int ACROSS = B + 4;

  __device__ __forceinline__ static int tx() { return threadIdx.x & 15; }
  __device__ __forceinline__ static int ty() { return threadIdx.x >> 4; }
  __device__ __forceinline__ static int channel(int c) {
    constexpr int RUN = CHANNELS < 4 ? CHANNELS : 4;
    return c / RUN * 16 * RUN + tx() * RUN + c % RUN;
  }

  // Tokens [first, first + B) of a matrix whose rows are `stride` apart, as float; what is not there is 0.
  template <typename S> __device__ __forceinline__ static void load(float *to, const S *from, int first, int tokens, int d, u32 stride) {
    from += (u64)first * stride;
    tokens -= first;
    if ((d & 3) == 0) {
#pragma unroll 4
      for (int i = threadIdx.x; i < B * D / 4; i += 256) {
        int row = i / (D / 4), c = i % (D / 4) * 4;
        Four v{0.f, 0.f, 0.f, 0.f};
        if (row < tokens && c < d) v = load4(from + row * stride + c);
        store4(to + row * WIDTH + c, v);
      }
    } else {
#pragma unroll 1
      for (int i = threadIdx.x; i < B * D; i += 256) {
        int row = i / D, c = i % D;
        to[row * WIDTH + c] = row < tokens && c < d ? to_float(from[row * stride + c]) : 0.f;
      }
    }
  }

  // s_ij = sum_c a_ic b_jc over the first d channels, rounded up to 4.
  __device__ __forceinline__ static void product(float (&s)[R][R], const float *a, const float *b, int d) {
    a += ty() * R * WIDTH;
    b += tx() * WIDTH;
#pragma unroll
    for (int i = 0; i < R; i++) {
#pragma unroll
      for (int j = 0; j < R; j++) s[i][j] = 0.f;
    }
#pragma unroll 1
    for (int c = 0; c < d; c += 4) {
      Four x[R];
#pragma unroll
      for (int i = 0; i < R; i++) x[i] = load4(a + i * WIDTH + c);
#pragma unroll
      for (int j = 0; j < R; j++) {
        Four y = load4(b + 16 * j * WIDTH + c);
#pragma unroll
        for (int i = 0; i < R; i++) s[i][j] = fmaf(x[i].w, y.w, fmaf(x[i].z, y.z, fmaf(x[i].y, y.y, fmaf(x[i].x, y.x, s[i][j]))));
      }
    }
  }

  // sum_ic += sum_j p_ij b_jc over the first `there` tokens, rounded up to 4, p through shared memory: a row's 16 threads
  // are in the same warp.
  __device__ __forceinline__ static void accumulate(float (&sum)[R][CHANNELS], const float (&p)[R][R], float *shared, const float *b, int there) {
    __syncwarp();
    shared += ty() * R * ACROSS;
#pragma unroll
    for (int i = 0; i < R; i++) {
#pragma unroll
      for (int j = 0; j < R; j++) shared[i * ACROSS + tx() + 16 * j] = p[i][j];
    }
    __syncwarp();
#pragma unroll 1
    for (int j = 0; j < there; j += 4) {
      Four x[R];
#pragma unroll
      for (int i = 0; i < R; i++) x[i] = load4(shared + i * ACROSS + j);
#pragma unroll
      for (int k = 0; k < 4; k++) {
        float y[CHANNELS];
        channels(y, b + (j + k) * WIDTH);
#pragma unroll
        for (int i = 0; i < R; i++) {
          float w = k == 0 ? x[i].x : k == 1 ? x[i].y : k == 2 ? x[i].z : x[i].w;
#pragma unroll
          for (int c = 0; c < CHANNELS; c++) sum[i][c] = fmaf(w, y[c], sum[i][c]);
        }
      }
    }
  }

  // The thread's channels of a row.
  __device__ __forceinline__ static void channels(float (&y)[CHANNELS], const float *row) {
    if (CHANNELS >= 4) {
#pragma unroll
      for (int c = 0; c < CHANNELS; c += 4) {
        Four v = load4(row + channel(c));
        y[c] = v.x;
        y[c + 1] = v.y;
        y[c + 2] = v.z;
        y[c + 3] = v.w;
      }
    } else {
#pragma unroll
      for (int c = 0; c < CHANNELS; c++) y[c] = row[channel(c)];
    }
  }

  template <typename S> __device__ __forceinline__ static void store(S *to, const float (&v)[CHANNELS], int d) {
    if (CHANNELS >= 4 && (d & 3) == 0) {
#pragma unroll
      for (int c = 0; c < CHANNELS; c += 4) {
        if (channel(c) < d) store4(to + channel(c), Four{v[c], v[c + 1], v[c + 2], v[c + 3]});
      }
    } else {
#pragma unroll
      for (int c = 0; c < CHANNELS; c++) {
        if (channel(c) < d) to[channel(c)] = from_float<S>(v[c]);
      }
    }
  }
};

// The image and head of a block, and its first token.
struct Head {
  int head, first;
  u64 image;

  __device__ __forceinline__ Head(int tokens, int heads) {
    u32 blocks = (u32)(tokens + B - 1) / (u32)B;
    u32 index = blockIdx.x / blocks;
    first = (int)(blockIdx.x - index * blocks) * B;
    image = index / (u32)heads;
    head = (int)(index - (u32)image * heads);
  }
};

template <typename S, int D>
__device__ __forceinline__ void attention(S *y, const S *qkv, const S *dy, float *rows, int tokens, int channels, int heads, float factor) {
  using T = Tile<D>;
  constexpr int R = T::R;
  extern __shared__ __align__(16) float shared[];
  float *q = shared, *k = q + B * T::WIDTH, *v = k + B * T::WIDTH, *p = v + B * T::WIDTH;
  int d = channels / heads;
  u32 stride = 3 * channels;
  Head at(tokens, heads);
  qkv += at.image * tokens * stride + at.head * d;
  T::load(q, qkv, at.first, tokens, d, stride);
  float most[R], sum[R], out[R][T::CHANNELS];
#pragma unroll
  for (int i = 0; i < R; i++) {
    most[i] = __uint_as_float(0xff800000u);
    sum[i] = 0.f;
#pragma unroll
    for (int c = 0; c < T::CHANNELS; c++) out[i][c] = 0.f;
  }
#pragma unroll 1
  for (int first = 0; first < tokens; first += B) {
    __syncthreads();
    T::load(k, qkv + channels, first, tokens, d, stride);
    T::load(v, qkv + 2 * channels, first, tokens, d, stride);
    __syncthreads();
    float s[R][R];
    T::product(s, q, k, d);
#pragma unroll
    for (int i = 0; i < R; i++) {
      float greatest = most[i];
#pragma unroll
      for (int j = 0; j < R; j++) {
        s[i][j] = first + T::tx() + 16 * j < tokens ? s[i][j] * factor : __uint_as_float(0xff800000u);
        greatest = fmaxf(greatest, s[i][j]);
      }
      greatest = row_max(greatest);
      float shrink = exp2_fast(most[i] - greatest);
      most[i] = greatest;
      sum[i] *= shrink;
#pragma unroll
      for (int c = 0; c < T::CHANNELS; c++) out[i][c] *= shrink;
#pragma unroll
      for (int j = 0; j < R; j++) {
        s[i][j] = exp2_fast(s[i][j] - greatest);
        sum[i] += s[i][j];
      }
    }
    T::accumulate(out, s, p, v, min(B, tokens - first));
  }
#pragma unroll
  for (int i = 0; i < R; i++) {
    int token = at.first + T::ty() * R + i;
    float scale = 1.f / row_sum(sum[i]);
    u64 row = (at.image * tokens + token) * channels + at.head * d;
    float delta = 0.f;
#pragma unroll
    for (int c = 0; c < T::CHANNELS; c++) {
      out[i][c] *= scale;
      if (rows && token < tokens && T::channel(c) < d) delta = fmaf(to_float(dy[row + T::channel(c)]), out[i][c], delta);
    }
    if (rows) {
      delta = row_sum(delta);
      if (token < tokens && T::tx() == 0) {
        float *to = rows + (at.image * heads + at.head) * 3 * tokens + token;
        to[0] = most[i];
        to[tokens] = scale;
        to[2 * (u64)tokens] = delta;
      }
    } else if (token < tokens) {
      T::store(y + row, out[i], d);
    }
  }
}

// COLUMNS: the block's tokens are keys, and it walks through the queries; else the other way round.
template <typename S, int D, bool COLUMNS>
__device__ __forceinline__ void attention_backward(S *dqkv, const S *qkv, const S *dy, const float *rows, int tokens, int channels, int heads,
                                                   float factor, float scale) {
  using T = Tile<D>;
  constexpr int R = T::R;
  extern __shared__ __align__(16) float shared[];
  float *own = shared, *own_v = own + B * T::WIDTH, *other = own_v + B * T::WIDTH, *other_v = other + B * T::WIDTH;
  float *across = other_v + B * T::WIDTH;
  int d = channels / heads;
  u32 stride = 3 * channels;
  Head at(tokens, heads);
  const S *q = qkv + at.image * tokens * stride + at.head * d, *k = q + channels, *v = k + channels;
  dy += at.image * tokens * channels + at.head * d;
  rows += (at.image * heads + at.head) * 3 * tokens;
  T::load(own, COLUMNS ? k : q, at.first, tokens, d, stride);
  T::load(own_v, COLUMNS ? v : dy, at.first, tokens, d, COLUMNS ? stride : channels);
  float most[R], share[R], delta[R];
  float sum[R][T::CHANNELS], sum_v[R][T::CHANNELS];
#pragma unroll
  for (int i = 0; i < R; i++) {
    int token = at.first + T::ty() * R + i;
    bool there = !COLUMNS && token < tokens;
    most[i] = there ? rows[token] : 0.f;
    share[i] = there ? rows[tokens + token] : 0.f;
    delta[i] = there ? rows[2 * (u64)tokens + token] : 0.f;
#pragma unroll
    for (int c = 0; c < T::CHANNELS; c++) sum[i][c] = sum_v[i][c] = 0.f;
  }
#pragma unroll 1
  for (int first = 0; first < tokens; first += B) {
    __syncthreads();
    T::load(other, COLUMNS ? q : k, first, tokens, d, stride);
    T::load(other_v, COLUMNS ? dy : v, first, tokens, d, COLUMNS ? channels : stride);
    if (COLUMNS) {
#pragma unroll
      for (int j = 0; j < R; j++) {
        int token = first + T::tx() + 16 * j;
        most[j] = token < tokens ? rows[token] : 0.f;
        share[j] = token < tokens ? rows[tokens + token] : 0.f;
        delta[j] = token < tokens ? rows[2 * (u64)tokens + token] : 0.f;
      }
    }
    __syncthreads();
    float p[R][R], ds[R][R];
    T::product(p, own, other, d);
    T::product(ds, own_v, other_v, d);
#pragma unroll
    for (int i = 0; i < R; i++) {
#pragma unroll
      for (int j = 0; j < R; j++) {
        int of = COLUMNS ? j : i;
        bool there = first + T::tx() + 16 * j < tokens;
        p[i][j] = there ? exp2_fast(fmaf(p[i][j], factor, -most[of])) * share[of] : 0.f;
        ds[i][j] = p[i][j] * (ds[i][j] - delta[of]) * scale;
      }
    }
    int there = min(B, tokens - first);
    if (COLUMNS) T::accumulate(sum_v, p, across, other_v, there);
    T::accumulate(sum, ds, across, other, there);
  }
#pragma unroll
  for (int i = 0; i < R; i++) {
    int token = at.first + T::ty() * R + i;
    if (token < tokens) {
      S *to = dqkv + (at.image * tokens + token) * stride + at.head * d;
      T::store(COLUMNS ? to + channels : to, sum[i], d);
      if (COLUMNS) T::store(to + 2 * channels, sum_v[i], d);
    }
  }
}

#define ATTENTION(D, S, TYPE)                                                                                                          \
  extern "C" __global__ void __launch_bounds__(256, 2) attention_d##D##_##TYPE(S *y, const S *qkv, const S *dy, float *rows, int tokens, \
                                                                            int channels, int heads, float factor) {                  \
    attention<S, D>(y, qkv, dy, rows, tokens, channels, heads, factor);                                                             \
  }                                                                                                                                    \
  extern "C" __global__ void __launch_bounds__(256, 2) attention_rows_d##D##_##TYPE(                                                      \
      S *dqkv, const S *qkv, const S *dy, const float *rows, int tokens, int channels, int heads, float factor, float scale) {         \
    attention_backward<S, D, false>(dqkv, qkv, dy, rows, tokens, channels, heads, factor, scale);                                    \
  }                                                                                                                                    \
  extern "C" __global__ void __launch_bounds__(256, 2) attention_columns_d##D##_##TYPE(                                                   \
      S *dqkv, const S *qkv, const S *dy, const float *rows, int tokens, int channels, int heads, float factor, float scale) {         \
    attention_backward<S, D, true>(dqkv, qkv, dy, rows, tokens, channels, heads, factor, scale);                                     \
  }
ATTENTION(32, float, f32)
ATTENTION(64, float, f32)
ATTENTION(32, bf16, bf16)
ATTENTION(64, bf16, bf16)
