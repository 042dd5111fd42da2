package dev.langevin.engine.cpu;

import dev.langevin.engine.cpu.WindowProduct.Grid;

/**
 * Two-dimensional convolution of float32 images (N, H, W, I) with weights (O, kh, kw, I) to (N, H', W', O), and its
 * gradients, for any kernel, stride and padding:
 * y[n, i, j, o] = bias[o] + sum over ky, kx, c of x[n, i stride + ky - pad, j stride + kx - pad, c] w[o, ky, kx, c].
 * Arrays may be longer than the tensors they hold. Results do not depend on the number of threads, bit for bit.
 */
public final class Conv2dCpu {
    private Conv2dCpu() {
    }

    /** {@link #forward(float[], float[], float[], float[], float[], Conv2dGeometry)} with nothing added. */
    public static void forward(float[] y, float[] x, float[] w, float[] bias, Conv2dGeometry g) {
        forward(y, x, w, bias, null, g);
    }

    /**
     * The convolution, plus {@code z}.
     *
     * @param y    (N, H', W', O), written
     * @param x    (N, H, W, I)
     * @param w    (O, kh, kw, I)
     * @param bias (O) or null
     * @param z    (N, H', W', O) or null
     */
    public static void forward(float[] y, float[] x, float[] w, float[] bias, float[] z, Conv2dGeometry g) {
        Conv2dAlgorithm algorithm = Conv2dAlgorithm.forward(g);
        if (algorithm == Conv2dAlgorithm.WINOGRAD) {
            WinogradProduct.forward(y, x, w, bias, z, g);
            return;
        }
        int k = g.kh() * g.kw() * g.ci();
        Grid[] grids = {new Grid(g.oh(), g.ow(), 0, 0, g.stride(), g.kh(), g.kw(), 0, 0, 1, 0)};
        WindowProduct product = new WindowProduct(x, g.n(), g.h(), g.w(), g.ci(), g.pad(), g.pad(), grids, y, g.oh(),
                g.ow(), g.co());
        if (algorithm == Conv2dAlgorithm.DOT) {
            product.run(w, true, bias, z);
            return;
        }
        float[] panels = Scratch.local().floats(Scratch.SHARED_PANELS, Panels.size(k, g.co()));
        Parallel.run(Panels.count(g.co()), p -> Panels.packColumns(panels, p, w, 0, k, k, g.co()));
        product.run(panels, false, bias, z);
    }

    /**
     * The gradient with respect to the input:
     * dx[n, y, x, c] = bias[c] + sum of dy[n, i, j, o] w[o, ky, kx, c] over all i stride + ky - pad = y and
     * j stride + kx - pad = x. With a bias it is the transposed convolution of dy. Output pixels are split by their
     * remainders modulo the stride, so that each meets only the weights that reach it.
     *
     * @param dx   (N, H, W, I), written
     * @param dy   (N, H', W', O)
     * @param w    (O, kh, kw, I)
     * @param bias (I) or null
     */
    public static void backwardData(float[] dx, float[] dy, float[] w, float[] bias, Conv2dGeometry g) {
        Conv2dAlgorithm algorithm = Conv2dAlgorithm.backwardData(g);
        if (algorithm == Conv2dAlgorithm.WINOGRAD) {
            WinogradProduct.backwardData(dx, dy, w, bias, g);
            return;
        }
        int s = g.stride();
        int top = Integer.MIN_VALUE;
        int left = Integer.MIN_VALUE;
        for (int r = 0; r < s; r++) {
            top = Math.max(top, taps(r, g.kh(), g) - 1 - (r + g.pad()) / s);
            left = Math.max(left, taps(r, g.kw(), g) - 1 - (r + g.pad()) / s);
        }
        boolean dot = algorithm == Conv2dAlgorithm.DOT;
        Grid[] grids = new Grid[Math.min(s, g.h()) * Math.min(s, g.w())];
        int count = 0;
        long size = 0;
        for (int ry = 0; ry < Math.min(s, g.h()); ry++) {
            for (int rx = 0; rx < Math.min(s, g.w()); rx++) {
                int th = taps(ry, g.kh(), g);
                int tw = taps(rx, g.kw(), g);
                grids[count++] = new Grid((g.h() - ry + s - 1) / s, (g.w() - rx + s - 1) / s,
                        (ry + g.pad()) / s - (th - 1) + top, (rx + g.pad()) / s - (tw - 1) + left, 1, th, tw, ry, rx,
                        s, Math.toIntExact(size));
                size += dot ? (long) th * tw * g.co() * g.ci() : Panels.size(th * tw * g.co(), g.ci());
            }
        }
        float[] packed = Scratch.local().floats(Scratch.SHARED_PANELS, size);
        int panels = dot ? 1 : Panels.count(g.ci());
        Parallel.run(grids.length * panels, task -> pack(packed, grids[task / panels], task % panels, dot, w, g));
        new WindowProduct(dy, g.n(), g.oh(), g.ow(), g.co(), top, left, grids, dx, g.h(), g.w(), g.ci())
                .run(packed, dot, bias, null);
    }

    /**
     * The gradient with respect to the weights.
     *
     * @param dw (O, kh, kw, I), written
     * @param dy (N, H', W', O)
     * @param x  (N, H, W, I)
     */
    public static void backwardFilter(float[] dw, float[] dy, float[] x, Conv2dGeometry g) {
        if (Conv2dAlgorithm.backwardFilter(g) == Conv2dAlgorithm.WINOGRAD) {
            WinogradFilter.run(dw, dy, x, g);
        } else {
            Conv2dBackwardFilter.run(dw, dy, x, g);
        }
    }

    /** Weights of {@code size} that reach input positions that are r modulo the stride. */
    private static int taps(int r, int size, Conv2dGeometry g) {
        int first = (r + g.pad()) % g.stride();
        return first >= size ? 0 : (size - first + g.stride() - 1) / g.stride();
    }

    /** The weights of one grid as a (th, tw, O; I) factor, taps in reverse order. */
    private static void pack(float[] packed, Grid grid, int p, boolean dot, float[] w, Conv2dGeometry g) {
        int s = g.stride();
        int k = grid.kh() * grid.kw() * g.co();
        int width = Panels.width(p, g.ci());
        int cols = Math.min(width, g.ci() - p * Panels.WIDE);
        int row = 0;
        for (int ty = grid.kh() - 1; ty >= 0; ty--) {
            int ky = (grid.outTop() + g.pad()) % s + ty * s;
            for (int tx = grid.kw() - 1; tx >= 0; tx--) {
                int kx = (grid.outLeft() + g.pad()) % s + tx * s;
                for (int o = 0; o < g.co(); o++, row++) {
                    int from = ((o * g.kh() + ky) * g.kw() + kx) * g.ci();
                    if (dot) {
                        for (int c = 0; c < g.ci(); c++) {
                            packed[grid.weights() + c * k + row] = w[from + c];
                        }
                    } else {
                        Panels.copyPadded(packed, grid.weights() + p * k * Panels.WIDE + row * width, width, w,
                                from + p * Panels.WIDE, cols);
                    }
                }
            }
        }
    }
}
