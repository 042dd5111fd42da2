package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import java.util.Arrays;

/**
 * Data at another time of a forward process: x_t = a x_0 + s z with fresh standard normal noise z. Inputs x_0 (N, ...),
 * a (N) and s (N), one number an image; outputs x_t and z, both (N, ...). Axis 0 counts images for the key.
 */
public record Perturb(RandomKey key) implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        boolean fits = in.length == 3 && in[0].rank() >= 1;
        for (int i = 1; fits && i < 3; i++) {
            fits = in[i].equals(Shape.of(in[0].dim(0)));
        }
        if (!fits) {
            throw new ShapeException(name(), "x0 (N, ...) and a, s (N)", in);
        }
        return new Shape[] {in[0], in[0]};
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        Shape one = one(in[0]);
        Tensor z = Tensor.normal(in[0].shape(), key);
        return new Tensor[] {in[0].mul(in[1].reshape(one)).add(z.mul(in[2].reshape(one))), z};
    }

    /** Of x_t alone: z depends on no input. */
    @Override
    public Tensor[] gradients(GradientContext c) {
        Tensor[] din = new Tensor[3];
        Tensor d = c.dout(0);
        if (d == null) {
            return din;
        }
        Shape one = one(d);
        din[0] = c.needs(0) ? d.mul(c.in(1).reshape(one)) : null;
        din[1] = c.needs(1) ? d.mul(c.in(0)).sumTo(one).reshape(d.dim(0)) : null;
        din[2] = c.needs(2) ? d.mul(c.out(1)).sumTo(one).reshape(d.dim(0)) : null;
        return din;
    }

    /** (N, 1, ..., 1) of x's rank. */
    private static Shape one(Tensor x) {
        int[] dims = new int[x.rank()];
        Arrays.fill(dims, 1);
        dims[0] = x.dim(0);
        return Shape.of(dims);
    }
}
