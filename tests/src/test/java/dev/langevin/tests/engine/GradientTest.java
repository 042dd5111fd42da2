package dev.langevin.tests.engine;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.*;
import dev.langevin.engine.random.RandomKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Row P-ENG: first and second derivatives of every op by finite differences in double. Also N-RES, N-FILM, N-ATTN's parts. */
class GradientTest {
    private final List<DynamicTest> cases = new ArrayList<>();

    private void add(String name, double low, double high, Function<Tensor[], Tensor> f, Shape... shapes) {
        cases.add(DynamicTest.dynamicTest(name, () -> GradCheck.check(name, f, shapes, GradCheck.inputs(low, high, shapes))));
    }

    @TestFactory
    Stream<DynamicTest> everyOp() {
        Shape s = Shape.of(2, 3);
        add("add, broadcast", -1, 1, x -> x[0].add(x[1]).square(), Shape.of(2, 3, 2), Shape.of(3, 1));
        add("sub, broadcast", -1, 1, x -> x[0].sub(x[1]).square(), s, Shape.of(3));
        add("mul, broadcast", -1, 1, x -> x[0].mul(x[1]), Shape.of(2, 1, 3), Shape.of(4, 1));
        add("div, broadcast", 0.5, 2, x -> x[0].div(x[1]), s, Shape.of(2, 1));
        add("one tensor twice", -1, 1, x -> x[0].mul(x[0]).add(x[0]), s);
        add("greater", 0.2, 1, x -> x[0].greater(Tensor.scalar(0.6)).mul(x[0].square()), s);
        add("affine", -1, 1, x -> x[0].mul(3).add(2).sub(1).div(4).neg().square(), s);
        add("exp", -2, 2, x -> x[0].exp(), s);
        add("expm1", -2, 2, x -> x[0].expm1(), s);
        add("log", 0.5, 3, x -> x[0].log(), s);
        add("sqrt", 0.5, 3, x -> x[0].sqrt(), s);
        add("square", -2, 2, x -> x[0].square(), s);
        add("reciprocal", 0.5, 2, x -> x[0].reciprocal(), s);
        add("sin", -3, 3, x -> x[0].sin(), s);
        add("cos", -3, 3, x -> x[0].cos(), s);
        add("tanh", -2, 2, x -> x[0].tanh(), s);
        add("sigmoid", -3, 3, x -> x[0].sigmoid(), s);
        add("relu", -2, 2, x -> x[0].relu().square(), Shape.of(3, 5));
        add("abs", -2, 2, x -> x[0].abs().mul(x[0]), Shape.of(3, 5));
        add("silu", -4, 4, x -> x[0].silu(), Shape.of(3, 5));
        add("where", -1, 1, x -> x[0].square().where(x[0].greater(x[1]), x[1].exp()), s, s);
        add("sum over axes", -1, 1, x -> x[0].square().sum(0, 2), Shape.of(2, 3, 2));
        add("mean", -1, 1, x -> x[0].exp().mean(), s);
        add("norm of each row", 0.2, 1, x -> x[0].norm(1), s);
        add("max", -1, 1, x -> x[0].max(1).square(), Shape.of(3, 4));
        add("broadcastTo", -1, 1, x -> x[0].broadcastTo(Shape.of(4, 2, 3)).square(), Shape.of(2, 1));
        add("reshape", -1, 1, x -> x[0].reshape(3, -1).square(), s);
        add("permute", -1, 1, x -> x[0].permute(2, 0, 1).square(), Shape.of(2, 3, 2));
        add("transpose", -1, 1, x -> x[0].transpose().square(), Shape.of(2, 3, 2));
        add("slice", -1, 1, x -> x[0].slice(1, 1, 3).square(), Shape.of(2, 4, 2));
        add("pad", -1, 1, x -> new Pad(1, 2, 1).apply(x[0]).square(), Shape.of(2, 2, 2));
        add("concat", -1, 1, x -> Tensor.concat(-1, x[0], x[1], x[0]).square(), s, Shape.of(2, 2));
        add("gather", -1, 1, x -> x[0].gather(Tensor.of(Shape.of(2, 2), 2, 0, 2, 3)).square(), Shape.of(4, 3));
        add("scatterAdd", -1, 1, x -> new ScatterAdd(4).apply(x[0], Tensor.of(Shape.of(3), 1, 3, 1)).square(), Shape.of(3, 2));
        add("matmul", -1, 1, x -> x[0].matmul(x[1]).square(), Shape.of(2, 2, 3), Shape.of(2, 3, 2));
        for (boolean ta : new boolean[] {false, true}) {
            for (boolean tb : new boolean[] {false, true}) {
                add("matmul, transposed " + ta + " " + tb, -1, 1, x -> new MatMul(ta, tb).apply(x[0], x[1]),
                        ta ? Shape.of(3, 2) : Shape.of(2, 3), tb ? Shape.of(4, 3) : Shape.of(3, 4));
            }
        }
        add("linear", -1, 1, x -> x[0].linear(x[1], x[2]).square(), Shape.of(2, 2, 3), Shape.of(4, 3), Shape.of(4));
        add("linear without bias", -1, 1, x -> x[0].linear(x[1], null).square(), Shape.of(2, 3), Shape.of(4, 3));
        add("softmax", -2, 2, x -> x[0].softmax(), Shape.of(2, 4));
        add("attention", -1, 1, x -> x[0].attention(2), Shape.of(2, 3, 12));
        add("groupNorm", -1, 1, x -> x[0].groupNorm(2, x[1], x[2], 1e-5), Shape.of(2, 2, 2, 4), Shape.of(4), Shape.of(4));
        add("groupNormSilu", -1, 1, x -> x[0].groupNormSilu(2, x[1], x[2], 1e-5), Shape.of(2, 2, 1, 4), Shape.of(4), Shape.of(4));
        add("dropout", -1, 1, x -> x[0].dropout(0.4, new RandomKey(3, 1, 0, 5)).square(), Shape.of(3, 4));
        add("affineNoise", -1, 1, x -> new AffineNoise(new RandomKey(3, 1, 0, 5)).apply(x), Shape.of(2, 3), Shape.of(2, 3), Shape.of(2), Shape.of(2), Shape.of(2));
        add("conv2d 3x3", -1, 1, x -> x[0].conv2d(x[1], x[2], 1, 1), Shape.of(2, 3, 4, 2), Shape.of(3, 3, 3, 2), Shape.of(3));
        add("conv2d 3x3 stride 2, odd", -1, 1, x -> x[0].conv2d(x[1], x[2], 2, 1), Shape.of(1, 5, 3, 2), Shape.of(2, 3, 3, 2), Shape.of(2));
        add("conv2d 3x3 stride 2, even", -1, 1, x -> x[0].conv2d(x[1], null, 2, 1), Shape.of(1, 4, 4, 1), Shape.of(2, 3, 3, 1));
        add("conv2d 1x1", -1, 1, x -> x[0].conv2d(x[1], x[2], 1, 0), Shape.of(2, 2, 2, 3), Shape.of(2, 1, 1, 3), Shape.of(2));
        add("conv2dResidual", -1, 1, x -> new Conv2dResidual(2, 1).apply(x).square(), Shape.of(1, 3, 4, 2), Shape.of(3, 3, 3, 2), Shape.of(3), Shape.of(1, 2, 2, 3));
        add("convTranspose2d 4x4 stride 2", -1, 1, x -> x[0].convTranspose2d(x[1], x[2], 2, 1), Shape.of(1, 2, 3, 2), Shape.of(2, 4, 4, 3), Shape.of(3));
        add("conv2dWeight", -1, 1, x -> new Conv2dWeight(1, 1, 3, 3).apply(x[0], x[1]), Shape.of(1, 3, 3, 2), Shape.of(1, 3, 3, 2));
        add("upsampleNearest", -1, 1, x -> x[0].upsampleNearest(2).square(), Shape.of(1, 2, 3, 2));
        add("sumPool", -1, 1, x -> new SumPool(2).apply(x[0]).square(), Shape.of(1, 4, 2, 2));
        return cases.stream();
    }
}
