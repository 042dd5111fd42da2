// What every kernel file shares. No header of the toolkit is needed, so NVRTC compiles these files as they are.
#pragma once

typedef unsigned int u32;
typedef unsigned long long u64;

// A number that changes from step to step. When a step is captured as a graph the number is read from device memory,
// where the host puts a new one before each replay; else it travels with the launch. 16 bytes, aligned to 8.
struct Value {
  const float *slot;
  float now;
};
struct IntValue {
  const int *slot;
  int now;
};
__device__ __forceinline__ float get(const Value &v) { return v.slot ? *v.slot : v.now; }
__device__ __forceinline__ int get(const IntValue &v) { return v.slot ? *v.slot : v.now; }

// bfloat16 as bits. Rounds to nearest, ties to even.
struct bf16 {
  unsigned short bits;
};
__device__ __forceinline__ float to_float(float x) { return x; }
__device__ __forceinline__ float to_float(bf16 x) { return __uint_as_float((u32)x.bits << 16); }
__device__ __forceinline__ u32 pack_bf16(float low, float high) {
  u32 r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}
template <typename T> __device__ __forceinline__ T from_float(float x);
template <> __device__ __forceinline__ float from_float<float>(float x) { return x; }
template <> __device__ __forceinline__ bf16 from_float<bf16>(float x) {
  bf16 r;
  r.bits = (unsigned short)(pack_bf16(x, 0.f) & 0xffffu);
  return r;
}

// Four elements in one access: 16 bytes of float, 8 of bf16. The address must be aligned to that.
struct alignas(16) Four {
  float x, y, z, w;
};
__device__ __forceinline__ Four load4(const float *p) { return *reinterpret_cast<const Four *>(p); }
__device__ __forceinline__ Four load4(const bf16 *p) {
  u64 bits = *reinterpret_cast<const u64 *>(p);
  u32 a = (u32)bits, b = (u32)(bits >> 32);
  return Four{__uint_as_float(a << 16), __uint_as_float(a & 0xffff0000u), __uint_as_float(b << 16), __uint_as_float(b & 0xffff0000u)};
}
__device__ __forceinline__ void store4(float *p, const Four &v) { *reinterpret_cast<Four *>(p) = v; }
__device__ __forceinline__ void store4(bf16 *p, const Four &v) {
  *reinterpret_cast<u64 *>(p) = (u64)pack_bf16(v.x, v.y) | (u64)pack_bf16(v.z, v.w) << 32;
}

// Sums over a warp and over a block in a fixed order: the same bits every time.
__device__ __forceinline__ float warp_sum(float v) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) v += __shfl_xor_sync(0xffffffffu, v, d);
  return v;
}
// Every thread of the block must call this; blockDim.x a multiple of 32; `scratch` holds 32 floats of shared memory.
// Ends with a barrier, so scratch can be used again at once.
__device__ __forceinline__ float block_sum(float v, float *scratch) {
  v = warp_sum(v);
  if ((threadIdx.x & 31) == 0) scratch[threadIdx.x >> 5] = v;
  __syncthreads();
  v = (threadIdx.x & 31) < (blockDim.x >> 5) ? scratch[threadIdx.x & 31] : 0.f;
  v = warp_sum(v);
  __syncthreads();
  return v;
}

__device__ __forceinline__ u64 thread_index() { return (u64)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ __forceinline__ u64 thread_count() { return (u64)gridDim.x * blockDim.x; }
