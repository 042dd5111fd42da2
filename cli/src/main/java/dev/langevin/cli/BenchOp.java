package dev.langevin.cli;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Attention;
import dev.langevin.engine.random.RandomKey;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;

/** Single ops with the shapes that the U-Nets meet them in; (N, H, W, C) with N the batch. */
enum BenchOp {
    CONV(in -> in[0].conv2d(in[1], in[2], 1, 1), 2.0 * 28 * 28 * 64 * 64 * 9, sh(0, 28, 28, 64), sh(64, 3, 3, 64), sh(64)),
    CONV_14(in -> in[0].conv2d(in[1], in[2], 1, 1), 2.0 * 14 * 14 * 128 * 128 * 9, sh(0, 14, 14, 128), sh(128, 3, 3, 128), sh(128)),
    CONV_7(in -> in[0].conv2d(in[1], in[2], 1, 1), 2.0 * 7 * 7 * 256 * 256 * 9, sh(0, 7, 7, 256), sh(256, 3, 3, 256), sh(256)),
    CONV_32(in -> in[0].conv2d(in[1], in[2], 1, 1), 2.0 * 28 * 28 * 32 * 32 * 9, sh(0, 28, 28, 32), sh(32, 3, 3, 32), sh(32)),
    CONV_STRIDE2(in -> in[0].conv2d(in[1], in[2], 2, 1), 2.0 * 14 * 14 * 64 * 64 * 9, sh(0, 28, 28, 64), sh(64, 3, 3, 64), sh(64)),
    CONV1X1(in -> in[0].conv2d(in[1], in[2], 1, 0), 2.0 * 14 * 14 * 128 * 384, sh(0, 14, 14, 128), sh(384, 1, 1, 128), sh(384)),
    CONV_TRANSPOSE(in -> in[0].convTranspose2d(in[1], in[2], 2, 1), 2.0 * 14 * 14 * 128 * 128 * 16, sh(0, 14, 14, 128),
            sh(128, 4, 4, 128), sh(128)),
    GROUPNORM_SILU(in -> in[0].groupNormSilu(8, in[1], in[2], 1e-5), 0, sh(0, 28, 28, 64), sh(64), sh(64)),
    ATTENTION(in -> new Attention(4).apply(in[0]), 4.0 * 49 * 49 * 128, sh(0, 49, 3 * 128)),
    /** Its own size, whatever the batch: the yardstick. */
    GEMM(in -> in[0].matmul(in[1]), 2.0 * 512 * 512 * 512, sh(512, 512), sh(512, 512));

    private final Function<Tensor[], Tensor> op;
    private final double flopsPerImage;
    private final int[][] shapes;

    BenchOp(Function<Tensor[], Tensor> op, double flopsPerImage, int[]... shapes) {
        this.op = op;
        this.flopsPerImage = flopsPerImage;
        this.shapes = shapes;
    }

    private static int[] sh(int... dims) {
        return dims;
    }

    /** @throws InputException when there is none of this name; the message lists those there are */
    static BenchOp named(String name) {
        return Arrays.stream(values()).filter(op -> op.label().equals(name)).findFirst().orElseThrow(() -> new InputException(
                "unknown benchmark '" + name + "': choose one of " + String.join(", ", BenchCommand.names())));
    }

    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Shapes of the inputs, for people. */
    String shape(int batch) {
        return String.join(" ", Arrays.stream(shapes).map(s -> Shape.of(dims(s, batch)).toString()).toList());
    }

    /** Multiplications and additions of the definition, a backward pass counted as two forward passes; 0 where memory is what counts. */
    double flops(int batch, boolean backward) {
        return flopsPerImage * (shapes[0][0] == 0 ? batch : 1) * (backward ? 3 : 1);
    }

    private static int[] dims(int[] shape, int batch) {
        int[] dims = shape.clone();
        dims[0] = dims[0] == 0 ? batch : dims[0];
        return dims;
    }

    /** What {@code measure} makes of this op's work on random inputs. */
    <T> T time(Backend backend, int batch, boolean backward, Function<Runnable, T> measure) {
        try (Scope scope = Scope.open(backend)) {
            Tensor[] in = new Tensor[shapes.length];
            for (int i = 0; i < in.length; i++) {
                in[i] = Tensor.normal(Shape.of(dims(shapes[i], batch)), new RandomKey(1, i, 0, 0));
            }
            if (!backward) {
                return measure.apply(() -> Autograd.noGrad(() -> once(in, backend)));
            }
            Tensor[] leaves = Arrays.stream(in).map(Tensor::requireGrad).toArray(Tensor[]::new);
            Tensor upstream = Tensor.normal(op.apply(in).shape(), new RandomKey(1, in.length, 0, 0));
            return measure.apply(() -> {
                try (Scope step = Scope.open()) {
                    Autograd.gradients(op.apply(leaves), upstream, false, leaves);
                    Compute.await(backend);
                }
            });
        }
    }

    private Void once(Tensor[] in, Backend backend) {
        try (Scope step = Scope.open()) {
            op.apply(in);
            Compute.await(backend);
        }
        return null;
    }
}
