package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import java.util.Arrays;
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
     * Transforms the weights of {@link Conv2dCpu#forward} into a factor for each point, packed by {@link Panels}, points
     * {@link #pointStep} apart: rows are (phase, input channel), columns output channels. For stride 2 there are four
     * phases, the even and odd rows and columns of the kernel, each with 2x2 taps; for stride 1 one with 3x3.
     *
     * @param u written
     * @param w (O, kh, kw, I)
     */
    static void forward(float[] u, float[] w, Conv2dGeometry g) {
        int s = g.stride();
        int phases = s * s;
        int blocks = (g.ci() + ROWS - 1) / ROWS;
        int step = pointStep(phases * g.ci(), g.co());
        Parallel.run(Panels.count(g.co()) * phases * blocks, task -> {
            int panel = task / (phases * blocks);
            int phase = task / blocks % phases;
            int row = task % blocks * ROWS;
            int rows = Math.min(ROWS, g.ci() - row);
            int width = Panels.width(panel, g.co());
            int cols = Math.min(width, g.co() - panel * Panels.WIDE);
            float[] taps = Scratch.local().floats(Scratch.WINOGRAD_A, TAPS * rows * width);
            for (int tap = 0; tap < TAPS; tap++) {
                int at = tap * rows * width;
                int ky = s * (tap / 3) + phase / s;
                int kx = s * (tap % 3) + phase % s;
                if (cols < width || ky >= g.kh() || kx >= g.kw()) {
                    Arrays.fill(taps, at, at + rows * width, 0);
                }
                if (ky < g.kh() && kx < g.kw()) {
                    int from = ((panel * Panels.WIDE * g.kh() + ky) * g.kw() + kx) * g.ci() + row;
                    Panels.transpose(taps, at, width, w, from, g.kh() * g.kw() * g.ci(), cols, rows);
                }
            }
            expand(u, panel * phases * g.ci() * Panels.WIDE + (phase * g.ci() + row) * width, step, taps, rows * width, g);
        });
    }

    /**
     * The same for {@link Conv2dCpu#backwardData}: rows are output channels, columns input channels, taps in reverse order;
     * those that reach the input pixels that are (ry, rx) modulo the stride.
     */
    static void backward(float[] u, float[] w, Conv2dGeometry g, int ry, int rx) {
        int s = g.stride();
        int blocks = (g.co() + ROWS - 1) / ROWS;
        int step = pointStep(g.co(), g.ci());
        Parallel.run(Panels.count(g.ci()) * blocks, task -> {
            int panel = task / blocks;
            int row = task % blocks * ROWS;
            int rows = Math.min(ROWS, g.co() - row);
            int width = Panels.width(panel, g.ci());
            int cols = Math.min(width, g.ci() - panel * Panels.WIDE);
            float[] taps = Scratch.local().floats(Scratch.WINOGRAD_A, TAPS * rows * width);
            for (int tap = 0; tap < TAPS; tap++) {
                int at = tap * rows * width;
                int ky = g.kh() - 1 - ry - s * (tap / 3);
                int kx = g.kw() - 1 - rx - s * (tap % 3);
                if (ky < 0 || kx < 0) {
                    Arrays.fill(taps, at, at + rows * width, 0);
                    continue;
                }
                for (int i = 0; i < rows; i++) {
                    int from = (((row + i) * g.kh() + ky) * g.kw() + kx) * g.ci() + panel * Panels.WIDE;
                    Panels.copyPadded(taps, at + i * width, width, w, from, cols);
                }
            }
            expand(u, panel * g.co() * Panels.WIDE + row * width, step, taps, rows * width, g);
        });
    }

    /** u = G g G^T: 36 arrays, {@code step} apart, from nine. Rows that {@link Winograd#vanishes} are left out. */
    private static void expand(float[] u, int to, int step, float[] taps, int length, Conv2dGeometry g) {
        float[] half = Scratch.local().floats(Scratch.WINOGRAD_B, 3 * Winograd.POINTS * length);
        for (int kx = 0; kx < 3; kx++) {
            expand(half, kx * length, 3 * length, taps, kx * length, 3 * length, length);
        }
        for (int i = 0; i < Winograd.POINTS; i++) {
            if (Winograd.vanishes(g, i)) {
                continue;
            }
            expand(u, to + i * Winograd.POINTS * step, step, half, 3 * i * length, length, length);
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
