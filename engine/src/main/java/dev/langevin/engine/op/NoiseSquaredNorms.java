package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/**
 * {@link SquaredNorms} of standard normal noise, which a kernel never writes to memory: no input, output (N).
 *
 * @param shape of the noise, (N, ...)
 */
public record NoiseSquaredNorms(Shape shape, RandomKey key) implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 0 || shape.rank() < 1) {
            throw new ShapeException(name(), "no input, and an axis 0 that counts images", shape);
        }
        return Shape.of(shape.dim(0)).alone();
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        return new Tensor[] {new SquaredNorms().apply(Tensor.normal(shape, key))};
    }
}
