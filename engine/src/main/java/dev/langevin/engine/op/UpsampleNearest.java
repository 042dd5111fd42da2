package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** Each pixel of (N, H, W, C) repeated {@code factor} times in both directions. */
public record UpsampleNearest(int factor) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1 || in[0].rank() != 4 || factor < 1) {
            throw new ShapeException(name(), "one image tensor (N, H, W, C)", in);
        }
        return Shape.of(in[0].dim(0), in[0].dim(1) * factor, in[0].dim(2) * factor, in[0].dim(3)).alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return new SumPool(factor).apply(c.dout());
    }
}
