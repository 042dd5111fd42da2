// Where an operand that broadcasting stretches is read. Indices are below 2^31.
#pragma once
#include "common.cuh"

// Division by a number that the host knows: q = i / divisor by one multiplication (Granlund and Montgomery 1994).
struct Divisor {
  u32 divisor, multiplier, shift;
  __device__ __forceinline__ u32 quotient(u32 i) const { return (__umulhi(i, multiplier) + i) >> shift; }
};

// Axes (outer, middle, inner) of the result, and an operand's elements between neighbours along each, 0 where it is stretched.
struct Stretch {
  Divisor inner, middle;
  u32 outer_stride, middle_stride, inner_stride;
  __device__ __forceinline__ u32 at(u32 i) const {
    u32 row = inner.quotient(i);
    u32 plane = middle.quotient(row);
    return plane * outer_stride + (row - plane * middle.divisor) * middle_stride + (i - row * inner.divisor) * inner_stride;
  }
};

// How the 16 bytes of the result that a thread computes find the operand: one element for all, a run of neighbours, or each its own.
enum Reading { EACH, ONE, RUN };

// The same for two operands over any axes, the innermost first; axes from `rank` on are not read.
struct Walk {
  static constexpr int most = 8;
  Divisor axis[most];
  u32 a[most], b[most];
  u32 rank;
  __device__ __forceinline__ void at(u32 i, u32 &ia, u32 &ib) const {
    ia = ib = 0;
#pragma unroll
    for (int k = 0; k < most; k++) {
      if (k >= rank) break;
      u32 rest = axis[k].quotient(i);
      u32 here = i - rest * axis[k].divisor;
      ia += here * a[k];
      ib += here * b[k];
      i = rest;
    }
  }
};
