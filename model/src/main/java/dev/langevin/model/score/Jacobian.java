package dev.langevin.model.score;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The Jacobian J = df/dx of a vector field at a batch of points, seen through products with it. Example i of f(x) may depend on
 * example i of x alone. Records for itself, also where recording is switched off.
 *
 * @param x the points (N, ...), a leaf that {@link #value} was computed from
 * @param value f(x), x's shape
 * @param createGraph whether products can be differentiated again, as losses need it
 */
public record Jacobian(Tensor x, Tensor value, boolean createGraph) {

    /** f at x, in the current scope. */
    public static Jacobian of(UnaryOperator<Tensor> f, Tensor x, boolean createGraph) {
        return Autograd.withRecording(true, () -> {
            Tensor leaf = x.detach().requireGrad();
            return new Jacobian(leaf, f.apply(leaf), createGraph);
        });
    }

    /** J^T v for each example; v and the result of x's shape. */
    public Tensor transposedTimes(Tensor v) {
        return Autograd.gradients(value, v, createGraph, x)[0];
    }

    /** v^T J v of each example (N): with v a {@link Probe}, an unbiased estimate of the trace. */
    public Tensor quadratic(Tensor v) {
        return recorded(() -> dot(transposedTimes(v), v));
    }

    /** The exact trace of J of each example (N), by one product for each of the d coordinates. */
    public Tensor trace() {
        int n = x.dim(0);
        int d = x.size() / n;
        return recorded(() -> {
            Tensor trace = Tensor.zeros(Shape.of(n));
            for (int j = 0; j < d; j++) {
                double[] unit = new double[d];
                unit[j] = 1;
                Tensor v = Tensor.of(Shape.of(1, d), unit).broadcastTo(Shape.of(n, d)).reshape(x.shape());
                trace = trace.add(transposedTimes(v).reshape(n, d).slice(1, j, j + 1).reshape(n));
            }
            return trace;
        });
    }

    private Tensor recorded(Supplier<Tensor> body) {
        return Autograd.withRecording(createGraph, body);
    }

    private static Tensor dot(Tensor a, Tensor b) {
        return a.mul(b).reshape(a.dim(0), -1).sum(1);
    }
}
