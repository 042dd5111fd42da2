package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import java.util.stream.IntStream;

/** Squared Euclidean norm of each image: input x (N, ...), output (N), the sum of x^2 over an image. */
public record SquaredNorms() implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1 || in[0].rank() < 1) {
            throw new ShapeException(name(), "x of shape (N, ...)", in);
        }
        return Shape.of(in[0].dim(0)).alone();
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        Tensor squares = in[0].square();
        int rank = squares.rank();
        return new Tensor[] {rank == 1 ? squares : squares.sumKeep(IntStream.range(1, rank).toArray()).reshape(squares.dim(0))};
    }
}
