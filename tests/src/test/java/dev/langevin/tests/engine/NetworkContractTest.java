package dev.langevin.tests.engine;

import static dev.langevin.tests.engine.Tolerance.largest;
import static dev.langevin.tests.engine.Tolerance.terms;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.Simd;
import dev.langevin.engine.op.Attention;
import dev.langevin.engine.op.Conv2d;
import dev.langevin.engine.op.Conv2dResidual;
import dev.langevin.engine.op.Conv2dWeight;
import dev.langevin.engine.op.MatMul;
import dev.langevin.engine.op.ModulatedGroupNormSilu;
import dev.langevin.engine.op.ModulatedGroupNormSilu.Form;
import dev.langevin.model.nn.CrossAttention;
import dev.langevin.model.nn.Fir;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Row P-ENG: the contract ({@link OpContract}) of matrix products, convolutions, normalisation, attention and resampling. */
class NetworkContractTest {
    private static final int LANES = Simd.LANES;

    private final List<OpContract> cases = new ArrayList<>();

    private Stream<DynamicTest> tests() {
        return cases.stream().flatMap(c -> c.tests().stream());
    }

    /** Products are multilinear: every derivative is a sum of products again, of as many terms as the longest axis. */
    @TestFactory
    Stream<DynamicTest> products() {
        int[][] sizes = {{1, 1, 1, 1}, {2, LANES - 1, LANES, LANES + 1}, {3, 5, 33, 7}, {1, 65, 130, 17}, {2, 1, 9, 1},
            {2, 49, 8, 49}, {0, 3, 4, 5}, {2, 3, 0, 5}, {1, 257, 300, 129}};
        for (int[] s : sizes) {
            for (int t = 0; t < 4; t++) {
                boolean ta = (t & 1) != 0;
                boolean tb = (t & 2) != 0;
                cases.add(OpContract.of("matMul, transposed " + ta + " " + tb, x -> new MatMul(ta, tb).apply(x),
                        ta ? Shape.of(s[0], s[2], s[1]) : Shape.of(s[0], s[1], s[2]),
                        tb ? Shape.of(s[0], s[3], s[2]) : Shape.of(s[0], s[2], s[3]))
                        .within(terms(Math.max(s[1], Math.max(s[2], s[3])) + 2)));
            }
            if (s[0] > 0 && s[2] > 0) {
                int rows = s[0] * s[1];
                cases.add(OpContract.of("linear", x -> x[0].linear(x[1], x[2]), Shape.of(s[0], s[1], s[2]), Shape.of(s[3], s[2]), Shape.of(s[3]))
                        .within(terms(Math.max(rows, Math.max(s[2], s[3])) + 3)));
                cases.add(OpContract.of("linear without bias", x -> x[0].linear(x[1], null), Shape.of(rows, s[2]), Shape.of(s[3], s[2]))
                        .within(terms(Math.max(rows, Math.max(s[2], s[3])) + 3)));
            }
        }
        return tests();
    }

    private void conv(int n, int h, int w, int in, int out, int kernel, int stride, int padding) {
        Shape x = Shape.of(n, h, w, in);
        Shape weight = Shape.of(out, kernel, kernel, in);
        int pixels = n * ((h + 2 * padding - kernel) / stride + 1) * ((w + 2 * padding - kernel) / stride + 1);
        Tolerance sums = terms(Math.max(kernel * kernel * Math.max(in, out), Math.max(1, pixels)) + 3);
        String setting = kernel + "x" + kernel + ", stride " + stride + ", padding " + padding;
        cases.add(OpContract.of("conv2d " + setting, t -> t[0].conv2d(t[1], t[2], stride, padding), x, weight, Shape.of(out)).within(sums));
        cases.add(OpContract.of("conv2d without bias " + setting, t -> t[0].conv2d(t[1], null, stride, padding), x, weight).within(sums));
        Shape y = new Conv2d(stride, padding).shapes(x, weight)[0];
        cases.add(OpContract.of("conv2dResidual " + setting, t -> new Conv2dResidual(stride, padding).apply(t), x, weight, Shape.of(out), y).within(sums));
    }

    @TestFactory
    Stream<DynamicTest> convolutions() {
        conv(1, 1, 1, 1, 1, 3, 1, 1);
        conv(2, 7, 5, 1, 3, 3, 1, 1);
        conv(1, 9, 7, 3, LANES + 1, 3, 1, 1);
        conv(3, 4, 6, LANES - 1, LANES, 3, 1, 1);
        conv(2, 14, 14, 24, 16, 3, 1, 1);
        conv(1, 28, 28, 1, 8, 3, 1, 1);
        conv(2, 5, 3, LANES + 1, 2, 1, 1, 0);
        conv(1, 7, 7, 16, 48, 1, 1, 0);
        conv(2, 9, 7, 3, 5, 3, 2, 1);
        conv(1, 14, 14, 8, LANES + 1, 3, 2, 1);
        conv(1, 1, 1, 3, 2, 3, 2, 1);
        conv(1, 6, 5, 2, 3, 4, 2, 1);
        conv(1, 7, 8, 2, 3, 5, 1, 2);
        conv(1, 5, 5, 2, 2, 3, 1, 0);
        conv(0, 4, 4, 2, 3, 3, 1, 1);
        for (int[] s : new int[][] {{1, 1, 1, 1, 1}, {2, 7, 5, 3, 6}, {1, 7, 7, LANES + 1, 3}, {2, 3, 4, 8, LANES - 1}, {1, 14, 14, 16, 16}}) {
            Tolerance sums = terms(Math.max(16 * Math.max(s[3], s[4]), 4 * s[0] * s[1] * s[2]) + 3);
            cases.add(OpContract.of("convTranspose2d 4x4, stride 2, padding 1", x -> x[0].convTranspose2d(x[1], x[2], 2, 1),
                    Shape.of(s[0], s[1], s[2], s[3]), Shape.of(s[3], 4, 4, s[4]), Shape.of(s[4])).within(sums));
            cases.add(OpContract.of("convTranspose2d 3x3, stride 1, padding 1, without bias", x -> x[0].convTranspose2d(x[1], null, 1, 1),
                    Shape.of(s[0], s[1], s[2], s[3]), Shape.of(s[3], 3, 3, s[4])).within(sums));
            cases.add(OpContract.of("conv2dWeight", x -> new Conv2dWeight(1, 1, 3, 3).apply(x),
                    Shape.of(s[0], s[1], s[2], s[3]), Shape.of(s[0], s[1], s[2], s[4])).within(sums));
        }
        return tests();
    }

    /**
     * The input itself and a group's mean are rounded at the size of {@code centre}, which counts centre / spread times as
     * much in what is normalised; sums run over a group and, for weight and bias, over all images.
     */
    private void norm(int groups, double centre, double spread, int... shape) {
        Shape x = Shape.of(shape);
        Shape c = Shape.of(x.dim(-1));
        int terms = Math.max(1, x.size());
        double condition = 1 + Math.abs(centre) / spread;
        double roundings = 8 + terms(terms).roundings() + 8 * condition;
        for (boolean silu : new boolean[] {false, true}) {
            cases.add(OpContract.of((silu ? "groupNormSilu " : "groupNorm ") + groups + " at " + centre + " +- " + spread,
                    t -> {
                        Tensor at = t[0].mul(spread).add(centre);
                        return silu ? at.groupNormSilu(groups, t[1], t[2], 1e-5) : at.groupNorm(groups, t[1], t[2], 1e-5);
                    }, x, c, c).within(largest(roundings, 1), largest(2 * roundings, 1), largest(4 * roundings, 1)));
        }
        for (Form form : Form.values()) {
            Shape e = Shape.of(x.dim(0), form.perChannel() * x.dim(-1));
            cases.add(OpContract.of("modulatedGroupNormSilu " + form + " " + groups + " at " + centre + " +- " + spread,
                    t -> new ModulatedGroupNormSilu(groups, 1e-5, form).apply(t[0].mul(spread).add(centre), t[1], t[2], t[3].mul(0.5)),
                    x, c, c, e).within(largest(roundings, 1), largest(2 * roundings, 1), largest(4 * roundings, 1)));
        }
    }

    @TestFactory
    Stream<DynamicTest> normalisation() {
        for (double[] at : new double[][] {{0, 1}, {30, 1}, {0, 1e3}, {0.5, 1e-2}}) {
            norm(8, at[0], at[1], 2, 5, 7, 24);
            norm(1, at[0], at[1], 1, 3, 3, 3);
            norm(3, at[0], at[1], 2, 4, 5, 3);
            norm(2, at[0], at[1], 3, 9, LANES + 2 - LANES % 2);
            norm(4, at[0], at[1], 1, 1, 1, 16);
            norm(8, at[0], at[1], 1, 14, 14, 32);
        }
        norm(8, 0, 1, 0, 3, 3, 8);
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> softmaxAndAttention() {
        for (int n : new int[] {1, LANES - 1, LANES, LANES + 1, 49, 777}) {
            for (double range : new double[] {1, 10, 100}) {
                // Rounding an exponent of size range makes a relative error of as many roundings; weights are at most 1.
                double k = 8 + terms(n).roundings() + range;
                cases.add(OpContract.of("softmax, +-" + range, x -> x[0].softmax(), Shape.of(5, n)).in(-range, range)
                        .within(largest(k, 1)));
            }
        }
        int[][] sizes = {{1, 1, 1, 1}, {2, LANES + 1, 2, 4}, {1, 49, 4, 8}, {3, 5, 3, 1}, {2, 16, 1, LANES + 1}, {1, 196, 2, 8}};
        for (int[] s : sizes) {
            for (double range : new double[] {1, 6}) {
                double logits = range * range * Math.sqrt(s[3]);
                double k = (8 + terms(s[1]).roundings() + terms(s[3]).roundings()) * (1 + logits);
                cases.add(OpContract.of("attention, " + s[2] + " heads, +-" + range, x -> new Attention(s[2]).apply(x),
                        Shape.of(s[0], s[1], 3 * s[2] * s[3])).in(-range, range)
                        .within(largest(k, range)));
            }
        }
        return tests();
    }

    /** As self-attention; keys are as many as tokens. */
    @TestFactory
    Stream<DynamicTest> crossAttention() {
        int[][] sizes = {{1, 1, 1, 1, 1}, {2, LANES + 1, 3, 2, 4}, {1, 49, 1, 4, 8}, {3, 2, LANES + 1, 3, 1}};
        for (int[] s : sizes) {
            double k = (8 + terms(Math.max(s[1], s[2])).roundings() + terms(s[4]).roundings()) * (1 + Math.sqrt(s[4]));
            Shape tokens = Shape.of(s[0], s[2], s[3] * s[4]);
            cases.add(OpContract.of("cross-attention, " + s[3] + " heads, " + s[2] + " tokens", x -> CrossAttention.attend(x[0], x[1], x[2], s[3]),
                    Shape.of(s[0], s[1], s[3] * s[4]), tokens, tokens).within(largest(k, 1)));
        }
        return tests();
    }

    /** Sums of at most four terms along each axis, besides zeros. */
    @TestFactory
    Stream<DynamicTest> firResampling() {
        for (int[] s : new int[][] {{1, 2, 1}, {2, 6, 3}, {1, 14, LANES + 1}}) {
            cases.add(OpContract.of("FIR, half of " + s[1], x -> new Fir(s[1]).down(x[0]), Shape.of(s[0], s[1], s[1], s[2])).within(terms(2 * s[1])));
            cases.add(OpContract.of("FIR, twice " + s[1] / 2, x -> new Fir(s[1]).up(x[0]), Shape.of(s[0], s[1] / 2, s[1] / 2, s[2])).within(terms(2 * s[1])));
        }
        return tests();
    }
}
