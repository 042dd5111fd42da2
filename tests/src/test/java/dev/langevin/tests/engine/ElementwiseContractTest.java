package dev.langevin.tests.engine;

import static dev.langevin.tests.engine.Tolerance.exact;
import static dev.langevin.tests.engine.Tolerance.largest;
import static dev.langevin.tests.engine.Tolerance.terms;
import static dev.langevin.tests.engine.Tolerance.ulps;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.Simd;
import dev.langevin.engine.op.Dropout;
import dev.langevin.engine.random.RandomKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Row P-ENG: the contract ({@link OpContract}) of ops that work element by element, and of the random numbers. */
class ElementwiseContractTest {
    private static final int LANES = Simd.LANES;
    /** Long enough for several tasks of the thread team, and odd. */
    private static final int LONG = 70_001;
    /** Several blocks of a CUDA kernel, and odd. */
    private static final int BLOCKS = 3_001;

    private final List<OpContract> cases = new ArrayList<>();

    private Stream<DynamicTest> tests() {
        return cases.stream().flatMap(c -> c.tests().stream());
    }

    private void unary(String name, double low, double high, UnaryOperator<Tensor> op, Tolerance value, Tolerance gradient, Tolerance second) {
        for (int length : new int[] {0, 1, LANES - 1, LANES, LANES + 1, BLOCKS, LONG}) {
            cases.add(OpContract.of(name, x -> op.apply(x[0]), Shape.of(length)).in(low, high).within(value, gradient, second));
        }
    }

    /** A few ulps for each op of the chain that its derivative is. */
    @TestFactory
    Stream<DynamicTest> unary() {
        unary("affine", -3, 3, x -> x.mul(3).add(2).neg(), largest(4), exact(), exact());
        unary("square", -1e3, 1e3, Tensor::square, ulps(0.5), ulps(1), ulps(1));
        unary("square, large", -1e18, 1e18, Tensor::square, ulps(0.5), ulps(1), ulps(1));
        unary("sqrt", 1e-3, 1e3, Tensor::sqrt, ulps(0.5), ulps(2), ulps(6));
        unary("sqrt, small", 1e-12, 1e-10, Tensor::sqrt, ulps(0.5), ulps(2), ulps(6));
        unary("reciprocal", 0.1, 10, Tensor::reciprocal, ulps(1), ulps(4), ulps(8));
        unary("exp", -5, 5, Tensor::exp, ulps(2), ulps(3), ulps(4));
        for (int length : new int[] {1, LANES - 1, LANES + 1, BLOCKS, LONG}) { // past overflow: infinity, and no gradient to speak of
            cases.add(OpContract.of("exp, to overflow", x -> x[0].exp(), Shape.of(length)).in(-110, 110).within(ulps(2)).order(0));
        }
        unary("expm1", -1, 5, Tensor::expm1, ulps(3), largest(8), largest(10));
        unary("expm1, near 0", -1e-3, 1e-3, Tensor::expm1, ulps(3), largest(6), largest(8));
        unary("log", 0.1, 10, Tensor::log, ulps(2), ulps(1), ulps(3));
        unary("log, near 1", 0.99, 1.01, Tensor::log, ulps(2), ulps(1), ulps(3));
        unary("log, small", 1e-30, 1e-18, Tensor::log, ulps(2), ulps(1), ulps(3));
        unary("sin", -7, 7, Tensor::sin, largest(4, 1), largest(5, 1), largest(6, 1));
        unary("cos", -7, 7, Tensor::cos, largest(4, 1), largest(5, 1), largest(6, 1));
        unary("sin, of scaled times", 0, 999, Tensor::sin, largest(4, 1), largest(5, 1), largest(6, 1));
        unary("cos, of scaled times", 0, 999, Tensor::cos, largest(4, 1), largest(5, 1), largest(6, 1));
        unary("tanh", -4, 4, Tensor::tanh, ulps(2), largest(12, 1), largest(20, 1));
        unary("tanh, saturated", -100, 100, Tensor::tanh, ulps(2), largest(12, 1), largest(20, 1));
        unary("sigmoid", -8, 8, Tensor::sigmoid, ulps(3), largest(12, 1), largest(20, 1));
        unary("sigmoid, saturated", -100, 100, Tensor::sigmoid, ulps(3), largest(12, 1), largest(20, 1));
        unary("silu", -8, 8, Tensor::silu, ulps(4), largest(16, 1), largest(40, 1));
        // A factor of 100 times a sigmoid that may be flushed to zero, hence not ulps.
        unary("silu, saturated", -100, 100, Tensor::silu, largest(8, 1), largest(16, 1), largest(40, 100));
        unary("relu", -2, 2, Tensor::relu, exact(), exact(), exact());
        unary("abs", -2, 2, Tensor::abs, exact(), exact(), exact());
        unary("dropout", -2, 2, x -> new Dropout(0.3, new RandomKey(5, 6, 7, 8)).apply(x.reshape(-1, 1)), ulps(1.5), ulps(1.5), exact());
        return tests();
    }

    private void binary(String name, double low, double high, BiFunction<Tensor, Tensor, Tensor> op, Tolerance value, double chain) {
        Shape[][] pairs = {{Shape.of(1), Shape.of(1)}, {Shape.of(LANES - 1), Shape.of(LANES - 1)},
            {Shape.of(3, LANES + 1), Shape.of(LANES + 1)}, {Shape.of(LANES + 1), Shape.of(3, LANES + 1)},
            {Shape.of(3, LANES + 1), Shape.of(3, 1)}, {Shape.of(2, 1, LANES), Shape.of(2, 5, 1)},
            {Shape.of(2, 3, 5, 3), Shape.of(2, 1, 1, 3)}, {Shape.of(2, 3, 5, 24), Shape.of(24)},
            {Shape.SCALAR, Shape.of(2, LANES + 1)}, {Shape.of(2, 3, 1), Shape.of(4, 1, 1, 7)},
            {Shape.of(0, 3), Shape.of(3)}, {Shape.of(3, 1_001), Shape.of(3, 1_001)}, {Shape.of(17, 173), Shape.of(17, 1)},
            {Shape.of(173, 17), Shape.of(17)}, {Shape.of(5, 24, 24), Shape.of(5, 1, 24)},
            {Shape.of(7, 10_007), Shape.of(7, 10_007)}, {Shape.of(41, 1789), Shape.of(41, 1)}, {Shape.of(1789, 41), Shape.of(41)}};
        for (Shape[] pair : pairs) {
            int stretched = Math.max(1, Math.max(pair[0].size(), pair[1].size()) / Math.max(1, Math.min(pair[0].size(), pair[1].size())) * 8);
            Tolerance gradient = largest(chain + terms(stretched).roundings(), 1);
            cases.add(OpContract.of(name, x -> op.apply(x[0], x[1]), pair).in(low, high).within(value, gradient, gradient));
        }
    }

    /** Values are rounded once; gradients are summed over the axes along which an input was stretched. */
    @TestFactory
    Stream<DynamicTest> binary() {
        binary("add", -2, 2, Tensor::add, ulps(0.5), 2);
        binary("sub", -2, 2, Tensor::sub, ulps(0.5), 2);
        binary("mul", -2, 2, Tensor::mul, ulps(0.5), 4);
        binary("div", 0.5, 2, Tensor::div, ulps(0.5), 16);
        binary("greater", -2, 2, Tensor::greater, exact(), 0);
        binary("add, large and small", -1e30, 1e30, Tensor::add, ulps(0.5), 2);
        binary("one tensor twice", -2, 2, (a, b) -> a.mul(b).add(a), largest(4), 4);
        for (int length : new int[] {1, LANES - 1, LANES + 1, BLOCKS, LONG}) {
            cases.add(OpContract.of("where", x -> x[0].where(x[0].greater(x[1]), x[1].mul(2)), Shape.of(length), Shape.of(length))
                    .within(exact()));
        }
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> random() {
        Shape[] shapes = {Shape.of(1, 1), Shape.of(3, LANES - 1), Shape.of(2, LANES + 1), Shape.of(5, 3, 3, 1),
            Shape.of(0, 4), Shape.of(7), Shape.of(3, 11, 9, 3), Shape.of(33, 28, 28, 3)};
        for (Shape shape : shapes) {
            for (long seed : new long[] {0, -1, 0x0123456789abcdefL}) {
                RandomKey key = new RandomKey(seed, 3, 1 << 20, 77);
                cases.add(OpContract.of("uniform, seed " + seed, x -> Tensor.uniform(shape, key)).within(exact()).order(0).elements(shape.size()));
                // The angle, the radius and their product are rounded; a radius is at most 5.8.
                cases.add(OpContract.of("normal, seed " + seed, x -> Tensor.normal(shape, key)).within(largest(8, 5.8)).order(0)
                        .elements(shape.size()));
            }
        }
        return tests();
    }
}
