package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** y = x sigmoid(x) (Elfwing et al. 2017; Ramachandran et al. 2017). */
public record Silu() implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1) {
            throw new ShapeException(name(), "one input", in);
        }
        return in;
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        return new Tensor[] {in[0].mul(in[0].sigmoid())};
    }
}
