package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import java.util.Arrays;

/**
 * y = a x + b s + c z with fresh standard normal noise z, which a kernel never writes to memory: the step of every
 * predictor and of Langevin dynamics. Inputs x (N, ...), s (N, ...), and a, b, c (N), one number an image; axis 0 counts
 * images for the key.
 */
public record AffineNoise(RandomKey key) implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        boolean fits = in.length == 5 && in[0].rank() >= 1 && in[1].equals(in[0]);
        for (int i = 2; fits && i < 5; i++) {
            fits = in[i].equals(Shape.of(in[0].dim(0)));
        }
        if (!fits) {
            throw new ShapeException(name(), "x and s of one shape (N, ...) and a, b, c (N)", in);
        }
        return in[0].alone();
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        int[] dims = new int[in[0].rank()];
        Arrays.fill(dims, 1);
        dims[0] = in[0].dim(0);
        Shape one = Shape.of(dims);
        Tensor z = Tensor.normal(in[0].shape(), key);
        return new Tensor[] {in[0].mul(in[2].reshape(one)).add(in[1].mul(in[3].reshape(one))).add(z.mul(in[4].reshape(one)))};
    }
}
