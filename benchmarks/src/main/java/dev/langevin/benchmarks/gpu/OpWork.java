package dev.langevin.benchmarks.gpu;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Dispatch;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.op.AffineNoise;
import dev.langevin.engine.op.GroupNormSilu;
import dev.langevin.engine.op.LangevinStep;
import dev.langevin.engine.op.Vjp;
import dev.langevin.engine.random.RandomKey;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One operation at one size, on several sets of inputs in turn, so that no cache holds what comes next; with one small
 * set, that they are in the cache is the point.
 *
 * @param kind what is computed
 * @param shape (N, H, W, C) for kernels of ours, {n} elements for a copy, else as {@link DenseWork} says
 * @param sets sets of inputs
 */
record OpWork(Kind kind, int[] shape, int sets) {
    private static final int GROUPS = 8;
    private static final double EPS = 1e-5;
    private static final int PURPOSE = 0xBE4D;

    /** What can be timed. */
    enum Kind {
        COPY, GROUPNORM_SILU_FORWARD, GROUPNORM_SILU_BACKWARD, LANGEVIN_UPDATE, LANGEVIN_STEP, GEMM, CONV_FORWARD,
        CONV_BACKWARD_DATA, CONV_BACKWARD_FILTER;

        /** Name in tables and requests. */
        String label() {
            return name().toLowerCase(Locale.ROOT).replace("groupnorm_silu", "groupnorm-silu").replace('_', ' ').replace('-', '_');
        }

        boolean dense() {
            return ordinal() >= GEMM.ordinal();
        }
    }

    /** Elements of one image batch, or of the array copied. */
    long elements() {
        return Arrays.stream(shape).asLongStream().reduce(1, (a, b) -> a * b);
    }

    /**
     * Least bytes that must be moved: every large array read once and written once; a Langevin step reads the score twice,
     * since its norm is needed before the first element of the result.
     */
    double bytes(Precision precision) {
        int activation = precision == Precision.BF16 ? 2 : 4;
        return elements() * switch (kind) {
            case COPY -> 2.0 * 4;
            case GROUPNORM_SILU_FORWARD -> 2.0 * activation;
            case GROUPNORM_SILU_BACKWARD -> 3.0 * activation;
            case LANGEVIN_UPDATE -> 3.0 * 4;
            case LANGEVIN_STEP -> 4.0 * 4;
            default -> 0;
        };
    }

    /** Multiplications and additions of a matrix product or convolution; 0 for the rest. */
    double flops() {
        return kind.dense() ? DenseWork.flops(kind, shape) : 0;
    }

    /** What PyTorch's side needs to do the same. */
    Map<String, Object> request(Precision precision) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("what", "op");
        request.put("op", kind.label());
        request.put("shape", shape);
        request.put("sets", sets);
        request.put("groups", GROUPS);
        request.put("precision", precision.name().toLowerCase(Locale.ROOT));
        return request;
    }

    /** Langevin's side, made on {@code backend}; its {@code inner} runs go through all sets. */
    Contender ours(CudaBackend backend) {
        if (kind.dense()) {
            return DenseWork.of(backend, this);
        }
        Scope scope = Scope.open(backend);
        try {
            Runnable[] calls = new Runnable[sets];
            for (int i = 0; i < sets; i++) {
                calls[i] = call(backend, i);
            }
            return Ours.replayed("langevin", backend, () -> Autograd.noGrad(() -> {
                try (Scope run = Scope.open()) {
                    for (Runnable call : calls) {
                        call.run();
                    }
                }
                return null;
            }), scope::close);
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    private Runnable call(CudaBackend backend, int set) {
        RandomKey key = key(set, 0);
        if (kind == Kind.COPY) {
            Tensor source = Tensor.normal(Shape.of(shape), key);
            Tensor target = Tensor.zeros(source.shape());
            return () -> backend.copy(target.storage(), source.storage(), source.size());
        }
        if (kind == Kind.LANGEVIN_UPDATE || kind == Kind.LANGEVIN_STEP) {
            Tensor x = Tensor.normal(Shape.of(shape), key);
            Tensor score = Tensor.normal(x.shape(), key(set, 1));
            Shape images = Shape.of(shape[0]);
            Tensor one = Tensor.full(images, 1);
            Tensor size = Tensor.full(images, 1e-3);
            Tensor noise = Tensor.full(images, Math.sqrt(2e-3));
            return kind == Kind.LANGEVIN_STEP ? () -> new LangevinStep(2 * 0.16 * 0.16, key).apply(x, score)
                    : () -> new AffineNoise(key).apply(x, score, one, size, noise);
        }
        Shape channels = Shape.of(shape[3]);
        Tensor weight = Tensor.uniform(channels, key(set, 1));
        Tensor bias = Tensor.uniform(channels, key(set, 2));
        Tensor x = activation(key, weight, bias);
        GroupNormSilu op = new GroupNormSilu(GROUPS, EPS);
        if (kind == Kind.GROUPNORM_SILU_FORWARD) {
            return () -> op.apply(x, weight, bias);
        }
        Tensor dy = activation(key(set, 3), weight, bias);
        Vjp<GroupNormSilu> backward = new Vjp<>(op, 0b111);
        return () -> Dispatch.apply(backward, x, weight, bias, dy);
    }

    /** Random numbers as the backend stores activations, which are what normalisations give. */
    private Tensor activation(RandomKey key, Tensor weight, Tensor bias) {
        return Scope.tidy(() -> Tensor.normal(Shape.of(shape), key).groupNorm(GROUPS, weight, bias, EPS));
    }

    private static RandomKey key(int set, int which) {
        return new RandomKey(1, PURPOSE, 0, 8 * set + which);
    }
}
