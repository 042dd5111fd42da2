package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/** Numbers uniform in (0, 1) by Philox4x32-10 (see {@link dev.langevin.engine.random.Philox}); axis 0 of the shape counts images. */
public record RandomUniform(Shape shape, RandomKey key) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        if (shape.rank() == 0) {
            throw new ShapeException(name(), "an axis 0 that counts images", shape);
        }
        return shape.alone();
    }

    /** Elements of one image. */
    public int imageSize() {
        return shape.product(1, shape.rank());
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        throw c.missing(i);
    }
}
