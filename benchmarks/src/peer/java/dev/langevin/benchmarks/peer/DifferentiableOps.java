package dev.langevin.benchmarks.peer;

import dev.langevin.engine.Shape;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The ops of a U-Net one by one, and matrix products. A backward pass to an image and a weight is twice the forward pass. */
final class DifferentiableOps {
    private static final double CONV_BAR = 1.5;
    private static final double NORM_BAR = 2;
    private static final double MATMUL_BAR = 0.9;
    private static final int GROUPS = 8;
    private static final double EPS = 1e-5;
    private static final int HEADS = 4;
    private static final int HEAD_CHANNELS = 32;

    private DifferentiableOps() {
    }

    static List<DifferentiableOp> all(int batch) {
        List<DifferentiableOp> ops = new ArrayList<>();
        ops.add(conv(batch, 3, 1, 64, 64, 28, CONV_BAR));
        ops.add(conv(batch, 3, 1, 128, 128, 14, CONV_BAR));
        ops.add(conv(batch, 3, 1, 256, 256, 7, CONV_BAR));
        ops.add(conv(batch, 3, 1, 32, 32, 28, 0));
        ops.add(conv(batch, 3, 2, 64, 64, 28, 0));
        ops.add(conv(batch, 1, 1, 128, 384, 14, 0));
        ops.add(transposed(batch, 128, 14));
        ops.add(groupNormSilu(batch, 64, 28));
        ops.add(groupNormSilu(batch, 128, 14));
        ops.add(attention(batch, 49));
        ops.add(attention(batch, 196));
        ops.add(matmul(512, 512, 512));
        ops.add(matmul(2048, 256, 256));
        return ops;
    }

    private static DifferentiableOp conv(int n, int kernel, int stride, int from, int to, int size, double bar) {
        int padding = kernel / 2;
        int out = size / stride;
        double gflop = 2e-9 * n * out * out * to * kernel * kernel * from;
        String name = String.format("conv %dx%d%s %d->%d %dx%d", kernel, kernel, stride == 1 ? "" : " stride " + stride, from, to, size, size);
        return new DifferentiableOp(name, gflop, 3 * gflop, Match.FLOP, bar, in -> in[0].conv2d(in[1], in[2], stride, padding),
                TorchForm.layouts(in -> torch.conv2d(in[0], in[1], new TensorOptional(in[2]), new long[] {stride, stride},
                        new long[] {padding, padding}, new long[] {1, 1}, 1)),
                List.of(Shape.of(n, size, size, from), Shape.of(to, kernel, kernel, from), Shape.of(to)));
    }

    /** 4 x 4, stride 2: twice the size. */
    private static DifferentiableOp transposed(int n, int channels, int size) {
        double gflop = 2e-9 * n * size * size * channels * 4 * 4 * channels;
        return new DifferentiableOp(String.format("transposed conv 4x4 stride 2 %d->%d %dx%d", channels, channels, size, size), gflop, 3 * gflop,
                Match.FLOP, 0, in -> in[0].convTranspose2d(in[1], in[2], 2, 1),
                TorchForm.layouts(in -> torch.conv_transpose2d(in[0], in[1], new TensorOptional(in[2]), new long[] {2, 2},
                        new long[] {1, 1}, new long[] {0, 0}, 1, 1, 1)),
                List.of(Shape.of(n, size, size, channels), Shape.of(channels, 4, 4, channels), Shape.of(channels)));
    }

    /** Forward moves two images, backward three. */
    private static DifferentiableOp groupNormSilu(int n, int channels, int size) {
        double gigabytes = 4e-9 * n * size * size * channels;
        return new DifferentiableOp(String.format("GroupNorm+SiLU %dx%dx%d", channels, size, size), 2 * gigabytes, 5 * gigabytes, Match.BYTES,
                NORM_BAR, in -> in[0].groupNormSilu(GROUPS, in[1], in[2], EPS),
                TorchForm.layouts(in -> {
                    Tensor y = torch.group_norm(in[0], GROUPS, new TensorOptional(in[1]), new TensorOptional(in[2]), EPS, false);
                    // In place saves a pass over memory, where no gradient needs the input.
                    return GradMode.is_enabled() ? torch.silu(y) : torch.silu_(y);
                }),
                List.of(Shape.of(n, size, size, channels), Shape.of(channels), Shape.of(channels)));
    }

    /**
     * From q, k and v side by side, as a network's projection gives them, to (N, T, C); two matrix products forward and
     * five backward.
     */
    private static DifferentiableOp attention(int n, int tokens) {
        int channels = HEADS * HEAD_CHANNELS;
        double product = 2e-9 * n * tokens * tokens * channels;
        return new DifferentiableOp(String.format("attention %d x %d, %d tokens", HEADS, HEAD_CHANNELS, tokens), 2 * product, 7 * product,
                Match.FLOP, 0, in -> in[0].attention(HEADS),
                List.of(TorchForm.plain("fused", in -> {
                    TensorVector qkv = heads(in[0]);
                    return joined(torch.scaled_dot_product_attention(qkv.get(0), qkv.get(1), qkv.get(2)));
                }), TorchForm.plain("matmul and softmax", in -> {
                    TensorVector qkv = heads(in[0]);
                    Tensor scaled = qkv.get(0).mul(new Scalar(1 / Math.sqrt(HEAD_CHANNELS)));
                    return joined(torch.matmul(torch.matmul(scaled, qkv.get(1).transpose(2, 3)).softmax(-1), qkv.get(2)));
                })),
                List.of(Shape.of(n, tokens, 3 * channels)));
    }

    /** (N, T, 3 C) to q, k and v, each (N, heads, T, d), without copying. */
    private static TensorVector heads(Tensor qkv) {
        return qkv.reshape(qkv.size(0), qkv.size(1), 3, HEADS, HEAD_CHANNELS).permute(2, 0, 3, 1, 4).unbind(0);
    }

    /** (N, heads, T, d) to (N, T, C). */
    private static Tensor joined(Tensor y) {
        return y.transpose(1, 2).reshape(y.size(0), y.size(2), HEADS * HEAD_CHANNELS);
    }

    private static DifferentiableOp matmul(int m, int n, int k) {
        double gflop = 2e-9 * m * n * k;
        return new DifferentiableOp(String.format("matmul %dx%dx%d", m, n, k), gflop, 3 * gflop, Match.FLOP, MATMUL_BAR,
                in -> in[0].matmul(in[1]), List.of(TorchForm.plain("", in -> torch.matmul(in[0], in[1]))),
                List.of(Shape.of(m, k), Shape.of(k, n)));
    }
}
