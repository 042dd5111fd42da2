package dev.langevin.tests.engine;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Attention;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Row P-ENG: values and gradients of the ops against PyTorch's, on every backend. PyTorch's own float32 error in these
 * cases is up to 3e-6 of the largest value (golden/README.md), and float32 sums in another order are as far off again:
 * tolerance 1e-5 of the largest value.
 */
class GoldenOpsTest {
    private static final double TOLERANCE = 1e-5;
    private final Golden golden = Golden.open("ops.safetensors");

    @TestFactory
    Stream<DynamicTest> onEveryBackend() {
        return Backends.all().stream().flatMap(this::cases);
    }

    private Stream<DynamicTest> cases(Backend backend) {
        return Stream.of(
                conv(backend, "conv2d_k3s1p1", 1, 1), conv(backend, "conv2d_k3s1p1_nobias", 1, 1),
                conv(backend, "conv2d_k3s2p1_even", 2, 1), conv(backend, "conv2d_k3s2p1_odd", 2, 1),
                conv(backend, "conv2d_k1", 1, 0), conv(backend, "conv2d_k3s1p1_64", 1, 1),
                test(backend, "conv_transpose2d_k4s2p1", x -> x[0].convTranspose2d(x[1], x[2], 2, 1), "x", "w", "b"),
                test(backend, "group_norm", x -> x[0].groupNorm(8, x[1], x[2], 1e-5), "x", "w", "b"),
                test(backend, "group_norm_offset", x -> x[0].groupNorm(8, x[1], x[2], 1e-5), "x", "w", "b"),
                test(backend, "silu", x -> x[0].silu(), "x"),
                raw(backend, "softmax", x -> x[0].softmax(), "x"),
                raw(backend, "softmax_large", x -> x[0].softmax(), "x"),
                test(backend, "linear", x -> x[0].linear(x[1], x[2]), "x", "w", "b"),
                test(backend, "bmm", x -> x[0].matmul(x[1]), "a", "b"),
                test(backend, "upsample_nearest", x -> x[0].upsampleNearest(2), "x"),
                raw(backend, "attention_core", x -> attention(x[0], x[1], x[2]), "q", "k", "v"),
                test(backend, "attention_block", GoldenOpsTest::attentionBlock,
                        "x", "norm_w", "norm_b", "qkv_w", "qkv_b", "proj_w", "proj_b"),
                test(backend, "res_block", GoldenOpsTest::resBlock, "x", "temb", "norm1_w", "norm1_b", "conv1_w", "conv1_b",
                        "time_w", "time_b", "norm2_w", "norm2_b", "conv2_w", "conv2_b", "skip_w", "skip_b"),
                test(backend, "dsm_loss", x -> x[0].mul(x[1]).add(x[2]).square().mean(), "score", "std", "z"));
    }

    private DynamicTest conv(Backend backend, String name, int stride, int padding) {
        return golden.has(name + ".b")
                ? test(backend, name, x -> x[0].conv2d(x[1], x[2], stride, padding), "x", "w", "b")
                : test(backend, name, x -> x[0].conv2d(x[1], null, stride, padding), "x", "w");
    }

    private DynamicTest test(Backend backend, String name, Function<Tensor[], Tensor> f, String... inputs) {
        return test(backend, name, golden::tensor, f, inputs);
    }

    private DynamicTest raw(Backend backend, String name, Function<Tensor[], Tensor> f, String... inputs) {
        return test(backend, name, golden::raw, f, inputs);
    }

    private DynamicTest test(Backend backend, String name, Function<String, Tensor> read, Function<Tensor[], Tensor> f, String... inputs) {
        return DynamicTest.dynamicTest(Backends.label(backend) + " " + name, () -> {
            try (Scope scope = Scope.open(backend)) {
                Tensor[] x = Stream.of(inputs).map(i -> read.apply(name + "." + i).requireGrad()).toArray(Tensor[]::new);
                Tensor y = f.apply(x);
                Golden.check(name + ".y", read.apply(name + ".y"), y, TOLERANCE);
                Tensor[] gradients = Autograd.gradients(y, read.apply(name + ".gy"), false, x);
                for (int i = 0; i < x.length; i++) {
                    Golden.check(name + ".g" + inputs[i], read.apply(name + ".g" + inputs[i]), gradients[i], TOLERANCE);
                }
            }
        });
    }

    /** (N, heads, T, d) for q, k and v through the engine's fused op, whose layout is (N, T, 3 C). */
    private static Tensor attention(Tensor q, Tensor k, Tensor v) {
        int n = q.dim(0);
        int heads = q.dim(1);
        int tokens = q.dim(2);
        int d = q.dim(3);
        Tensor qkv = Tensor.concat(2, tokens(q), tokens(k), tokens(v));
        return new Attention(heads).apply(qkv).reshape(n, tokens, heads, d).permute(0, 2, 1, 3);
    }

    private static Tensor tokens(Tensor x) {
        return x.permute(0, 2, 1, 3).reshape(x.dim(0), x.dim(2), x.dim(1) * x.dim(3));
    }

    private static Tensor attentionBlock(Tensor[] x) {
        Tensor h = x[0].groupNorm(8, x[1], x[2], 1e-5).conv2d(x[3], x[4], 1, 0).reshape(x[0].dim(0), -1, 96);
        return x[0].add(new Attention(4).apply(h).reshape(x[0].shape()).conv2d(x[5], x[6], 1, 0));
    }

    private static Tensor resBlock(Tensor[] x) {
        Tensor h = x[0].groupNormSilu(8, x[2], x[3], 1e-5).conv2d(x[4], x[5], 1, 1);
        h = h.add(x[1].silu().linear(x[6], x[7]).reshape(x[0].dim(0), 1, 1, -1));
        return h.groupNormSilu(8, x[8], x[9], 1e-5).conv2d(x[10], x[11], 1, 1).add(x[0].conv2d(x[12], x[13], 1, 0));
    }
}
