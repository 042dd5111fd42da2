package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/**
 * Sinusoidal features of times (Vaswani et al. 2017): inputs t (N) and angular frequencies f (half); output (N, 2 half)
 * with sin(scale t_n f_i) in the first half of a row and cos(scale t_n f_i) in the second.
 */
public record SinusoidalEmbedding(double scale) implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 2 || in[0].rank() != 1 || in[1].rank() != 1) {
            throw new ShapeException(name(), "times (N) and frequencies (half)", in);
        }
        return Shape.of(in[0].dim(0), 2 * in[1].dim(0)).alone();
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        Tensor angle = in[0].mul(scale).reshape(-1, 1).mul(in[1]);
        return new Tensor[] {Tensor.concat(1, angle.sin(), angle.cos())};
    }
}
