// Batches of images, read and written in pieces of four elements that never cross an image's end.
#pragma once
#include "strides.cuh"

// N images of `size` elements in pieces of four elements, the last of an image shorter where 4 does not divide `size`.
struct Images {
  u32 size;
  Divisor quads; // pieces of one image
  u32 count;     // pieces of the batch
};
struct Place {
  u32 image, quad;
};
__device__ __forceinline__ Place place(const Images &images, u32 i) {
  u32 image = images.quads.quotient(i);
  return Place{image, i - image * images.quads.divisor};
}

// Whether four elements can be accessed at once at every piece of every image: 4 divides the size, and the arrays are
// aligned (16 bytes serve both storage types).
__device__ __forceinline__ bool wide(u32 size, const void *a, const void *b = 0, const void *c = 0, const void *d = 0) {
  return ((size & 3) | (((u32)(u64)a | (u32)(u64)b | (u32)(u64)c | (u32)(u64)d) & 15)) == 0;
}

// Piece `quad` of the image that begins at p; what is past its end reads as 0 and is not written.
template <typename T> __device__ __forceinline__ Four load_quad(const T *__restrict__ p, u32 quad, u32 size, bool wide) {
  u64 e = (u64)quad * 4;
  if (wide) return load4(p + e);
  Four v = {to_float(p[e]), 0.f, 0.f, 0.f};
  if (e + 1 < size) v.y = to_float(p[e + 1]);
  if (e + 2 < size) v.z = to_float(p[e + 2]);
  if (e + 3 < size) v.w = to_float(p[e + 3]);
  return v;
}
template <typename T> __device__ __forceinline__ void store_quad(T *p, u32 quad, u32 size, bool wide, const Four &v) {
  u64 e = (u64)quad * 4;
  if (wide) {
    store4(p + e, v);
    return;
  }
  p[e] = from_float<T>(v.x);
  if (e + 1 < size) p[e + 1] = from_float<T>(v.y);
  if (e + 2 < size) p[e + 2] = from_float<T>(v.z);
  if (e + 3 < size) p[e + 3] = from_float<T>(v.w);
}

// What one block sums where `parts` blocks share an image and blocks of an image follow each other: pieces [first, end).
struct Part {
  u32 image, first, end;
};
__device__ __forceinline__ Part part_of_block(u32 size, u32 parts) {
  u32 image = blockIdx.x / parts, part = blockIdx.x % parts;
  u32 quads = (size + 3) / 4, length = (quads + parts - 1) / parts;
  return Part{image, part * length, min(quads, (part + 1) * length)};
}
