package dev.langevin.tests.cpu;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Dispatch;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.Conv2dAlgorithm;
import dev.langevin.engine.cpu.Conv2dGeometry;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.engine.op.AffineNoise;
import dev.langevin.engine.op.Conv2dResidual;
import dev.langevin.engine.op.Dropout;
import dev.langevin.engine.op.LangevinStep;
import dev.langevin.engine.op.MatMul;
import dev.langevin.engine.op.ModulatedGroupNormSilu;
import dev.langevin.engine.op.NoiseSquaredNorms;
import dev.langevin.engine.op.Perturb;
import dev.langevin.engine.op.ResidualError;
import dev.langevin.engine.op.SinusoidalEmbedding;
import dev.langevin.engine.op.SquaredNorms;
import dev.langevin.engine.op.SumPool;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.update.AdamStep;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * A fixed list of ops with their gradients, run in a JVM of its own for {@link VectorWidthTest}: first once on each
 * number of threads, where most is interpreted, then many times, so that compiled code takes over. Argument: seconds of
 * the second part. Prints for each op every hash that its results had, and in which run first.
 */
final class VectorWidthRun {
    /** Between the columns of a line: op, hash, run. */
    static final String SEPARATOR = "\t";
    private static final int[] THREADS = {1, 3};

    private final String name;
    private final Function<Tensor[], Tensor> op;
    private final Shape[] shapes;
    private final float[][] inputs;
    private final float[] dy = ConvLoops.random(1 << 16, 99);
    private final List<Long> seen = new ArrayList<>();

    private VectorWidthRun(String name, Function<Tensor[], Tensor> op, Shape... shapes) {
        this.name = name;
        this.op = op;
        this.shapes = shapes;
        this.inputs = new float[shapes.length][];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = Arrays.copyOf(ConvLoops.random(shapes[i].size(), i), shapes[i].size());
        }
    }

    /** One line an op. */
    static List<VectorWidthRun> ops() {
        RandomKey key = new RandomKey(17, 3, 5, 7);
        List<VectorWidthRun> ops = new ArrayList<>();
        ops.add(conv(2, 7, 6, 17, 31, 3, 1, 1));
        ops.add(conv(5, 14, 14, 16, 32, 3, 1, 1));
        ops.add(conv(1, 6, 4, 64, 65, 4, 2, 1));
        ops.add(conv(2, 9, 7, 3, 17, 3, 1, 1));
        ops.add(conv(2, 9, 7, 9, 11, 3, 2, 1));
        ops.add(conv(1, 7, 7, 16, 48, 1, 1, 0));
        ops.add(conv(3, 8, 7, 13, 3, 3, 1, 1));
        ops.add(conv(3, 8, 7, 3, 13, 3, 1, 1));
        ops.add(of("convTranspose2d", x -> x[0].convTranspose2d(x[1], x[2], 2, 1), Shape.of(1, 3, 5, 9), Shape.of(9, 4, 4, 5), Shape.of(5)));
        ops.add(of("matMul over blocks of terms", x -> x[0].matmul(x[1]), Shape.of(3, 1030), Shape.of(1030, 5)));
        ops.add(of("matMul, few large", x -> x[0].matmul(x[1]), Shape.of(2, 49, 65), Shape.of(2, 65, 49)));
        ops.add(of("matMul, transposed", x -> new MatMul(true, true).apply(x), Shape.of(9, 33, 5), Shape.of(9, 7, 33)));
        ops.add(of("linear", x -> x[0].linear(x[1], x[2]), Shape.of(5, 33), Shape.of(17, 33), Shape.of(17)));
        ops.add(of("groupNorm", x -> x[0].groupNorm(3, x[1], x[2], 1e-5), Shape.of(2, 5, 7, 3), Shape.of(3), Shape.of(3)));
        ops.add(of("groupNormSilu", x -> x[0].groupNormSilu(8, x[1], x[2], 1e-5), Shape.of(2, 9, 7, 24), Shape.of(24), Shape.of(24)));
        for (ModulatedGroupNormSilu.Form form : ModulatedGroupNormSilu.Form.values()) {
            ops.add(of("groupNormSilu " + form, x -> new ModulatedGroupNormSilu(3, 1e-5, form).apply(x),
                    Shape.of(2, 7, 5, 21), Shape.of(21), Shape.of(21), Shape.of(2, form.perChannel() * 21)));
        }
        ops.add(of("attention", x -> x[0].attention(2), Shape.of(2, 49, 3 * 26)));
        ops.add(of("attention, many tokens", x -> x[0].attention(1), Shape.of(1, 150, 3 * 9)));
        ops.add(of("softmax", x -> x[0].softmax(), Shape.of(5, 77)));
        ops.add(of("softmax, short rows", x -> x[0].softmax(), Shape.of(5, 13)));
        ops.add(of("sum of all", x -> x[0].sum(), Shape.of(20_003)));
        ops.add(of("sum of rows", x -> x[0].sum(1), Shape.of(5, 173)));
        ops.add(of("sum of columns", x -> x[0].sum(0), Shape.of(150, 19)));
        ops.add(of("max of rows", x -> x[0].max(1), Shape.of(5, 173)));
        ops.add(of("broadcast product", x -> x[0].mul(x[1]), Shape.of(2, 7, 5, 21), Shape.of(2, 1, 1, 21)));
        ops.add(of("division", x -> x[0].div(x[1]), Shape.of(7, 21), Shape.of(7, 21)));
        ops.add(of("exp", x -> x[0].mul(20).exp(), Shape.of(1003)));
        ops.add(of("log", x -> x[0].abs().log(), Shape.of(1003)));
        ops.add(of("silu", x -> x[0].mul(20).silu(), Shape.of(1003)));
        ops.add(of("sigmoid", x -> x[0].mul(20).sigmoid(), Shape.of(1003)));
        ops.add(of("tanh", x -> x[0].mul(3).tanh(), Shape.of(1003)));
        ops.add(of("sqrt", x -> x[0].abs().sqrt(), Shape.of(1003)));
        ops.add(of("sumPool", x -> new SumPool(2).apply(x), Shape.of(2, 6, 4, 13)));
        ops.add(of("upsampleNearest", x -> x[0].upsampleNearest(2), Shape.of(2, 3, 5, 13)));
        ops.add(of("sinusoidalEmbedding", x -> new SinusoidalEmbedding(999).apply(x), Shape.of(7), Shape.of(9)));
        ops.add(of("normal", x -> Tensor.normal(Shape.of(3, 1031), key)));
        ops.add(of("uniform", x -> Tensor.uniform(Shape.of(3, 1031), key)));
        ops.add(of("dropout", x -> new Dropout(0.3, key).apply(x), Shape.of(3, 1031)));
        ops.add(of("perturb", x -> Dispatch.apply(new Perturb(key), x)[0], Shape.of(3, 1031), Shape.of(3), Shape.of(3)));
        ops.add(of("affineNoise", x -> new AffineNoise(key).apply(x), Shape.of(3, 1031), Shape.of(3, 1031), Shape.of(3), Shape.of(3), Shape.of(3)));
        ops.add(of("langevinStep", x -> new LangevinStep(0.1, key).apply(x[0].detach(), x[1].detach()), Shape.of(3, 1031), Shape.of(3, 1031)));
        ops.add(of("squaredNorms", x -> new SquaredNorms().apply(x), Shape.of(2, 5003)));
        ops.add(of("noiseSquaredNorms", x -> new NoiseSquaredNorms(Shape.of(2, 5003), key).apply()));
        ops.add(of("residualError", x -> new ResidualError().apply(x), Shape.of(2, 5003), Shape.of(2, 5003)));
        ops.add(of("adam", VectorWidthRun::adam, Shape.of(5003), Shape.of(5003)));
        return ops;
    }

    private static VectorWidthRun of(String name, Function<Tensor[], Tensor> op, Shape... shapes) {
        return new VectorWidthRun(name, op, shapes);
    }

    /** A convolution with bias and residual, named after the algorithms that forward, to data and to weights take. */
    private static VectorWidthRun conv(int n, int h, int w, int in, int out, int kernel, int stride, int padding) {
        Conv2dGeometry g = new Conv2dGeometry(n, h, w, in, out, kernel, kernel, stride, padding);
        String name = "conv2d " + kernel + "x" + kernel + "/" + stride + " " + in + " to " + out + " ("
                + Conv2dAlgorithm.forward(g) + ", " + Conv2dAlgorithm.backwardData(g) + ", " + Conv2dAlgorithm.backwardFilter(g) + ")";
        return of(name, x -> new Conv2dResidual(stride, padding).apply(x), Shape.of(n, h, w, in),
                Shape.of(out, kernel, kernel, in), Shape.of(out), Shape.of(n, g.oh(), g.ow(), out));
    }

    /** Two steps; all that they write. */
    private static Tensor adam(Tensor... x) {
        Tensor[] p = {x[0].mul(1).detach()};
        Tensor[] ema = {x[0].mul(1).detach()};
        Tensor[] m = {Tensor.zeros(p[0].shape())};
        Tensor[] v = {Tensor.zeros(p[0].shape())};
        Tensor norm = Tensor.zeros(Shape.SCALAR);
        for (int step = 1; step <= 2; step++) {
            new AdamStep(1, 0.01, 0.9, 0.999, 1e-8, 0.1, step, 1, 0.9)
                    .apply(AdamStep.operands(p, m, v, ema, norm, new Tensor[] {x[1]}));
        }
        return Tensor.concat(0, p[0], ema[0], m[0], v[0], norm.reshape(1));
    }

    String name() {
        return name;
    }

    /** Runs the op once, and prints its hash where that is a new one. */
    private void run(int round, int threads) {
        long hash = hash();
        if (!seen.contains(hash)) {
            seen.add(hash);
            System.out.println(name + SEPARATOR + Long.toHexString(hash) + SEPARATOR + "run " + round + " on " + threads + " threads");
        }
    }

    /** Of the bits of value and gradients. */
    private long hash() {
        try (Scope scope = Scope.open()) {
            Tensor[] x = new Tensor[shapes.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = Tensor.of(shapes[i], inputs[i]).requireGrad();
            }
            Tensor y = op.apply(x);
            long hash = hash(0, y);
            if (y.requiresGrad()) {
                Tensor start = Tensor.of(y.shape(), Arrays.copyOf(dy, y.size()));
                for (Tensor d : Autograd.gradients(y, start, false, x)) {
                    hash = hash(hash, d);
                }
            }
            return hash;
        }
    }

    private static long hash(long start, Tensor t) {
        long hash = start;
        for (float v : t.toArray()) {
            hash = 31 * hash + Float.floatToRawIntBits(v);
        }
        return hash;
    }

    public static void main(String[] args) {
        double seconds = Double.parseDouble(args[0]);
        List<VectorWidthRun> ops = ops();
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            int round = 0;
            for (int threads : THREADS) {
                round(ops, ++round, threads);
            }
            for (int threads : THREADS) {
                long end = System.nanoTime() + (long) (seconds / THREADS.length * 1e9);
                while (System.nanoTime() < end) {
                    round(ops, ++round, threads);
                }
            }
        }
    }

    private static void round(List<VectorWidthRun> ops, int round, int threads) {
        Parallel.setThreads(threads);
        for (VectorWidthRun op : ops) {
            op.run(round, threads);
        }
    }
}
