// Threads of a block meet at barriers and share memory.
extern __shared__ float dynamic[];

extern "C" __global__ void block_sums(float *y, const float *x, int n) {
  __shared__ float partial[32];
  float s = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) s += x[i];
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) s += __shfl_xor_sync(0xffffffffu, s, d);
  if ((threadIdx.x & 31) == 0) partial[threadIdx.x >> 5] = s;
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int k = 1; k < blockDim.x >> 5; k++) s += partial[k];
    y[blockIdx.x] = s;
  }
}

// Each block reverses a piece through dynamic shared memory.
extern "C" __global__ void reverse(float *y, const float *x) {
  int i = threadIdx.x;
  dynamic[i] = x[blockIdx.x * blockDim.x + i];
  __syncthreads();
  y[blockIdx.x * blockDim.x + i] = dynamic[blockDim.x - 1 - i];
}

extern "C" __global__ void barriers(int *y, const int *x) {
  int i = threadIdx.x;
  y[i] = __syncthreads_count(x[i] > 0);
  y[i + 96] = __syncthreads_and(x[i] > -5) * 2 + __syncthreads_or(x[i] == 3);
}

// Two groups of warps, each with a barrier of its own.
extern "C" __global__ void named(int *y, const int *x) {
  __shared__ int s[128];
  int i = threadIdx.x, group = i >> 6;
  s[i] = x[i];
  if (group == 0) asm volatile("bar.sync 1, 64;" ::: "memory");
  else asm volatile("bar.sync 2, 64;" ::: "memory");
  y[i] = s[group * 64 + 63 - (i & 63)];
}

// Bytes, half words, vectors, through a pointer whose space is not known.
extern "C" __global__ void generic(int *y, const int *x, int shared) {
  __shared__ int s[64];
  int *p = shared ? s : y + 64;
  p[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = p[63 - threadIdx.x] + 1;
}

struct alignas(8) Two { float a, b; };
struct alignas(16) Four { float a, b, c, d; };
extern "C" __global__ void widths(unsigned char *y, const unsigned char *x) {
  int i = threadIdx.x;
  y[i] = x[i] + 1;
  ((signed char *)y)[64 + i] = ((const signed char *)x)[64 + i] / 2;
  ((short *)(y + 128))[i] = ((const short *)(x + 128))[i] / 3;
  ((unsigned short *)(y + 256))[i] = ((const unsigned short *)(x + 256))[i] / 3;
  ((Two *)(y + 512))[i] = {((const Two *)(x + 512))[i].b, ((const Two *)(x + 512))[i].a};
  Four v = ((const Four *)(x + 1024))[i];
  ((Four *)(y + 1024))[i] = {v.d, v.c, v.b, v.a};
  ((long long *)(y + 2048))[i] = ((const long long *)(x + 2048))[i] * 3;
  ((double *)(y + 2560))[i] = ((const double *)(x + 2560))[i] * 0.5;
  ((uchar4 *)(y + 3072))[i] = make_uchar4(((const uchar4 *)(x + 3072))[i].w, 1, 2, ((const uchar4 *)(x + 3072))[i].x);
  ((ushort4 *)(y + 3328))[i] = make_ushort4(((const ushort4 *)(x + 3328))[i].w, 1, 2, ((const ushort4 *)(x + 3328))[i].x);
}

extern "C" __global__ void atomics(int *counts, float *sum, unsigned long long *big, const int *x, int n) {
  __shared__ int local[8];
  if (threadIdx.x < 8) local[threadIdx.x] = 0;
  __syncthreads();
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    atomicAdd(&local[x[i] & 7], 1);
    atomicMax(&counts[8], x[i]);
    atomicMin(&counts[9], x[i]);
    atomicXor(&counts[10], x[i]);
    atomicAdd(sum, (float)x[i]);
    atomicAdd(big, (unsigned long long)x[i] << 20);
    atomicInc((unsigned *)&counts[11], 9u);
    int old = counts[12], seen;
    do {
      seen = old;
      old = atomicCAS(&counts[12], seen, seen + (x[i] & 1));
    } while (old != seen);
  }
  __syncthreads();
  if (threadIdx.x < 8) atomicAdd(&counts[threadIdx.x], local[threadIdx.x]);
}

// The last block that comes sums what all have written.
extern "C" __global__ void last_block(int *total, int *partial, unsigned *ticket, const int *x) {
  __shared__ bool last;
  int sum = __reduce_add_sync(0xffffffffu, x[blockIdx.x * 32 + threadIdx.x]);
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = sum;
    __threadfence();
    last = atomicAdd(ticket, 1u) == gridDim.x - 1;
  }
  __syncthreads();
  if (last && threadIdx.x == 0) {
    __threadfence();
    int t = 0;
    for (int b = 0; b < gridDim.x; b++) t += ((volatile int *)partial)[b];
    *total = t;
  }
}
