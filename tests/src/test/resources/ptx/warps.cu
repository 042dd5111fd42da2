// Threads of a warp see each other.
extern "C" __global__ void shuffles(int *y, const int *x) {
  int i = threadIdx.x, v = x[i];
  int w = threadIdx.x & 31;
  y[i] = __shfl_sync(0xffffffffu, v, (w * 7 + 3) & 31);
  y[i + 64] = __shfl_up_sync(0xffffffffu, v, 3);
  y[i + 128] = __shfl_down_sync(0xffffffffu, v, 5);
  y[i + 192] = __shfl_xor_sync(0xffffffffu, v, 9);
  y[i + 256] = __shfl_sync(0xffffffffu, v, w + 1, 8);
  y[i + 320] = __shfl_up_sync(0xffffffffu, v, 2, 16);
  y[i + 384] = __shfl_down_sync(0xffffffffu, v, 1, 4);
  unsigned half = w < 16 ? 0xffffu : 0xffff0000u;
  y[i + 448] = __shfl_xor_sync(half, v, 5);
}

extern "C" __global__ void votes(int *y, const int *x) {
  int i = threadIdx.x, v = x[i];
  y[i] = __ballot_sync(0xffffffffu, v > 0);
  y[i + 32] = __any_sync(0xffffffffu, v == 5) * 2 + __all_sync(0xffffffffu, v > -1000);
  y[i + 64] = __match_any_sync(0xffffffffu, v & 3);
  int same;
  unsigned all = __match_all_sync(0xffffffffu, v > -1000, &same);
  y[i + 96] = all + same;
  y[i + 128] = __reduce_add_sync(0xffffffffu, v);
  y[i + 160] = __reduce_max_sync(0xffffffffu, v);
  y[i + 192] = __reduce_min_sync(0xffffffffu, (unsigned)v);
  y[i + 224] = __reduce_xor_sync(0xffffffffu, (unsigned)v);
  unsigned active = 0;
  if (v & 1) active = __activemask();
  y[i + 256] = active;
  // The odd lanes among themselves, in code that the even ones do not run.
  int sum = 0;
  unsigned odd = __ballot_sync(0xffffffffu, v & 1);
  if (v & 1) sum = __reduce_add_sync(odd, v);
  y[i + 288] = sum;
}

// A shuffle after code that only some lanes run, for a different time each.
extern "C" __global__ void converge(int *y, const int *x) {
  int i = threadIdx.x, v = x[i];
#pragma unroll 1
  for (int k = 0; k < (v & 7); k++) {
    v = v * 1103515245 + 12345;
    if ((v & 0xff00) == 0x4200) break;
  }
  __syncwarp();
  y[i] = __shfl_xor_sync(0xffffffffu, v, 1);
}
