package dev.langevin.model.nn;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.MatMul;

/**
 * Halves and doubles square images with the filter [1 3 3 1] along each axis (Karras et al. 2020, StyleGAN2; Zhang 2019,
 * against aliasing):
 * <pre>down: y_i = (x_(2i-1) + 3 x_(2i) + 3 x_(2i+1) + x_(2i+2)) / 8
 * up:   x_(2i) = (y_(i-1) + 3 y_i) / 4,  x_(2i+1) = (3 y_i + y_(i+1)) / 4</pre>
 * so that doubling is twice the transpose of halving, along each axis. Beyond the edge the edge pixel is repeated, where
 * StyleGAN2 has zeros: constant images stay constant up to the edge, and the two stay transposes.
 *
 * <p>Written as products with a banded matrix: beside the 3x3 convolution that follows, size / (9 channels) as many
 * multiplications, and no more passes over memory than there are axes.
 */
public final class Fir {
    private final int size;
    private final Tensor halving;  // (1, size/2, size)
    private final Tensor doubling; // (1, size, size/2)

    /** @param size of the larger image, even */
    public Fir(int size) {
        this.size = size;
        int half = size / 2;
        double[] down = new double[half * size];
        double[] up = new double[size * half];
        int[] taps = {1, 3, 3, 1};
        for (int i = 0; i < half; i++) {
            for (int k = 0; k < taps.length; k++) {
                int from = Math.clamp(2 * i - 1 + k, 0, size - 1);
                down[i * size + from] += taps[k] / 8.0;
                up[from * half + i] += taps[k] / 4.0;
            }
        }
        this.halving = Tensor.of(Shape.of(1, half, size), down);
        this.doubling = Tensor.of(Shape.of(1, size, half), up);
    }

    /** (N, size, size, C) to (N, size/2, size/2, C). */
    public Tensor down(Tensor x) {
        return both(halving, x, size, size / 2);
    }

    /** (N, size/2, size/2, C) to (N, size, size, C). */
    public Tensor up(Tensor x) {
        return both(doubling, x, size / 2, size);
    }

    private static Tensor both(Tensor matrix, Tensor x, int from, int to) {
        int n = x.dim(0);
        int c = x.dim(3);
        Tensor rows = times(matrix, x.reshape(n, from, from * c));
        return times(matrix, rows.reshape(n * to, from, c)).reshape(n, to, to, c);
    }

    /** The matrix times each of (B, from, K). */
    private static Tensor times(Tensor matrix, Tensor x) {
        return new MatMul(false, false).apply(matrix.broadcastTo(matrix.shape().with(0, x.dim(0))), x);
    }
}
