package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * Product of matrices that lie in the cache, on one thread and without packing: c = a b with a read through two
 * strides (so also transposed) and rows of b and c padded to whole vectors. Blocks of four rows by two vectors.
 */
final class SmallProduct {
    private SmallProduct() {
    }

    /**
     * c[i, j] = sum over l of a[i, l] b[l, j].
     *
     * @param c (m, columns), contiguous
     * @param a element (i, l) at {@code ao + i as + l al}
     * @param b (k, columns), contiguous
     * @param columns a multiple of the vector length
     */
    static void multiply(float[] c, float[] a, int ao, int as, int al, float[] b, int m, int columns, int k) {
        int i = 0;
        for (; i <= m - 4; i += 4) {
            int j = 0;
            for (; j <= columns - 2 * LANES; j += 2 * LANES) {
                fourByTwo(c, i * columns + j, a, ao + i * as, as, al, b, j, columns, k);
            }
            if (j < columns) {
                fourByOne(c, i * columns + j, a, ao + i * as, as, al, b, j, columns, k);
            }
        }
        for (; i < m; i++) {
            for (int j = 0; j < columns; j += LANES) {
                one(c, i * columns + j, a, ao + i * as, al, b, j, columns, k);
            }
        }
    }

    private static void fourByTwo(float[] c, int at, float[] a, int ao, int as, int al, float[] b, int bo, int columns,
            int k) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector c00 = zero;
        FloatVector c01 = zero;
        FloatVector c10 = zero;
        FloatVector c11 = zero;
        FloatVector c20 = zero;
        FloatVector c21 = zero;
        FloatVector c30 = zero;
        FloatVector c31 = zero;
        for (int l = 0; l < k; l++) {
            FloatVector b0 = FloatVector.fromArray(F, b, bo);
            FloatVector b1 = FloatVector.fromArray(F, b, bo + LANES);
            FloatVector a0 = FloatVector.broadcast(F, a[ao]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(F, a[ao + as]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(F, a[ao + 2 * as]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(F, a[ao + 3 * as]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            ao += al;
            bo += columns;
        }
        c00.intoArray(c, at);
        c01.intoArray(c, at + LANES);
        c10.intoArray(c, at + columns);
        c11.intoArray(c, at + columns + LANES);
        c20.intoArray(c, at + 2 * columns);
        c21.intoArray(c, at + 2 * columns + LANES);
        c30.intoArray(c, at + 3 * columns);
        c31.intoArray(c, at + 3 * columns + LANES);
    }

    private static void fourByOne(float[] c, int at, float[] a, int ao, int as, int al, float[] b, int bo, int columns,
            int k) {
        FloatVector c0 = FloatVector.zero(F);
        FloatVector c1 = c0;
        FloatVector c2 = c0;
        FloatVector c3 = c0;
        for (int l = 0; l < k; l++) {
            FloatVector v = FloatVector.fromArray(F, b, bo);
            c0 = v.fma(FloatVector.broadcast(F, a[ao]), c0);
            c1 = v.fma(FloatVector.broadcast(F, a[ao + as]), c1);
            c2 = v.fma(FloatVector.broadcast(F, a[ao + 2 * as]), c2);
            c3 = v.fma(FloatVector.broadcast(F, a[ao + 3 * as]), c3);
            ao += al;
            bo += columns;
        }
        c0.intoArray(c, at);
        c1.intoArray(c, at + columns);
        c2.intoArray(c, at + 2 * columns);
        c3.intoArray(c, at + 3 * columns);
    }

    private static void one(float[] c, int at, float[] a, int ao, int al, float[] b, int bo, int columns, int k) {
        FloatVector sum = FloatVector.zero(F);
        for (int l = 0; l < k; l++) {
            sum = FloatVector.fromArray(F, b, bo).fma(FloatVector.broadcast(F, a[ao]), sum);
            ao += al;
            bo += columns;
        }
        sum.intoArray(c, at);
    }
}
