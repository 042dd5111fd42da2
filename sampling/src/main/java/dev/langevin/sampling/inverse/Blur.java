package dev.langevin.sampling.inverse;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;

/**
 * Gaussian blur, along both axes in turn: weights exp(-d^2 / (2 sigma^2)) of pixels at distance d, which add up to 1. Beyond its
 * border an image counts as its own mirror image, so that an even one stays as it is.
 */
public final class Blur implements LinearOperator {
    private final Tensor vertical; // (H, H)
    private final Tensor horizontal; // (W, W)

    /**
     * @param height H of the images, at least 1
     * @param width W
     * @param sigma in pixels, above 0
     */
    public Blur(int height, int width, double sigma) {
        if (!(sigma > 0 && Double.isFinite(sigma)) || height < 1 || width < 1) {
            throw new InputException("blur: expected a width above 0, got " + sigma + ", of images of " + height + " x " + width);
        }
        this.vertical = matrix(height, sigma);
        this.horizontal = matrix(width, sigma);
    }

    /** @param x (N, H, W, C), and so is the result */
    @Override
    public Tensor apply(Tensor x) {
        return along(x, vertical, horizontal);
    }

    @Override
    public Tensor adjoint(Tensor y) {
        return along(y, vertical.transpose(), horizontal.transpose());
    }

    private static Tensor along(Tensor x, Tensor vertical, Tensor horizontal) {
        Tensor rows = x.permute(0, 3, 1, 2).linear(horizontal, null); // (N, C, H, W)
        return rows.permute(0, 1, 3, 2).linear(vertical, null).permute(0, 3, 2, 1);
    }

    /** Row i: the weights of all pixels of a line in pixel i. */
    private static Tensor matrix(int n, double sigma) {
        int reach = (int) Math.ceil(4 * sigma);
        double sum = 0;
        for (int d = -reach; d <= reach; d++) {
            sum += weight(d, sigma);
        }
        double[] values = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int d = -reach; d <= reach; d++) {
                int folded = Math.floorMod(i + d, 2 * n);
                values[i * n + Math.min(folded, 2 * n - 1 - folded)] += weight(d, sigma) / sum;
            }
        }
        return Tensor.of(Shape.of(n, n), values);
    }

    private static double weight(int d, double sigma) {
        return Math.exp(-0.5 * d * d / (sigma * sigma));
    }
}
