package dev.langevin.tests.example;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Fused;

/** y = x sigmoid(1.702 x) for each element: an approximation of GELU (Hendrycks and Gimpel 2016). */
record QuickGelu() implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1) {
            throw new ShapeException(name(), "one input", in);
        }
        return in;
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        return new Tensor[] {in[0].mul(in[0].mul(1.702).sigmoid())};
    }
}
