package dev.langevin.tests.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.*;
import dev.langevin.engine.op.ModulatedGroupNormSilu.Form;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.update.AdamStep;
import dev.langevin.engine.update.Assign;
import dev.langevin.engine.update.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Row P-ENG: shapes that do not fit are refused before any work, by a message with op, expectation and every shape. */
class ShapeErrorTest {
    private final List<DynamicTest> tests = new ArrayList<>();

    private void refuses(Op op, String expected, Shape... in) {
        for (Backend backend : Backends.all()) {
            tests.add(DynamicTest.dynamicTest(Backends.label(backend) + " " + op + " " + List.of(in), () -> {
                try (Scope scope = Scope.open(backend)) {
                    Tensor[] x = Stream.of(in).map(Tensor::zeros).toArray(Tensor[]::new);
                    ShapeException e = assertThrows(ShapeException.class, () -> op.apply(x));
                    assertMessage(e, op.name(), expected, in);
                }
            }));
        }
    }

    private static void assertMessage(ShapeException e, String op, String expected, Shape... in) {
        String message = e.getMessage();
        assertTrue(message.startsWith(op), message);
        assertTrue(message.contains("expected ") && message.contains(expected), message);
        assertTrue(message.contains("got "), message);
        String got = message.substring(message.indexOf("got "));
        for (Shape s : in) {
            assertTrue(got.contains(s.toString()), message + ": does not show " + s);
        }
    }

    private static Shape s(int... dims) {
        return Shape.of(dims);
    }

    @TestFactory
    Stream<DynamicTest> everyOp() {
        for (Op op : new Op[] {new Abs(), new Affine(2, 1), new Cos(), new Exp(), new Expm1(), new Log(), new Reciprocal(),
            new Relu(), new Sigmoid(), new Silu(), new Sin(), new Sqrt(), new Square(), new Tanh()}) {
            refuses(op, "one input", s(2), s(3));
        }
        for (Op op : new Op[] {new Add(), new Sub(), new Mul(), new Div(), new Greater()}) {
            refuses(op, "two shapes that broadcast", s(2, 3), s(2));
            refuses(op, "two shapes that broadcast", s(2, 3), s(4, 3));
            refuses(op, "two shapes that broadcast", s(2, 3));
        }
        refuses(new Where(), "three inputs of one shape", s(2), s(2), s(3));
        refuses(new SumTo(s(2)), "(2)", s(3, 3));
        refuses(new MaxTo(s(2, 1)), "(2, 1)", s(3, 3));
        refuses(new BroadcastTo(s(4, 3)), "broadcasts to (4, 3)", s(2, 3));
        refuses(new BroadcastTo(s(3)), "broadcasts to (3)", s(2, 3));
        refuses(new Reshape(s(7)), "7 elements for shape (7)", s(2, 3));
        refuses(new Permute(0, 1), "all axes", s(2, 3, 4));
        refuses(new Permute(0, 0, 1), "all axes", s(2, 3, 4));
        refuses(new Slice(1, 2, 4), "[2, 4) along axis 1", s(2, 3));
        refuses(new Slice(1, 2, 1), "[2, 1) along axis 1", s(2, 3));
        refuses(new Slice(2, 0, 1), "axis 2", s(2, 3));
        refuses(new Pad(2, 1, 1), "axis 2", s(2, 3));
        refuses(new Pad(0, -1, 1), "at least 0", s(2, 3));
        refuses(new Concat(1), "agree but along axis 1", s(2, 3), s(3, 3));
        refuses(new Concat(1), "agree but along axis 1", s(2, 3), s(2, 3, 1));
        refuses(new Concat(2), "axis 2", s(2, 3), s(2, 3));
        refuses(new Gather(), "a table (V, D) and indices", s(2, 3, 4), s(2));
        refuses(new ScatterAdd(3), "rows (..., D) and indices (...)", s(2, 3), s(3));
        refuses(new MatMul(false, false), "(..., M, K) and (..., K, N)", s(2, 3), s(2, 3));
        refuses(new MatMul(true, true), "(..., K, M) and (..., N, K)", s(2, 3), s(4, 3));
        refuses(new MatMul(false, false), "matrices", s(2, 3, 4), s(3, 4, 5));
        refuses(new MatMul(false, false), "matrices", s(3), s(3));
        refuses(new Linear(), "x (..., I), w (O, I) and perhaps b (O)", s(2, 3), s(4, 2));
        refuses(new Linear(), "x (..., I), w (O, I) and perhaps b (O)", s(2, 3), s(4, 3), s(3));
        refuses(new Conv2d(1, 1), "x (N, H, W, I), w (O, kh, kw, I)", s(2, 5, 5, 3), s(4, 3, 3, 2));
        refuses(new Conv2d(1, 1), "x (N, H, W, I), w (O, kh, kw, I)", s(2, 5, 5, 3), s(4, 3, 3, 3), s(3));
        refuses(new Conv2d(1, 1), "x (N, H, W, I), w (O, kh, kw, I)", s(5, 5, 3), s(4, 3, 3, 3));
        refuses(new Conv2d(1, 0), "no larger than the padded image", s(1, 2, 2, 1), s(1, 3, 3, 1));
        refuses(new Conv2d(0, 1), "stride of at least 1", s(1, 4, 4, 1), s(1, 3, 3, 1));
        refuses(new Conv2d(1, -1), "padding of at least 0", s(1, 4, 4, 1), s(1, 1, 1, 1));
        refuses(new Conv2dInput(2, 1, 8, 8), "dy (N, H', W', O), w (O, kh, kw, I)", s(1, 4, 4, 3), s(2, 4, 4, 3));
        refuses(new Conv2dInput(2, 1, 11, 8), "to 11x8", s(1, 4, 4, 2), s(2, 4, 4, 3));
        refuses(new Conv2dWeight(1, 1, 3, 3), "x (N, H, W, I) and dy (N, H', W', O)", s(1, 4, 4, 3), s(1, 3, 4, 2));
        refuses(new Conv2dWeight(1, 1, 3, 3), "x (N, H, W, I) and dy (N, H', W', O)", s(2, 4, 4, 3), s(1, 4, 4, 2));
        refuses(new Conv2dResidual(1, 1), "and z (N, H', W', O)", s(1, 4, 4, 2), s(3, 3, 3, 2), s(3));
        refuses(new Conv2dResidual(2, 1), "z of the convolution's shape (1, 2, 2, 3)", s(1, 4, 4, 2), s(3, 3, 3, 2), s(3), s(1, 4, 4, 3));
        refuses(new UpsampleNearest(2), "one image tensor (N, H, W, C)", s(2, 3, 4));
        refuses(new SumPool(2), "divisible by 2", s(1, 3, 4, 1));
        refuses(new Softmax(), "one input with a last axis", s());
        refuses(new Attention(2), "divisible by 2 heads", s(1, 5, 9));
        refuses(new Attention(1), "(N, T, 3 C)", s(5, 9));
        refuses(new GroupNorm(8, 1e-5), "divisible by 8 groups", s(1, 3, 3, 20), s(20), s(20));
        refuses(new GroupNorm(2, 1e-5), "weight (C), bias (C)", s(1, 3, 3, 4), s(4), s(3));
        refuses(new GroupNormSilu(8, 1e-5), "divisible by 8 groups", s(1, 3, 3, 20), s(20), s(20));
        refuses(new ModulatedGroupNormSilu(8, 1e-5, Form.SHIFT), "divisible by 8 groups", s(1, 3, 3, 20), s(20), s(20), s(1, 20));
        refuses(new ModulatedGroupNormSilu(4, 1e-5, Form.SHIFT), "e (N, C) for SHIFT", s(1, 3, 3, 20), s(20), s(20), s(1, 40));
        refuses(new ModulatedGroupNormSilu(4, 1e-5, Form.FILM), "e (N, 2 C) for FILM", s(1, 3, 3, 20), s(20), s(20), s(1, 20));
        refuses(new ModulatedGroupNormSilu(4, 1e-5, Form.ADAGN), "e (N, 2 C) for ADAGN", s(1, 3, 3, 20), s(20), s(20));
        refuses(new Dropout(1, new RandomKey(1, 1, 0, 0)), "a rate in [0, 1)", s(2, 3));
        refuses(new Dropout(0.5, new RandomKey(1, 1, 0, 0)), "one input", s());
        refuses(new Vjp<>(new Silu(), 1), "an upstream gradient of shape (2, 3)", s(2, 3), s(3, 2));
        return tests.stream();
    }

    /** Random numbers take no input; the shape that is asked for is the one that is shown. */
    @Test
    void randomNumbersNeedAnAxisOfImages() {
        try (Scope scope = Scope.open(Backends.all().getFirst())) {
            RandomKey key = new RandomKey(1, 1, 0, 0);
            assertMessage(assertThrows(ShapeException.class, () -> Tensor.normal(Shape.SCALAR, key)), "randomNormal", "axis 0", Shape.SCALAR);
            assertMessage(assertThrows(ShapeException.class, () -> Tensor.uniform(Shape.SCALAR, key)), "randomUniform", "axis 0", Shape.SCALAR);
        }
    }

    @Test
    void methodsThatChooseTheOpRefuseToo() {
        try (Scope scope = Scope.open(Backends.all().getFirst())) {
            Tensor x = Tensor.zeros(s(2, 3)).requireGrad();
            assertMessage(assertThrows(ShapeException.class, () -> x.convTranspose2d(x, null, 2, 1)),
                    "convTranspose2d", "x (N, H, W, I)", s(2, 3), s(2, 3));
            assertMessage(assertThrows(ShapeException.class, () -> x.where(Tensor.zeros(s(4)), x)), "where", "broadcast", s(4), s(2, 3));
            assertMessage(assertThrows(ShapeException.class, () -> x.reshape(4, -1)), "reshape", "elements", s(2, 3));
            assertMessage(assertThrows(ShapeException.class, () -> Autograd.gradients(x.exp(), false, x)), "gradients", "a scalar", s(2, 3));
            assertMessage(assertThrows(ShapeException.class, () -> Autograd.gradients(x.exp(), Tensor.zeros(s(6)), false, x)),
                    "gradients", "(2, 3)", s(6));
            assertMessage(assertThrows(ShapeException.class, x::item), "item", "one element", s(2, 3));
        }
    }

    private void refuses(Update update, String expected, Shape[] shown, Shape... operands) {
        for (Backend backend : Backends.all()) {
            tests.add(DynamicTest.dynamicTest(Backends.label(backend) + " " + update.name() + " " + List.of(operands), () -> {
                try (Scope scope = Scope.open(backend)) {
                    Tensor[] x = Stream.of(operands).map(s -> Tensor.full(s, 2)).toArray(Tensor[]::new);
                    ShapeException e = assertThrows(ShapeException.class, () -> update.apply(x));
                    assertMessage(e, update.name(), expected, shown);
                    for (Tensor t : x) {
                        for (float v : t.toArray()) {
                            assertEquals(2, v, "it was at work already");
                        }
                    }
                }
            }));
        }
    }

    private void refuses(Update update, String expected, Shape... operands) {
        refuses(update, expected, operands, operands);
    }

    /** A kernel would read past the end of an operand that is too short. */
    @TestFactory
    Stream<DynamicTest> everyUpdate() {
        refuses(new Assign(), "one shape", s(2, 3), s(3, 2));
        refuses(new Assign(), "one shape", s(2, 3), s());
        refuses(new Assign(), "one shape", s(2));
        AdamStep adam = new AdamStep(2, 1, 0.9, 0.999, 1e-8, 0, 1, 1, 0);
        Shape a = s(2, 3);
        Shape b = s(5);
        refuses(adam, "11 operands for 2 parameters", a, b, a, b, a, b, a, b, s(), a);
        String[] kinds = {"first moment", "second moment", "average", "gradient"};
        for (int kind = 0; kind < kinds.length; kind++) {
            Shape[] operands = {a, b, a, b, a, b, a, b, s(), a, b};
            operands[kind == 3 ? 10 : 2 * kind + 3] = s(4);
            refuses(adam, kinds[kind] + " of parameter 1 in its shape (5)", new Shape[] {s(4)}, operands);
        }
        refuses(adam, "first moment of parameter 0 in its shape (2, 3)", new Shape[] {s(3, 2)}, a, b, s(3, 2), b, a, b, a, b, s(), a, b);
        refuses(adam, "a scalar for the norm", new Shape[] {s(1)}, a, b, a, b, a, b, a, b, s(1), a, b);
        return tests.stream();
    }
}
