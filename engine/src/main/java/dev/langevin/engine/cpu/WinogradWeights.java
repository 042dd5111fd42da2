package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;

/** The weights' side of {@link Winograd}: U = G g G^T, and its adjoint, for whole arrays of kernels side by side. */
final class WinogradWeights {
    /** Rows of a panel that are transformed at once: 36 pieces of 2 KiB. */
    private static final int ROWS = 16;
    private static final int TAPS = 9;
    private static final int PRODUCTS = Winograd.POINTS * Winograd.POINTS;

    private WinogradWeights() {
    }

    /** Floats from the panels of one point to those of the next: one line more, or all would share one cache set. */
    static int pointStep(int k, int n) {
        return Math.toIntExact(Panels.size(k, n) + 16);
    }

    /** Floats of all transformed weights of a factor of k rows and n columns. */
    static long size(int k, int n) {
        return (long) PRODUCTS * pointStep(k, n);
    }

    /**
     * Transforms weights (O, 3, 3, I) into a factor for each point, packed by {@link Panels}, points
     * {@link #pointStep} apart.
     *
     * @param u       written
     * @param forward rows are input channels and columns output channels; otherwise the other way round, with the taps in
     *                reverse order, for the gradient with respect to the input
     */
    static void transform(float[] u, float[] w, int co, int ci, boolean forward) {
        int k = forward ? ci : co;
        int n = forward ? co : ci;
        int blocks = (k + ROWS - 1) / ROWS;
        Parallel.run(Panels.count(n) * blocks, task -> {
            Scratch scratch = Scratch.local();
            int panel = task / blocks;
            int row = task % blocks * ROWS;
            int rows = Math.min(ROWS, k - row);
            int width = Panels.width(panel, n);
            int length = rows * width;
            float[] taps = scratch.floats(Scratch.WINOGRAD_A, TAPS * length);
            int cols = Math.min(width, n - panel * Panels.WIDE);
            for (int tap = 0; tap < TAPS; tap++) {
                if (forward) {
                    columns(taps, tap * length, width, w, (panel * Panels.WIDE * TAPS + tap) * ci + row, TAPS * ci, cols, rows);
                } else {
                    int from = (row * TAPS + TAPS - 1 - tap) * ci + panel * Panels.WIDE;
                    for (int i = 0; i < rows; i++) {
                        Panels.copyPadded(taps, tap * length + i * width, width, w, from + i * TAPS * ci, cols);
                    }
                }
            }
            float[] half = scratch.floats(Scratch.WINOGRAD_B, 3 * Winograd.POINTS * length);
            for (int kx = 0; kx < 3; kx++) {
                expand(half, kx * length, 3 * length, taps, kx * length, 3 * length, length);
            }
            int step = pointStep(k, n);
            int to = panel * k * Panels.WIDE + row * width;
            for (int i = 0; i < Winograd.POINTS; i++) {
                expand(u, to + i * Winograd.POINTS * step, step, half, 3 * i * length, length, length);
            }
        });
    }

    /** to[i, j] = from[j, i] for i in [0, rows), j in [0, cols), zeros up to {@code width}. */
    private static void columns(float[] to, int at, int width, float[] from, int offset, int step, int cols, int rows) {
        Panels.transpose(to, at, width, from, offset, step, cols, rows);
        for (int i = 0; cols < width && i < rows; i++) {
            java.util.Arrays.fill(to, at + i * width + cols, at + (i + 1) * width, 0);
        }
    }

    /** u = G g along one axis: six arrays from three, each {@code length} long, a multiple of LANES. */
    private static void expand(float[] u, int to, int toStep, float[] g, int from, int step, int length) {
        FloatVector third = FloatVector.broadcast(F, -2 / 3f);
        FloatVector sixth = FloatVector.broadcast(F, 1 / 6f);
        FloatVector half = FloatVector.broadcast(F, 0.5f);
        FloatVector two = FloatVector.broadcast(F, 2);
        FloatVector p = FloatVector.broadcast(F, Winograd.P);
        FloatVector q = FloatVector.broadcast(F, Winograd.Q);
        for (int i = 0; i < length; i += LANES) {
            FloatVector g0 = FloatVector.fromArray(F, g, from + i);
            FloatVector g1 = FloatVector.fromArray(F, g, from + step + i);
            FloatVector g2 = FloatVector.fromArray(F, g, from + 2 * step + i);
            g0.intoArray(u, to + i);
            FloatVector even = g2.fma(half, g0).mul(third);
            FloatVector odd = g1.mul(p).mul(third);
            even.add(odd).intoArray(u, to + toStep + i);
            even.sub(odd).intoArray(u, to + 2 * toStep + i);
            g2.intoArray(u, to + 3 * toStep + i);
            even = g2.fma(two, g0).mul(sixth);
            odd = g1.mul(q).mul(sixth);
            even.add(odd).intoArray(u, to + 4 * toStep + i);
            even.sub(odd).intoArray(u, to + 5 * toStep + i);
        }
    }

    /**
     * g = G^T u G: nine arrays from 36.
     *
     * @param g      receives tap t from t * length on
     * @param u      point (i, j) lies from {@code from + (6 i + j) step} on
     * @param length a multiple of LANES
     */
    static void adjoint(float[] g, float[] u, int from, int step, int length) {
        float[] half = Scratch.local().floats(Scratch.WINOGRAD_B, 3 * Winograd.POINTS * length);
        for (int i = 0; i < Winograd.POINTS; i++) {
            contract(half, 3 * i * length, length, u, from + i * Winograd.POINTS * step, step, length);
        }
        for (int kx = 0; kx < 3; kx++) {
            contract(g, kx * length, 3 * length, half, kx * length, 3 * length, length);
        }
    }

    /** g = G^T u along one axis: three arrays from six. */
    private static void contract(float[] g, int to, int toStep, float[] u, int from, int step, int length) {
        FloatVector third = FloatVector.broadcast(F, -2 / 3f);
        FloatVector sixth = FloatVector.broadcast(F, 1 / 6f);
        FloatVector half = FloatVector.broadcast(F, 0.5f);
        FloatVector two = FloatVector.broadcast(F, 2);
        FloatVector p = FloatVector.broadcast(F, Winograd.P);
        FloatVector q = FloatVector.broadcast(F, Winograd.Q);
        for (int i = 0; i < length; i += LANES) {
            FloatVector up = FloatVector.fromArray(F, u, from + step + i);
            FloatVector um = FloatVector.fromArray(F, u, from + 2 * step + i);
            FloatVector vp = FloatVector.fromArray(F, u, from + 4 * step + i);
            FloatVector vm = FloatVector.fromArray(F, u, from + 5 * step + i);
            FloatVector even = up.add(um).mul(third);
            FloatVector outer = vp.add(vm).mul(sixth);
            FloatVector odd = up.sub(um).mul(third);
            FloatVector far = vp.sub(vm).mul(sixth);
            FloatVector.fromArray(F, u, from + i).add(even).add(outer).intoArray(g, to + i);
            odd.mul(p).add(far.mul(q)).intoArray(g, to + toStep + i);
            FloatVector.fromArray(F, u, from + 3 * step + i).add(even.mul(half)).add(outer.mul(two))
                    .intoArray(g, to + 2 * toStep + i);
        }
    }
}
