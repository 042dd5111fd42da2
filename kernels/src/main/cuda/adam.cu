// The optimiser's step over many tensors at once: global norm, clipping, AdamW, moving average (AdamStep in the engine).
//
// A launch takes up to 64 tensors by value. Each block has a run of CHUNK elements of one of them; `chunk` is the number of
// the tensor's first block in the launch. Three kernels in turn: squares of the gradients, one number a block; their sum's
// root, by one block; the update, which reads the norm where it lies, so the host never waits for it. Sums are float32
// over trees that depend on the sizes alone: the same bits every time.
#include "common.cuh"
#include "images.cuh"

enum { TENSORS = 64, CHUNK = 4096 };

struct Slice {
  float *p, *m, *v, *ema;
  const float *g;
  bf16 *shadow;  // of p, or 0
  u32 size, chunk;
};
struct Slices {
  Slice of[TENSORS];
  u32 count;
};

// The tensor of this block: the last that begins at or before it.
__device__ __forceinline__ u32 slice_of_block(const Slices &slices) {
  u32 low = 0, high = slices.count;
  while (high - low > 1) {
    u32 middle = (low + high) / 2;
    if (slices.of[middle].chunk <= blockIdx.x) low = middle;
    else high = middle;
  }
  return low;
}
__device__ __forceinline__ bool aligned(const void *p) { return ((u32)(u64)p & 15) == 0; }

// partial[blockIdx.x] = the sum of g^2 over the block's elements. Blocks of 256. 4 bytes an element.
extern "C" __global__ void __launch_bounds__(256) adam_squares(float *__restrict__ partial, const __grid_constant__ Slices slices) {
  __shared__ float scratch[32];
  const Slice &s = slices.of[slice_of_block(slices)];
  u32 from = (blockIdx.x - s.chunk) * CHUNK;
  u32 size = min((u32)CHUNK, s.size - from);
  const float *g = s.g + from;
  float sum = 0.f;
#pragma unroll
  for (u32 k = 0; k < CHUNK / 1024; k++) {
    u32 q = k * 256 + threadIdx.x;
    if (4 * q < size) {
      Four v = load_quad(g, q, size, aligned(g) && 4 * q + 4 <= size);
      sum += v.x * v.x + v.y * v.y + (v.z * v.z + v.w * v.w);
    }
  }
  sum = block_sum(sum, scratch);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// norm = sqrt(sum of n partial sums). One block of 1024.
extern "C" __global__ void __launch_bounds__(1024) adam_norm(float *__restrict__ norm, const float *__restrict__ partial, u32 n) {
  __shared__ float scratch[32];
  float sum = 0.f;
  for (u32 i = threadIdx.x; i < n; i += 1024) sum += partial[i];
  sum = block_sum(sum, scratch);
  if (threadIdx.x == 0) *norm = sqrtf(sum);
}

struct Rates {
  Value keep;     // 1 - lr weightDecay
  Value rate;     // lr / (1 - b1^step)
  Value root;     // 1 / sqrt(1 - b2^step)
  Value mix_ema;  // 1 - emaDecay
  float mix1;     // 1 - b1
  float beta2, mix2;  // b2, 1 - b2
  float eps, max_norm;
};
struct Factors {
  float scale, keep, rate, root, mix_ema;
};

__device__ __forceinline__ void adam(float &p, float &m, float &v, float &ema, float g, const Factors &f, const Rates &r) {
  g = __fmul_rn(g, f.scale);
  m = __fmaf_rn(__fsub_rn(g, m), r.mix1, m);
  v = __fadd_rn(__fmul_rn(__fmul_rn(g, g), r.mix2), __fmul_rn(v, r.beta2));
  float step = __fdiv_rn(__fmul_rn(m, f.rate), __fadd_rn(__fmul_rn(__fsqrt_rn(v), f.root), r.eps));
  p = __fsub_rn(__fmul_rn(p, f.keep), step);
  ema = __fmaf_rn(__fsub_rn(p, ema), f.mix_ema, ema);
}

// g' = g min(1, max_norm / (norm + 1e-6)); m += mix1 (g' - m); v = b2 v + mix2 g'^2;
// p = keep p - rate m / (root sqrt(v) + eps); ema += mix_ema (p - ema); shadow = p rounded to bf16.
// Nothing is written where the norm is not finite. Blocks of 256; 20 bytes read and 16 written for an element, 18 with a
// shadow. IEEE division and root, the CPU's operations in its order, each rounded: for the same norm the same bits.
extern "C" __global__ void __launch_bounds__(256)
adam_step(const float *__restrict__ norm, const __grid_constant__ Rates rates, const __grid_constant__ Slices slices) {
  float n = *norm;
  if (!(n < __int_as_float(0x7f800000))) return;
  Factors f = {fminf(1.f, __fdiv_rn(rates.max_norm, n + 1e-6f)), get(rates.keep), get(rates.rate), get(rates.root), get(rates.mix_ema)};
  const Slice &s = slices.of[slice_of_block(slices)];
  u32 from = (blockIdx.x - s.chunk) * CHUNK;
  u32 size = min((u32)CHUNK, s.size - from);
  float *p = s.p + from, *m = s.m + from, *v = s.v + from, *ema = s.ema + from;
  const float *g = s.g + from;
  bf16 *shadow = s.shadow ? s.shadow + from : 0;
  bool fast = aligned(p) && aligned(m) && aligned(v) && aligned(ema) && aligned(g) && aligned(shadow);
  for (u32 q = threadIdx.x; q < (size + 3) / 4; q += 256) {
    bool whole = fast && 4 * q + 4 <= size;
    Four p4 = load_quad(p, q, size, whole), m4 = load_quad(m, q, size, whole), v4 = load_quad(v, q, size, whole);
    Four e4 = load_quad(ema, q, size, whole), g4 = load_quad(g, q, size, whole);
    adam(p4.x, m4.x, v4.x, e4.x, g4.x, f, rates);
    adam(p4.y, m4.y, v4.y, e4.y, g4.y, f, rates);
    adam(p4.z, m4.z, v4.z, e4.z, g4.z, f, rates);
    adam(p4.w, m4.w, v4.w, e4.w, g4.w, f, rates);
    store_quad(p, q, size, whole, p4);
    store_quad(m, q, size, whole, m4);
    store_quad(v, q, size, whole, v4);
    store_quad(ema, q, size, whole, e4);
    if (shadow) store_quad(shadow, q, size, whole, p4);
  }
}
