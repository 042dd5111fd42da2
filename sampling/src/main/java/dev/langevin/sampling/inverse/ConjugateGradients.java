package dev.langevin.sampling.inverse;

import dev.langevin.engine.Tensor;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * K^-1 b for a symmetric positive definite K that is known by its products (Hestenes &amp; Stiefel 1952), for each image by itself:
 * exact in as many steps as K has distinct eigenvalues among those that b is made of, and within
 * 2 ((sqrt(kappa) - 1) / (sqrt(kappa) + 1))^k of it, in the norm of K, after k steps with condition number kappa. Reads nothing back
 * from the device. An image that is done, or whose direction K finds no positive curvature in, moves no further that way.
 */
public final class ConjugateGradients {
    private ConjugateGradients() {
    }

    /**
     * @param k K, of x's shape to x's shape, image by image
     * @param b (N, ...)
     * @param steps products with K, at least 1
     */
    public static Tensor solve(UnaryOperator<Tensor> k, Tensor b, int steps) {
        Tensor x = b.mul(0);
        Tensor r = b;
        Tensor p = b;
        Tensor rr = dot(r, r);
        for (int i = 0; i < steps; i++) {
            Tensor kp = k.apply(p);
            Tensor alpha = ratio(rr, dot(p, kp));
            x = x.add(p.mul(alpha));
            r = r.sub(kp.mul(alpha));
            Tensor next = dot(r, r);
            p = r.add(p.mul(ratio(next, rr)));
            rr = next;
        }
        return x;
    }

    /** a / b, or 0 where b is not above 0. */
    private static Tensor ratio(Tensor a, Tensor b) {
        Tensor positive = b.greater(Tensor.scalar(0));
        return a.div(b.where(positive, Tensor.scalar(1))).mul(positive);
    }

    /** Inner product of each image, (N, 1, ...). */
    private static Tensor dot(Tensor a, Tensor b) {
        int[] column = new int[a.rank()];
        Arrays.fill(column, 1);
        column[0] = a.dim(0);
        return a.mul(b).reshape(a.dim(0), -1).sum(1).reshape(column);
    }
}
