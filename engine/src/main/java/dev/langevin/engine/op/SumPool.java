package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** Sum over blocks of {@code factor} x {@code factor} pixels of (N, H, W, C): the adjoint of {@link UpsampleNearest}. */
public record SumPool(int factor) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1 || in[0].rank() != 4 || factor < 1 || in[0].dim(1) % factor != 0 || in[0].dim(2) % factor != 0) {
            throw new ShapeException(name(), "one image tensor (N, H, W, C) with H and W divisible by " + factor, in);
        }
        return Shape.of(in[0].dim(0), in[0].dim(1) / factor, in[0].dim(2) / factor, in[0].dim(3)).alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().upsampleNearest(factor);
    }
}
