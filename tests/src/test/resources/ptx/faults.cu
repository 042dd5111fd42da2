// One fault in each kernel; the line of it says so. y has n words, x too.
extern "C" __global__ void beyond(int *y, const int *x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i <= n) y[i] = x[i % n];  // fault
}

__device__ __forceinline__ int load(const int *p) {
  return *p;  // fault inlined
}
extern "C" __global__ void before(int *y, const int *x, int n) {
  y[threadIdx.x] = load(x + (int)threadIdx.x - 3);
}

extern "C" __global__ void misaligned(int *y, const int *x, int n) {
  ((int4 *)(y + threadIdx.x))[0] = make_int4(1, 2, 3, 4);  // fault
}

extern "C" __global__ void unwritten(int *y, const int *x, int n) {
  if (threadIdx.x < 7) y[threadIdx.x] = 1;
  x = y;
  asm volatile("" : "+l"(x));
  y[threadIdx.x] = x[threadIdx.x] + 1;  // fault
}

extern "C" __global__ void unwritten_shared(int *y, const int *x, int n) {
  __shared__ int s[64];
  if (threadIdx.x != 5) s[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = s[63 - threadIdx.x];  // fault
}

extern "C" __global__ void no_barrier(int *y, const int *x, int n) {
  __shared__ int s[32];
  if (threadIdx.x < 32) s[threadIdx.x] = x[threadIdx.x];
  y[threadIdx.x] = s[31 - (threadIdx.x & 31)];  // fault
}

// The second round writes what others may still read.
extern "C" __global__ void read_then_write(int *y, const int *x, int n) {
  __shared__ volatile int s[64];
  int sum = 0;
#pragma unroll 1
  for (int k = 0; k < 2; k++) {
    s[threadIdx.x] = x[threadIdx.x] + k;
    __syncthreads();
    sum += s[63 - threadIdx.x];  // fault
  }
  y[threadIdx.x] = sum;
}

extern "C" __global__ void same_word(int *y, const int *x, int n) {
  __shared__ int s[64];
  s[threadIdx.x / 2] = x[threadIdx.x];  // fault
  __syncthreads();
  y[threadIdx.x] = s[threadIdx.x / 2];
}

extern "C" __global__ void beyond_shared(int *y, const int *x, int n) {
  extern __shared__ int d[];
  d[threadIdx.x + n] = 1;  // fault
  __syncthreads();
  y[threadIdx.x] = d[threadIdx.x];
}

extern "C" __global__ void exited(int *y, const int *x, int n) {
  __shared__ int s[64];
  s[threadIdx.x] = x[threadIdx.x];
  if (x[threadIdx.x] == 40) return;
  __syncthreads();  // fault
  y[threadIdx.x] = s[63 - threadIdx.x];
}

extern "C" __global__ void elsewhere(int *y, const int *x, int n) {
  if (threadIdx.x < 32) {
    y[threadIdx.x] = 1;
    __syncthreads();  // fault
  } else {
    y[threadIdx.x] = 2;
    __syncthreads();
    y[threadIdx.x] = 3;
  }
}

extern "C" __global__ void shuffle(int *y, const int *x, int n) {
  int v = x[threadIdx.x];
  if (v != 13) v = __shfl_xor_sync(0xffffffffu, v, 1);  // fault
  y[threadIdx.x] = v;
}

extern "C" __global__ void shuffle_exited(int *y, const int *x, int n) {
  int v = x[threadIdx.x];
  if (v == 13) return;
  y[threadIdx.x] = __shfl_xor_sync(0xffffffffu, v, 1);  // fault
}

extern "C" __global__ void blocks_write(int *y, const int *x, int n) {
  y[threadIdx.x] = blockIdx.x;  // fault
}

extern "C" __global__ void blocks_read(int *y, const int *x, int n) {
  if (blockIdx.x == 0) y[threadIdx.x] = 1;
  else y[64 + threadIdx.x] = y[threadIdx.x];  // fault
}

// A later block writes what an earlier one has read.
extern "C" __global__ void blocks_read_first(int *y, const int *x, int n) {
  int before = y[(blockIdx.x + 1) * 32 + threadIdx.x];
  y[blockIdx.x * 32 + threadIdx.x] = before;  // fault
}

extern "C" __global__ void endless(int *y, const int *x, int n) {
  for (volatile int k = 0; k >= 0; k = k & 7) k = k + 1;  // fault
  y[0] = 0;
}

extern "C" __global__ void __launch_bounds__(32) bounded(int *y, const int *x, int n) { y[threadIdx.x] = n; }
