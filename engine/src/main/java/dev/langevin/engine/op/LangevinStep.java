package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/**
 * One step of Langevin dynamics whose size follows from norms (Song et al. 2021, algorithms 4 and 5):
 * <pre>
 * eps = factor |z|^2 / |s|^2,  y = x + eps s + sqrt(2 eps) z
 * </pre>
 * with fresh standard normal noise z, and the norms and eps of each image by itself; where s is 0 everywhere in an
 * image, eps is 0. Inputs x and s (N, ...), output (N, ...); axis 0 counts images for the key.
 *
 * @param factor 2 alpha r^2 for a signal-to-noise ratio r, at least 0
 */
public record LangevinStep(double factor, RandomKey key) implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 2 || in[0].rank() < 1 || !in[1].equals(in[0])) {
            throw new ShapeException(name(), "x and s of one shape (N, ...)", in);
        }
        return in[0].alone();
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        Tensor slope = new SquaredNorms().apply(in[1]);
        Tensor zero = Tensor.scalar(0);
        Tensor eps = new NoiseSquaredNorms(in[0].shape(), key).apply().div(slope).mul(factor).where(slope.greater(zero), zero);
        return new Tensor[] {new AffineNoise(key).apply(in[0], in[1], Tensor.full(eps.shape(), 1), eps, eps.mul(2).sqrt())};
    }
}
