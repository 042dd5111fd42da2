package dev.langevin.model.score;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/**
 * Random directions v with E[v v^T] = I, so that E[v^T A v] is the trace of A (Hutchinson 1990; Skilling 1989): the
 * projections of sliced score matching and the probes of a likelihood.
 */
public enum Probe {
    /** Each coordinate 1 or -1: the least variance, since v_i^2 = 1 leaves the diagonal exact. */
    RADEMACHER {
        @Override
        public Tensor draw(Shape shape, RandomKey key) {
            return Tensor.uniform(shape, key).greater(Tensor.scalar(0.5)).mul(2).sub(1);
        }
    },
    /** Each coordinate standard normal. */
    GAUSSIAN {
        @Override
        public Tensor draw(Shape shape, RandomKey key) {
            return Tensor.normal(shape, key);
        }
    },
    /** Uniform on the sphere of radius sqrt(d), d the length of one example. */
    SPHERE {
        @Override
        public Tensor draw(Shape shape, RandomKey key) {
            int n = shape.dim(0);
            Tensor z = Tensor.normal(shape, key).reshape(n, -1);
            return z.mul(z.square().meanKeep(1).sqrt().reciprocal()).reshape(shape);
        }
    };

    /**
     * @param shape (N, ...): a direction for each of N examples
     * @param key names the random numbers; example i draws from it and i alone
     */
    public abstract Tensor draw(Shape shape, RandomKey key);
}
