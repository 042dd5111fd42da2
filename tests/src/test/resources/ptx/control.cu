// Control flow: what each thread computes is written by y[i] = f(x[i]), so that plain Java can say the same.
extern "C" __global__ void collatz(int *y, const int *x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  int steps = 0;
  for (long long v = x[i]; v != 1; steps++) {
    v = v & 1 ? 3 * v + 1 : v / 2;
    if (v > 1000000) break;
    if (steps == 300) { steps = -1; break; }
  }
  y[i] = steps;
}

// A loop with continue, a loop in it with break, an early return.
extern "C" __global__ void nested(int *y, const int *x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  int v = x[i], sum = 0;
  if (v < 0) {
    y[i] = -1;
    return;
  }
#pragma unroll 1
  for (int a = 0; a < v % 17; a++) {
    if (a % 3 == v % 3) continue;
#pragma unroll 1
    for (int b = a;; b += 5) {
      sum += b ^ v;
      if (b > v % 29) break;
      if (sum > 5000) {
        y[i] = sum;
        return;
      }
    }
  }
  y[i] = sum;
}

// Enough cases for a table of branches.
extern "C" __global__ void cases(int *y, const int *x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  int v = x[i], r;
  switch (v & 15) {
    case 0: r = v * 3; break;
    case 1: r = v - 7; for (int k = 0; k < (v >> 4 & 7); k++) r = r * 5 + k; break;
    case 2: r = v ^ 0x55; break;
    case 3: r = __popc(v); break;
    case 4: r = v / 7; break;
    case 5: r = v % 11; y[i] = r; return;
    case 6: r = -v;  // falls through
    case 7: r = v << 3; break;
    case 9: r = __clz(v); break;
    case 11: r = v * v; break;
    case 12: r = v + 99; break;
    default: r = 1;
  }
  y[i] = r + 1;
}

// Local memory: an array indexed by a value; a constant table; a module variable.
__constant__ int primes[12] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
__device__ int scale = 3;
extern "C" __global__ void tables(int *y, const int *x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  int bins[16];
#pragma unroll
  for (int k = 0; k < 16; k++) bins[k] = k;
#pragma unroll 1
  for (int k = 0; k < 20; k++) bins[(x[i] >> k) & 15] += k;
  y[i] = bins[x[i] & 15] * primes[x[i] % 12u] * scale;
}
