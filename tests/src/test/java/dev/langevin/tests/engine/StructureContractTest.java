package dev.langevin.tests.engine;

import static dev.langevin.tests.engine.Tolerance.exact;
import static dev.langevin.tests.engine.Tolerance.largest;
import static dev.langevin.tests.engine.Tolerance.terms;
import static dev.langevin.tests.engine.Tolerance.ulps;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.Simd;
import dev.langevin.engine.op.Pad;
import dev.langevin.engine.op.ScatterAdd;
import dev.langevin.engine.op.SumPool;
import dev.langevin.engine.random.RandomKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Row P-ENG: the contract ({@link OpContract}) of reductions and of ops that move elements. */
class StructureContractTest {
    private static final int LANES = Simd.LANES;

    private final List<OpContract> cases = new ArrayList<>();

    private void add(String name, Tolerance value, Tolerance derivatives, Function<Tensor[], Tensor> op, Shape... shapes) {
        cases.add(OpContract.of(name, op, shapes).within(value, derivatives, derivatives));
    }

    private Stream<DynamicTest> tests() {
        return cases.stream().flatMap(c -> c.tests().stream());
    }

    @TestFactory
    Stream<DynamicTest> reductions() {
        Shape[] shapes = {Shape.of(1, 1, 1), Shape.of(3, 5, LANES - 1), Shape.of(2, 7, LANES + 1), Shape.of(4, 1, LANES),
            Shape.of(5, 3, 1), Shape.of(0, 3, 2), Shape.of(3, 17, 61), Shape.of(2, 1201, 3), Shape.of(3, 37, 701), Shape.of(2, 9001, 3)};
        int[][] axes = {{}, {0}, {1}, {2}, {0, 1}, {1, 2}, {0, 2}};
        for (Shape shape : shapes) {
            for (int[] a : axes) {
                String name = " over " + java.util.Arrays.toString(a);
                add("sum" + name, terms(shape.size()), exact(), x -> x[0].sum(a), shape);
                if (shape.size() > 0) {
                    add("mean" + name, terms(shape.size()), ulps(1), x -> x[0].mean(a), shape);
                    add("max" + name, exact(), ulps(1), x -> x[0].max(a), shape);
                }
                add("square, then sum" + name, terms(shape.size()), ulps(2), x -> x[0].square().sumKeep(a), shape);
            }
        }
        add("max of equals", exact(), ulps(1), x -> x[0].greater(Tensor.scalar(0)).mul(x[0].relu().greater(x[0])).add(x[0].sub(x[0])).max(1),
                Shape.of(3, LANES + 1));
        for (int[] n : new int[][] {{5_003, 1_009}, {100_003, 20_011}}) {
            cases.add(OpContract.of("sum of large numbers", x -> x[0].sum(), Shape.of(n[0])).in(-1e30, 1e30)
                    .within(terms(n[0]), exact(), exact()));
            cases.add(OpContract.of("sum of an offset", x -> x[0].sum(1), Shape.of(3, n[1])).in(999, 1001)
                    .within(terms(n[1]), exact(), exact()));
        }
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> movement() {
        for (int n : new int[] {1, LANES - 1, LANES, LANES + 1}) {
            Shape s = Shape.of(2, 3, n);
            add("broadcastTo, outer", exact(), terms(8), x -> x[0].broadcastTo(Shape.of(4, 2, 3, n)), s);
            add("broadcastTo, inner", exact(), terms(6 * n), x -> x[0].broadcastTo(Shape.of(2, 3, n)), Shape.of(2, 1, 1));
            add("broadcastTo, both", exact(), terms(8 * n), x -> x[0].broadcastTo(Shape.of(5, 2, 3, n)), Shape.of(2, 1, n));
            add("reshape", exact(), exact(), x -> x[0].reshape(n, -1), s);
            add("permute 2 0 1", exact(), exact(), x -> x[0].permute(2, 0, 1), s);
            add("permute 0 2 1", exact(), exact(), x -> x[0].permute(0, 2, 1), s);
            add("permute 1 0 2", exact(), exact(), x -> x[0].permute(1, 0, 2), s);
            add("permute of 5", exact(), exact(), x -> x[0].permute(2, 0, 3, 1, 4), Shape.of(2, 5, 3, 2, n));
            add("transpose", exact(), exact(), x -> x[0].transpose(), s);
            add("slice of the last axis", exact(), exact(), x -> x[0].slice(2, n / 2, n), s);
            add("slice of the middle axis", exact(), exact(), x -> x[0].slice(1, 1, 3), s);
            add("empty slice", exact(), exact(), x -> x[0].slice(1, 1, 1), s);
            add("pad", exact(), exact(), x -> new Pad(1, 2, 1).apply(x[0]), s);
            add("pad of the last axis", exact(), exact(), x -> new Pad(2, 0, 3).apply(x[0]), s);
            add("concat", exact(), exact(), x -> Tensor.concat(-1, x[0], x[1]), s, Shape.of(2, 3, 5));
            add("concat with an empty part", exact(), exact(), x -> Tensor.concat(1, x[0], x[1]), s, Shape.of(2, 0, n));
            add("concat of one tensor twice", exact(), terms(2), x -> Tensor.concat(0, x[0], x[0]), s);
            add("gather", exact(), terms(4), x -> x[0].gather(Tensor.of(Shape.of(2, 3), 2, 0, 2, 3, 2, 1)), Shape.of(4, n));
            add("scatterAdd", terms(4), exact(), x -> new ScatterAdd(5).apply(x[0], Tensor.of(Shape.of(3), 1, 3, 1)), Shape.of(3, n));
            add("upsampleNearest", exact(), terms(4), x -> x[0].upsampleNearest(2), Shape.of(2, 3, 5, n));
            add("upsampleNearest by 3", exact(), terms(9), x -> x[0].upsampleNearest(3), Shape.of(1, 1, 2, n));
            add("sumPool", terms(4), exact(), x -> new SumPool(2).apply(x[0]), Shape.of(2, 4, 6, n));
        }
        add("movement of many", exact(), exact(), x -> x[0].permute(0, 2, 1).reshape(-1, 9, 128).slice(2, 3, 127),
                Shape.of(3, 128, 9 * 28));
        add("upsampling of many", exact(), terms(4), x -> x[0].upsampleNearest(2), Shape.of(8, 14, 14, 24));
        add("transpose of tiles", exact(), exact(), x -> x[0].transpose(), Shape.of(2, 37, 65));
        add("transpose of whole tiles", exact(), exact(), x -> x[0].transpose(), Shape.of(32, 64));
        add("permute of 4, in tiles", exact(), exact(), x -> x[0].permute(3, 1, 0, 2), Shape.of(3, 5, 2, 33));
        add("permute of 4, each apart, in tiles", exact(), exact(), x -> x[0].permute(3, 2, 1, 0), Shape.of(17, 3, 2, 19));
        add("permute that keeps runs of 4", exact(), exact(), x -> x[0].permute(2, 1, 0, 3), Shape.of(5, 3, 7, 12));
        add("permute with axes of 1", exact(), exact(), x -> x[0].permute(3, 2, 0, 1, 4), Shape.of(5, 1, 7, 1, 3));
        add("concat of channels", exact(), exact(), x -> Tensor.concat(3, x[0], x[1], x[2]), Shape.of(2, 5, 7, 8), Shape.of(2, 5, 7, 12),
                Shape.of(2, 5, 7, 4));
        add("slice and pad of runs of 4", exact(), exact(), x -> new Pad(2, 4, 8).apply(x[0].slice(2, 4, 16)), Shape.of(5, 9, 24));
        add("gather of runs of 4", exact(), terms(300), x -> x[0].gather(Tensor.uniform(Shape.of(300), new RandomKey(1, 2, 3, 4)).greater(Tensor.scalar(0.5))),
                Shape.of(2, 20));
        add("upsampling by 3", exact(), terms(9), x -> x[0].upsampleNearest(3), Shape.of(2, 5, 7, 20));
        add("nothing", exact(), exact(), x -> x[0].permute(1, 0, 2), Shape.of(0, 3, 4));
        cases.add(OpContract.of("where, permute and sum", x -> x[0].where(x[0].greater(x[0].permute(1, 0)), x[0].square()).sum(1),
                Shape.of(23, 23)).within(largest(40)));
        return tests();
    }
}
