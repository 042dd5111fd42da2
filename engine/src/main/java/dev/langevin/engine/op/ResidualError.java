package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/**
 * Mean squared error of a prediction p of minus the noise z, for each image: inputs p and z (N, ...), output (N), the
 * mean of (p + z)^2 over an image.
 */
public record ResidualError() implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 2 || in[0].rank() < 1 || !in[1].equals(in[0])) {
            throw new ShapeException(name(), "p and z of one shape (N, ...)", in);
        }
        return Shape.of(in[0].dim(0)).alone();
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        return new Tensor[] {in[0].add(in[1]).square().reshape(in[0].dim(0), -1).mean(1)};
    }
}
