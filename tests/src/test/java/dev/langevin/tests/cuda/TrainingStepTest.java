package dev.langevin.tests.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Repeated;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreUNet;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.sde.VpSde;
import dev.langevin.tests.engine.Backends;
import dev.langevin.training.loss.DenoisingScoreMatching;
import dev.langevin.training.loss.Weighting;
import dev.langevin.training.optim.Optimiser;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows P-ENG, R-FP16: a training step of a small U-Net on CUDA, from the loss to the changed weights, against the CPU's. Each of
 * the two is within 1e-5 of the largest value of what double gives (as in GoldenUNetTest), so within 2e-5 of the other.
 */
class TrainingStepTest {
    private static final double FLOAT32 = 2e-5;
    /** Half the distance from 1 to the next bfloat16. */
    private static final double BFLOAT16 = 0x1p-8;
    /**
     * Roundings to bfloat16 between the loss and the weight farthest from it: about 60 on the way up (each convolution,
     * linear layer, norm and concatenated skip of ten blocks, and their weights), and as many on the way down.
     */
    private static final double ROUNDINGS = 120;
    private static final double LEARNING_RATE = 1e-2;
    private static final double EPS = 0.1;

    /** Every part that a network may have, in two networks. */
    static List<UNetConfig> networks() {
        return List.of(new UNetConfig(8, 1, 8, List.of(1, 2), 1, 16, "fourier", 2, "film", "nearest", List.of(4), true, 2, 2, 0.2, false),
                new UNetConfig(6, 3, 4, List.of(1, 3), 1, 12, "sinusoidal", 100, "shift", "transposed", List.of(), true, 1, 2, 0, false));
    }

    /** Numbers of one tensor. */
    private record Named(String name, double[] values) {
    }

    private record Step(double loss, double norm, List<Named> gradients, List<Named> weights, List<Named> averages) {
    }

    /** A network in training, in the current scope. */
    private static final class Training {
        final Optimiser optimiser;
        private final DenoisingScoreMatching objective;
        private final Tensor x0;

        Training(UNetConfig config) {
            Parameters parameters = Parameters.create(3);
            objective = new DenoisingScoreMatching(new NetworkScore(new ScoreUNet(config, parameters), Parametrisation.NOISE, new VpSde()),
                    Weighting.SIGMA2);
            // A network starts with zeros in its last layer, which would keep every gradient but that layer's at zero.
            Tensor last = parameters.map().get("out_conv.weight");
            last.write(Tensor.uniform(Shape.of(last.size(), 1), new RandomKey(1, 4, 0, 0)).sub(0.5).toArray());
            // With so large an eps a step is no steeper in the gradient than rate / eps.
            optimiser = new Optimiser(new Optimiser.Settings(0.9, 0.999, EPS, 0.01, 1, 0.9), parameters);
            x0 = Tensor.uniform(Shape.of(2, config.imageSize(), config.imageSize(), config.channels()), new RandomKey(1, 1, 0, 0));
        }

        Tensor loss(int step) {
            double[] times = {0.1, 0.7 + 0.01 * step};
            return objective.of(x0, times, new RandomKey(1, 2, 0, step), new RandomKey(1, 3, 0, step)).mean();
        }

        /** A whole step, of which nothing is read. */
        void run(long step) {
            try (Scope scope = Scope.open()) {
                Tensor[] g = Autograd.gradients(loss((int) step), false, optimiser.trained());
                optimiser.step(step + 1, LEARNING_RATE / (step + 1), g);
            }
        }

        List<Named> weights() {
            return named(optimiser.names(), optimiser.trained());
        }
    }

    private static Step step(Backend backend, UNetConfig config) {
        try (Scope scope = Scope.open(backend)) {
            Training training = new Training(config);
            Optimiser optimiser = training.optimiser;
            Tensor loss = training.loss(0);
            Tensor[] g = Autograd.gradients(loss, false, optimiser.trained());
            List<Named> gradients = named(optimiser.names(), g);
            optimiser.step(1, LEARNING_RATE, g);
            return new Step(loss.item(), optimiser.norm(), gradients, training.weights(),
                    named(optimiser.names(), Stream.of(optimiser.names()).map(optimiser.ema().map()::get).toArray(Tensor[]::new)));
        }
    }

    private static List<Named> named(String[] names, Tensor[] tensors) {
        List<Named> list = new ArrayList<>();
        for (int i = 0; i < names.length; i++) {
            list.add(new Named(names[i], tensors[i].toDoubles()));
        }
        return list;
    }

    private static double largest(double[] values) {
        double largest = 0;
        for (double v : values) {
            largest = Math.max(largest, Math.abs(v));
        }
        return largest;
    }

    private static void compare(String what, List<Named> expected, List<Named> actual, double relative) {
        for (int k = 0; k < expected.size(); k++) {
            double[] want = expected.get(k).values();
            double[] got = actual.get(k).values();
            double bound = relative * largest(want);
            assertTrue(relative == 0 || bound > 0, what + " " + expected.get(k).name() + " is zero");
            for (int i = 0; i < want.length; i++) {
                assertTrue(Math.abs(want[i] - got[i]) <= bound, what + " " + expected.get(k).name() + "[" + i + "]: expected " + want[i]
                        + ", got " + got[i] + ", " + Math.abs(want[i] - got[i]) / bound + " of the tolerance");
            }
        }
    }

    /** Norm of the differences of all values of two lists, without the second that of the first. */
    private static double distance(List<Named> a, List<Named> b) {
        double sum = 0;
        for (int k = 0; k < a.size(); k++) {
            for (int i = 0; i < a.get(k).values().length; i++) {
                sum += Math.pow(a.get(k).values()[i] - (b == null ? 0 : b.get(k).values()[i]), 2);
            }
        }
        return Math.sqrt(sum);
    }

    private static double relativeDistance(List<Named> expected, List<Named> actual) {
        return distance(expected, actual) / distance(expected, null);
    }

    private static Step onCpu(UNetConfig config) {
        try (CpuBackend cpu = new CpuBackend()) {
            return step(cpu, config);
        }
    }

    private static Stream<CudaBackend> backends(Precision precision) {
        return Stream.concat(Stream.of(CudaBackend.emulated(precision)), Backends.device(precision).stream());
    }

    @ParameterizedTest
    @MethodSource("networks")
    void inFloat32(UNetConfig config) {
        Step expected = onCpu(config);
        backends(Precision.FP32).forEach(backend -> {
            try (backend) {
                Step actual = step(backend, config);
                assertEquals(expected.loss(), actual.loss(), FLOAT32 * expected.loss());
                assertEquals(expected.norm(), actual.norm(), FLOAT32 * expected.norm());
                compare("gradient", expected.gradients(), actual.gradients(), FLOAT32);
                compare("weight", expected.weights(), actual.weights(), FLOAT32);
                compare("average", expected.averages(), actual.averages(), FLOAT32);
            }
        });
    }

    /**
     * A rounding is off by unit / sqrt(3) in the mean square at most, and roundings are as good as independent, so all
     * gradients together are off by sqrt(roundings / 3) units; those of one weight, often of a few numbers, by three times
     * that. The loss is a mean over all pixels, in which they even out: a few units.
     */
    @ParameterizedTest
    @MethodSource("networks")
    void inBFloat16(UNetConfig config) {
        Step expected = onCpu(config);
        double bound = Math.sqrt(ROUNDINGS / 3) * BFLOAT16;
        backends(Precision.BF16).forEach(backend -> {
            try (backend) {
                Step actual = step(backend, config);
                double loss = Math.abs(expected.loss() - actual.loss()) / expected.loss();
                assertTrue(loss <= 4 * BFLOAT16, "loss off by " + loss);
                double gradient = relativeDistance(expected.gradients(), actual.gradients());
                assertTrue(gradient <= bound, "gradient off by " + gradient + ", allowed " + bound);
                assertTrue(gradient > BFLOAT16 / 4, "gradient off by " + gradient + " only: was it computed in bfloat16?");
                for (int k = 0; k < expected.gradients().size(); k++) {
                    Named one = expected.gradients().get(k);
                    double off = relativeDistance(List.of(one), List.of(actual.gradients().get(k)));
                    assertTrue(off <= 3 * bound, "gradient of " + one.name() + " off by " + off + ", allowed " + 3 * bound);
                }
                // Clipped to norm 1 the gradients are no farther apart than twice the bound; see step for what that does.
                double weights = distance(expected.weights(), actual.weights());
                assertTrue(weights <= LEARNING_RATE / EPS * 2 * bound, "weights off by " + weights);
            }
        });
    }

    @Test
    void sameBitsTwice() {
        UNetConfig config = networks().getFirst();
        backends(Precision.BF16).forEach(backend -> {
            try (backend) {
                Step first = step(backend, config);
                Step second = step(backend, config);
                assertEquals(first.loss(), second.loss());
                compare("weight", first.weights(), second.weights(), 0);
            }
        });
    }

    /** Captured once and replayed with the numbers of each step: convolutions, products, dropout, bfloat16 weights and all. */
    @ParameterizedTest
    @EnumSource(value = Precision.class, names = {"FP32", "BF16"})
    void replayedStepsGiveTheBitsOfStepsGoneThrough(Precision precision) {
        backends(precision).forEach(backend -> {
            try (backend) {
                compare("weight", train(backend, false), train(backend, true), 0);
            }
        });
    }

    private static List<Named> train(CudaBackend backend, boolean repeat) {
        try (Scope scope = Scope.open(backend)) {
            Training training = new Training(networks().getFirst());
            try (Repeated repeated = repeat ? backend.repeated(training::run) : training::run) {
                for (int k = 0; k < 4; k++) {
                    repeated.run(k);
                }
                assertEquals(repeat, repeated.replayed());
            }
            return training.weights();
        }
    }
}
