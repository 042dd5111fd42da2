package dev.langevin.tests.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.Philox;
import dev.langevin.engine.reference.ReferenceBackend;
import java.util.function.Function;

/**
 * First and second derivatives against central differences, in double on the reference backend. With step h = 1e-5 the
 * truncation error is about h^2 f'''/6 ~ 1e-10 and the rounding error eps f / h ~ 1e-11; derivatives of order one are
 * held to 1e-7 of the largest, which leaves room for third derivatives of a thousand times f' and is far below any
 * wrong factor.
 */
final class GradCheck {
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-7;

    private GradCheck() {
    }

    /** Inputs of the given shapes, uniform in [low, high]. */
    static double[][] inputs(double low, double high, Shape... shapes) {
        double[][] values = new double[shapes.length][];
        for (int i = 0; i < shapes.length; i++) {
            values[i] = new double[shapes[i].size()];
            for (int e = 0; e < values[i].length; e++) {
                values[i][e] = low + (high - low) * Philox.uniform(7, 99, i, 0, e);
            }
        }
        return values;
    }

    /** Checks the gradients of f to every input, and the gradients of those gradients. */
    static void check(String name, Function<Tensor[], Tensor> f, Shape[] shapes, double[][] values) {
        try (ReferenceBackend backend = new ReferenceBackend()) {
            Function<Tensor[], Tensor> scalar = x -> weighted(f.apply(x), 1);
            compare(backend, name + ", first derivative", scalar, shapes, values);
            Function<Tensor[], Tensor> gradientScalar = x -> {
                Tensor[] g = Autograd.gradients(scalar.apply(x), true, x);
                Tensor sum = Tensor.scalar(0);
                for (int i = 0; i < g.length; i++) {
                    sum = sum.add(weighted(g[i], 2 + i));
                }
                return sum;
            };
            compare(backend, name + ", second derivative", gradientScalar, shapes, values);
        }
    }

    /** Fixed weights make a scalar of any tensor, so that no element's error can hide. */
    private static Tensor weighted(Tensor y, int stream) {
        double[] w = new double[y.size()];
        for (int i = 0; i < w.length; i++) {
            w[i] = 2 * Philox.uniform(11, stream, 0, 0, i) - 1;
        }
        return y.mul(Tensor.of(y.shape(), w)).sum();
    }

    private static void compare(ReferenceBackend backend, String name, Function<Tensor[], Tensor> f, Shape[] shapes, double[][] values) {
        double[][] analytic = new double[shapes.length][];
        try (Scope scope = Scope.open(backend)) {
            Tensor[] x = leaves(shapes, values);
            Tensor y = f.apply(x);
            for (int i = 0; i < x.length; i++) {
                analytic[i] = y.requiresGrad() ? Autograd.gradients(y, false, x)[i].toDoubles() : new double[x[i].size()];
            }
        }
        double largest = 1e-3;
        for (double[] g : analytic) {
            for (double v : g) {
                largest = Math.max(largest, Math.abs(v));
            }
        }
        for (int i = 0; i < shapes.length; i++) {
            for (int e = 0; e < values[i].length; e++) {
                double numeric = (at(backend, f, shapes, values, i, e, STEP) - at(backend, f, shapes, values, i, e, -STEP)) / (2 * STEP);
                double error = Math.abs(numeric - analytic[i][e]);
                assertTrue(error <= TOLERANCE * largest, name + ": input " + i + ", element " + e + ": autograd "
                        + analytic[i][e] + ", central difference " + numeric + ", " + error / (TOLERANCE * largest) + " of the tolerance");
            }
        }
    }

    private static double at(ReferenceBackend backend, Function<Tensor[], Tensor> f, Shape[] shapes, double[][] values, int input, int element, double step) {
        double before = values[input][element];
        values[input][element] = before + step;
        try (Scope scope = Scope.open(backend)) {
            return f.apply(leaves(shapes, values)).item();
        } finally {
            values[input][element] = before;
        }
    }

    private static Tensor[] leaves(Shape[] shapes, double[][] values) {
        Tensor[] x = new Tensor[shapes.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = Tensor.of(shapes[i], values[i]).requireGrad();
        }
        return x;
    }
}
