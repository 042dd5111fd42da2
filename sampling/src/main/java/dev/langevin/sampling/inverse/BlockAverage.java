package dev.langevin.sampling.inverse;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.SumPool;

/**
 * Downsampling: the mean of each block of {@code factor} x {@code factor} pixels. A A^T = I / factor^2.
 *
 * @param factor at least 1, a divisor of the images' height and width
 */
public record BlockAverage(int factor) implements PartialIsometry {

    public BlockAverage {
        if (factor < 1) {
            throw new InputException("downsampling: expected a factor of at least 1, got " + factor);
        }
    }

    /** @param x (N, H, W, C); the result is (N, H / factor, W / factor, C) */
    @Override
    public Tensor apply(Tensor x) {
        return new SumPool(factor).apply(x).mul(gain());
    }

    @Override
    public Tensor adjoint(Tensor y) {
        return y.upsampleNearest(factor).mul(gain());
    }

    /** 1 / factor^2. */
    @Override
    public double gain() {
        return 1.0 / (factor * factor);
    }
}
