package dev.langevin.tests.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.engine.random.Philox;
import dev.langevin.engine.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * What every op owes on every fast backend: its value, its gradients and the gradients of those gradients are those of
 * the reference backend in double, within a derived tolerance; a second run, and a run on any number of threads, gives
 * the same bits.
 */
final class OpContract {
    /** One op at one size: inputs are float32 numbers uniform in [low, high], the same on both backends. */
    private final String name;
    private final Function<Tensor[], Tensor> op;
    private final Shape[] shapes;
    private double low = -1;
    private double high = 1;
    private Tolerance value = Tolerance.exact();
    private Tolerance gradient = Tolerance.exact();
    private Tolerance second = Tolerance.exact();
    private int order = 2;
    private int elements;

    private OpContract(String name, Function<Tensor[], Tensor> op, Shape[] shapes) {
        this.name = name;
        this.op = op;
        this.shapes = shapes;
        this.elements = Stream.of(shapes).mapToInt(Shape::size).sum();
    }

    static OpContract of(String name, Function<Tensor[], Tensor> op, Shape... shapes) {
        return new OpContract(name, op, shapes);
    }

    OpContract in(double low, double high) {
        this.low = low;
        this.high = high;
        return this;
    }

    /** Tolerances of the value, the first and the second derivatives. */
    OpContract within(Tolerance value, Tolerance gradient, Tolerance second) {
        this.value = value;
        this.gradient = gradient;
        this.second = second;
        return this;
    }

    /** One tolerance for all three. */
    OpContract within(Tolerance all) {
        return within(all, all, all);
    }

    /** How often it is differentiated: 0, 1 or 2. */
    OpContract order(int order) {
        this.order = order;
        return this;
    }

    /** How many elements it counts for where that is more than those of its inputs. */
    OpContract elements(int elements) {
        this.elements = elements;
        return this;
    }

    /** One on each backend that such sizes are not too much for. */
    List<DynamicTest> tests() {
        return Backends.fast().stream().filter(b -> elements <= Backends.mostElements(b))
                .map(b -> DynamicTest.dynamicTest(Backends.label(b) + " " + name + " " + List.of(shapes), () -> check(b))).toList();
    }

    /** One computed quantity: the value, or a derivative by one input. */
    private record Result(String what, int order, double[] values) {
    }

    private void check(Backend backend) {
        List<Result> expected;
        List<Result> magnitudes;
        try (ReferenceBackend reference = new ReferenceBackend()) {
            expected = evaluate(reference, false);
            magnitudes = evaluate(reference, true);
        }
        List<Result> first = null;
        int before = Parallel.threads();
        try {
            for (int threads : Backends.threads(backend)) {
                Parallel.setThreads(threads);
                List<Result> actual = evaluate(backend, false);
                if (first == null) {
                    first = actual;
                }
                for (int i = 0; i < actual.size(); i++) {
                    assertArrayEquals(bits(first.get(i)), bits(actual.get(i)),
                            first.get(i).what() + ": bits of a second run, on " + threads + " threads");
                }
            }
        } finally {
            Parallel.setThreads(before);
        }
        for (int i = 0; i < expected.size(); i++) {
            Tolerance tolerance = switch (expected.get(i).order()) {
                case 0 -> value;
                case 1 -> gradient;
                default -> second;
            };
            tolerance.check(name + ", " + expected.get(i).what(), expected.get(i).values(), first.get(i).values(),
                    magnitudes.get(i).values());
        }
        assertTrue(first.size() == expected.size(), name);
    }

    /** With {@code absolute}, everything at the inputs' and weights' absolute values: for a product the sum of absolute terms. */
    private List<Result> evaluate(Backend backend, boolean absolute) {
        List<Result> results = new ArrayList<>();
        try (Scope scope = Scope.open(backend)) {
            Tensor[] x = new Tensor[shapes.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = random(shapes[i], low, high, i, absolute).requireGrad();
            }
            Tensor y = op.apply(x);
            results.add(new Result("value", 0, y.toDoubles()));
            if (order == 0) {
                return results;
            }
            Tensor[] g = Autograd.gradients(y, random(y.shape(), -1, 1, 100, absolute), order > 1, x);
            Tensor sum = Tensor.scalar(0);
            for (int i = 0; i < g.length; i++) {
                results.add(new Result("gradient to input " + i, 1, g[i].toDoubles()));
                if (order > 1) {
                    sum = sum.add(g[i].mul(random(shapes[i], -1, 1, 200 + i, absolute)).sum());
                }
            }
            // The gradient of a linear op does not depend on the inputs.
            Tensor[] gg = sum.requiresGrad() ? Autograd.gradients(sum, false, x) : null;
            for (int i = 0; order > 1 && i < x.length; i++) {
                results.add(new Result("second derivative by input " + i, 2, gg == null ? new double[x[i].size()] : gg[i].toDoubles()));
            }
        }
        return results;
    }

    /** Numbers that float32 holds exactly. */
    static Tensor random(Shape shape, double low, double high, int stream, boolean absolute) {
        float[] values = new float[shape.size()];
        for (int i = 0; i < values.length; i++) {
            float v = (float) (low + (high - low) * Philox.uniform(17, 98, stream, 0, i));
            values[i] = absolute ? Math.abs(v) : v;
        }
        return Tensor.of(shape, values);
    }

    private static long[] bits(Result result) {
        long[] bits = new long[result.values().length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Double.doubleToRawLongBits(result.values()[i]);
        }
        return bits;
    }
}
