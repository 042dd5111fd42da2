package dev.langevin.benchmarks.gpu;

import dev.langevin.benchmarks.gpu.OpWork.Kind;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.training.Presets;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.config.OptimiserConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Sizes and repeats of a run.
 *
 * @param turns how often each contender has its turn
 * @param repeats times that are taken in a turn
 * @param leastMs least time between two marks
 * @param samplingSteps predictor-corrector steps
 * @param batches of training and sampling
 * @param network the U-Net and all else of the training step
 */
record Plan(int turns, int repeats, double leastMs, int samplingSteps, List<Integer> batches, TrainConfig network, boolean emulate) {
    /** From here on no cache of a GPU of today holds what is worked on, and the bars count. */
    static final double LARGE = 1e9;
    /** Sets of inputs together have at least so many bytes, unless one set is to stay in the cache. */
    private static final double ROTATED = 512e6;
    private static final double CACHED = 20e6;
    private static final int MOST_SETS = 8;

    static Plan onDevice(List<Integer> batches) {
        return new Plan(3, 7, 5, 500, batches, Presets.named("mnist-unet"), false);
    }

    /** The smallest that goes through everything. */
    static Plan emulated() {
        TrainConfig c = Presets.named("mnist-unet");
        UNetConfig u = c.unet();
        UNetConfig tiny = new UNetConfig(4, 1, 8, List.of(1, 2), 1, 8, u.timeFeatures(), u.timeScale(), u.conditioning(),
                u.upsampling(), u.attention(), u.middleAttention(), 2, 4, u.dropout(), u.zeroInit());
        OptimiserConfig o = c.optimiser();
        // A rate at which a step shows in the next one's loss.
        OptimiserConfig fast = new OptimiserConfig(2, 1, 1e-2, 0, 1, o.beta1(), o.beta2(), o.eps(), o.weightDecay(),
                o.clip(), o.emaDecay());
        return new Plan(1, 1, 0, 3, List.of(2), c.withUnet(tiny).withOptimiser(fast), true);
    }

    /** A copy of this many floats. */
    static OpWork copy(long elements, int sets) {
        return new OpWork(Kind.COPY, new int[] {Math.toIntExact(elements)}, sets);
    }

    List<OpWork> copies() {
        List<OpWork> works = new ArrayList<>();
        for (int elements : emulate ? new int[] {1000} : new int[] {1 << 29, 1 << 27, 1 << 24, 1 << 21, 1 << 18}) {
            works.add(rotated(Kind.COPY, Precision.FP32, elements));
        }
        return works;
    }

    /** Our kernels at all sizes, the largest first. */
    List<OpWork> kernels(Kind kind, Precision precision) {
        boolean langevin = kind == Kind.LANGEVIN_UPDATE || kind == Kind.LANGEVIN_STEP;
        if (emulate) {
            return List.of(rotated(kind, precision, 2, 5, 5, langevin ? 1 : 16));
        }
        int[][] shapes = langevin
                ? new int[][] {{24_576, 64, 64, 3}, {8192, 64, 64, 3}, {1024, 64, 64, 3}, {512, 28, 28, 1}, {128, 28, 28, 1}}
                : new int[][] {{8192, 28, 28, 64}, {2560, 28, 28, 64}, {512, 28, 28, 64}, {128, 28, 28, 64}, {512, 14, 14, 128},
                    {512, 7, 7, 256}, {16, 28, 28, 64}};
        List<OpWork> works = new ArrayList<>();
        for (int[] shape : shapes) {
            works.add(rotated(kind, precision, shape));
        }
        return works;
    }

    /** The U-Net's convolutions in each direction, and square matrix products. */
    List<OpWork> dense() {
        List<OpWork> works = new ArrayList<>();
        for (int n : emulate ? new int[] {17} : new int[] {8192, 2048}) {
            works.add(new OpWork(Kind.GEMM, new int[] {n, n, n}, 1));
        }
        // Height, channels in, channels out, kernel, stride, padding.
        int[][] convolutions = emulate ? new int[][] {{6, 8, 8, 3, 1, 1}} : new int[][] {{28, 64, 64, 3, 1, 1}, {28, 128, 64, 3, 1, 1},
            {28, 64, 64, 3, 2, 1}, {14, 128, 128, 3, 1, 1}, {14, 256, 128, 3, 1, 1}, {14, 256, 256, 4, 2, 1}, {7, 256, 256, 3, 1, 1},
            {7, 512, 256, 3, 1, 1}, {7, 256, 768, 1, 1, 0}};
        for (int batch : batches) {
            for (int[] c : convolutions) {
                for (Kind kind : List.of(Kind.CONV_FORWARD, Kind.CONV_BACKWARD_DATA, Kind.CONV_BACKWARD_FILTER)) {
                    works.add(new OpWork(kind, new int[] {batch, c[0], c[0], c[1], c[2], c[3], c[4], c[5]}, 1));
                }
            }
        }
        return works;
    }

    private OpWork rotated(Kind kind, Precision precision, int... shape) {
        double bytes = new OpWork(kind, shape, 1).bytes(precision);
        int sets = emulate || bytes < CACHED ? 1 : (int) Math.clamp(Math.ceil(ROTATED / bytes), 1, MOST_SETS);
        return new OpWork(kind, shape, sets);
    }
}
