package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.model.score.NetworkEnergy;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Samplers;
import dev.langevin.training.SampleSheet;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.compare.MixtureDataset;
import dev.langevin.training.compare.ScoreError;
import dev.langevin.training.config.MlpConfig;
import dev.langevin.training.config.OptimiserConfig;
import dev.langevin.training.config.RunConfig;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.ImageDataset;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rows T-ESM, T-SSM and M-EBM trained through derivatives of derivatives on the CPU: points of a mixture whose score is known,
 * and crops of MNIST.
 */
class MatchingTrainingTest {
    private static final int POINT_STEPS = 250;
    private static final Dataset POINTS = new MixtureDataset(1, 50_000);

    private final int threads = Parallel.threads();

    /** Tasks as small as these gain nothing from a second thread. */
    @BeforeEach
    void oneThread() {
        Parallel.setThreads(1);
    }

    @AfterEach
    void allThreads() {
        Parallel.setThreads(threads);
    }

    private static TrainConfig config(String network, UNetConfig unet, String kind, int batch, int steps) {
        TrainConfig d = TrainConfig.defaults();
        return new TrainConfig(1, "none", network, unet, new MlpConfig(64, 2, 999), d.cnn(), d.ncsn(), d.sde(), d.objective().withKind(kind),
                new OptimiserConfig(batch, 1, 4e-3, 20, 0, 0.9, 0.999, 1e-8, 0, 1, 0.99), new RunConfig(steps, 1, 1, 1, 0), d.sampling());
    }

    private static TrainConfig points(String network, String kind) {
        return config(network, UNetConfig.defaults(), kind, 128, POINT_STEPS);
    }

    /** All steps; the memory held after a few is the memory held after all. */
    private static double[] train(Trainer trainer, CpuBackend backend, int steps) {
        double[] losses = new double[steps];
        long held = 0;
        for (int step = 1; step <= steps; step++) {
            losses[step - 1] = trainer.step(step).loss();
            assertTrue(Double.isFinite(losses[step - 1]), "loss of step " + step);
            held = step == 3 ? backend.bytesHeld() : held;
        }
        assertEquals(held, backend.bytesHeld(), "bytes held");
        return losses;
    }

    /** The root mean square error of the score, which begins at 1.06 of its size, falls to about 0.2 of it; bound 0.25. */
    @ParameterizedTest
    @ValueSource(strings = {"esm", "ssm", "ssm-vr"})
    void aNetworkLearnsTheScoreOfAMixture(String kind) {
        try (CpuBackend backend = new CpuBackend(); Trainer trainer = new Trainer(points("mlp", kind), POINTS, backend);
                Scope scope = Scope.open(backend)) {
            learn(trainer, backend, 0.25);
        }
    }

    /**
     * An energy's score has an error of about 0.17; bound 0.2. The energy itself is minus ln p but for a constant, at points that a sampler
     * drew by its score: their difference deviates by 0.17 of what ln p does; bound 0.25.
     */
    @ParameterizedTest
    @ValueSource(strings = {"dsm", "ssm-vr"})
    void anEnergyLearnsTheLogDensityOfAMixture(String kind) {
        double t = 0.25;
        int n = 400;
        try (CpuBackend backend = new CpuBackend(); Trainer trainer = new Trainer(points("energy-mlp", kind), POINTS, backend);
                Scope scope = Scope.open(backend)) {
            learn(trainer, backend, 0.2);
            NetworkScore score = trainer.averagedScore();
            NetworkEnergy energy = new NetworkEnergy(score);
            float[] x = SampleSheet.draw(score, score.sde(), Samplers.named("em"), n, new int[] {2}, SampleOptions.of(60, 5));
            double[] e = Autograd.noGrad(() -> energy.energy(Tensor.of(Shape.of(n, 2), x), t)).toDoubles();
            double[] exact = new double[n];
            double[] sum = new double[n];
            for (int i = 0; i < n; i++) {
                exact[i] = MixtureDataset.logDensity(score.sde(), new double[] {x[2 * i], x[2 * i + 1]}, t);
                sum[i] = exact[i] + e[i];
            }
            assertTrue(deviation(sum) < 0.25 * deviation(exact), deviation(sum) + " of " + deviation(exact));
        }
    }

    private static void learn(Trainer trainer, CpuBackend backend, double bound) {
        double before = error(trainer);
        train(trainer, backend, POINT_STEPS);
        double after = error(trainer);
        assertTrue(before > 0.9 && after < bound, before + " -> " + after);
    }

    private static double error(Trainer trainer) {
        return ScoreError.of(trainer.averagedScore(), trainer.averagedScore().sde(), 500).relative();
    }

    private static double deviation(double[] values) {
        double mean = 0;
        double square = 0;
        for (double v : values) {
            mean += v / values.length;
            square += v * v / values.length;
        }
        return Math.sqrt(square - mean * mean);
    }

    /**
     * 64 crops of 8 x 8 bytes: rows and columns 10 to 17 of the first 64 images of MNIST's train-images-idx3-ubyte (MD5
     * 6bbc9ace898e44ae57da46a324031adb), one after the other.
     */
    private static ImageDataset crops() throws IOException {
        try (InputStream in = MatchingTrainingTest.class.getResourceAsStream("/mnist_crops.bytes")) {
            return new ImageDataset(in.readAllBytes(), 64, 8, 8, 1);
        }
    }

    /** A U-Net with every kind of block, attention too, and the energy of one. The loss is 1 for a score of 0, as for denoising. */
    @ParameterizedTest
    @CsvSource({"unet, ssm-vr, 32, 0.6", "energy-unet, ssm-vr, 10, 0.97"})
    void aConvolutionalNetworkLearnsCropsOfMnistBySlicing(String network, String kind, int steps, double bound) throws IOException {
        UNetConfig unet = new UNetConfig(8, 1, 8, List.of(1, 2), 1, 16, "sinusoidal", 999, "film", "nearest", List.of(4), true, 2, 2, 0.1, false);
        TrainConfig config = config(network, unet, kind, 8, steps);
        try (CpuBackend backend = new CpuBackend(); Trainer trainer = new Trainer(config, crops(), backend)) {
            double[] losses = train(trainer, backend, steps);
            int few = steps / 4;
            double first = Arrays.stream(losses, 0, few).average().orElseThrow();
            double last = Arrays.stream(losses, steps - few, steps).average().orElseThrow();
            assertTrue(last < bound * first, first + " -> " + last);
            trainer.state(steps); // or it throws: every weight, moment and average is finite
        }
    }
}
