package dev.langevin.tests.guidance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.Philox;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.nn.ClassConfig;
import dev.langevin.model.nn.ClassifierNetwork;
import dev.langevin.model.nn.NoiseLabel;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.nn.UNetClassifier;
import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.score.NetworkClassifier;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.VpSde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.guidance.ClassifierGuidance;
import dev.langevin.sampling.guidance.GuidanceScale;
import dev.langevin.tests.training.TinyRuns;
import dev.langevin.training.ClassifierAccuracy;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.ImageDataset;
import dev.langevin.training.loss.NoisyClassification;
import dev.langevin.training.loss.Objective;
import dev.langevin.training.loss.Times;
import dev.langevin.training.optim.Optimiser;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Row N-NCLF: the network that classifies noisy data, its objective and its training. */
class NoisyClassifierTest {
    private static final Sde SDE = new VpSde();
    private static final double[] WEIGHTS = {0.4, 0.6};
    private static final double[][] MEANS = {{-0.6, 0.45}, {0.4, -0.3}};
    private static final double[][] STDS = {{0.4, 0.6}, {0.5, 0.3}};

    private final Backend backend = new CpuBackend();
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Scope.open(backend);
    }

    @AfterEach
    void close() {
        scope.close();
        backend.close();
    }

    private static GaussianMixtureScore mixture() {
        return new GaussianMixtureScore(SDE, WEIGHTS, MEANS, STDS);
    }

    /** Points of the mixture, each with its component. */
    private record Points(int seed, int size) implements Dataset {
        @Override
        public int[] exampleShape() {
            return new int[] {2};
        }

        @Override
        public int classes() {
            return 2;
        }

        @Override
        public int label(int index) {
            return Philox.uniform(seed, 1, index, 0, 0) < WEIGHTS[0] ? 0 : 1;
        }

        @Override
        public void copy(int index, float[] into, int offset) {
            int y = label(index);
            for (int j = 0; j < 2; j++) {
                into[offset + j] = (float) (MEANS[y][j] + STDS[y][j] * Philox.normal(seed, 2, index, 0, j));
            }
        }
    }

    /** The network for points, whose two outputs are taken as two logits. */
    private record Mlp(ScoreMlp network) implements ClassifierNetwork {
        @Override
        public Tensor logits(Tensor x, Tensor t, RandomKey dropout) {
            return network.forward(x, t, dropout);
        }

        @Override
        public NoiseLabel noise() {
            return network.noise();
        }

        @Override
        public int classes() {
            return 2;
        }

        @Override
        public Parameters parameters() {
            return network.parameters();
        }
    }

    /** Trained on draws alone, it becomes the exact posterior at every noise level, and guides as that does. */
    @Test
    void becomesTheExactPosterior() {
        Mlp network = new Mlp(new ScoreMlp(2, 32, 2, 20, Parameters.create(3)));
        NetworkClassifier classifier = new NetworkClassifier(network, SDE);
        Optimiser optimiser = new Optimiser(new Optimiser.Settings(0.9, 0.999, 1e-8, 0, 1, 0.99), network.parameters());
        Points data = new Points(5, Integer.MAX_VALUE);
        int n = 256;
        int steps = 700;
        for (int step = 1; step <= steps; step++) {
            float[] points = new float[2 * n];
            int[] labels = new int[n];
            for (int i = 0; i < n; i++) {
                data.copy(step * n + i, points, 2 * i);
                labels[i] = data.label(step * n + i);
            }
            try (Scope inner = Scope.open()) {
                double[] t = Times.STRATIFIED.draw(SDE, 1, step, 0, n, n);
                Objective.Loss loss = new NoisyClassification(classifier).given(labels).of(Tensor.of(Shape.of(n, 2), points), t,
                        new RandomKey(1, 3, 0, step), null);
                optimiser.step(step, 1e-2 * (1 - (step - 1.0) / steps), Autograd.backward(loss.mean(), optimiser.trained()));
            }
        }
        float[] clean = new float[2 * 500];
        for (int i = 0; i < 500; i++) {
            new Points(6, 500).copy(i, clean, 2 * i);
        }
        for (double t : new double[] {0.001, 0.1, 0.3, 0.6, 1}) {
            double[] times = new double[500];
            Arrays.fill(times, t);
            Tensor x = Tensor.of(Shape.of(500, 2), clean).mul(SDE.meanCoefficient(t)).add(Tensor.normal(Shape.of(500, 2), new RandomKey(1, 4, 0, 0)).mul(SDE.std(t)));
            double[] exact = mixture().logProbabilities(x, times).exp().toDoubles();
            double[] learnt = classifier.logProbabilities(x, times).exp().toDoubles();
            double error = 0;
            for (int i = 0; i < exact.length; i++) {
                error += Math.abs(exact[i] - learnt[i]) / exact.length;
            }
            assertTrue(error < 0.03, "mean error of the probability at t = " + t + ": " + error);
        }
        ClassifierGuidance guided = new ClassifierGuidance(mixture(), classifier, new int[] {0}, GuidanceScale.constant(1));
        double[] samples = Autograd.noGrad(() -> Samplers.named("edm").sample(guided, SDE, Shape.of(1000, 2), SampleOptions.of(20, 3)).toDoubles());
        for (int j = 0; j < 2; j++) {
            double mean = 0;
            for (int i = 0; i < 1000; i++) {
                mean += samples[2 * i + j] / 1000;
            }
            assertEquals(MEANS[0][j], mean, 0.1, "mean of class 0 under the learnt classifier");
        }
    }

    /** The loss is the cross-entropy of the exact posterior where that is the classifier; each example's share is whether it is wrong. */
    @Test
    void accuracyFallsWithNoise() {
        double[] times = {0.001, 0.1, 0.3, 1};
        double[] accuracy = ClassifierAccuracy.measure(mixture(), SDE, new Points(7, 4000), 4000, times, 1);
        for (int k = 1; k < times.length; k++) {
            assertTrue(accuracy[k] < accuracy[k - 1], Arrays.toString(accuracy));
        }
        // Without noise Bayes' classifier is right as often as the likelier component's responsibility says.
        double bayes = 0;
        float[] point = new float[2];
        for (int i = 0; i < 4000; i++) {
            new Points(8, 4000).copy(i, point, 0);
            double[] r = mixture().responsibilities(new double[] {point[0], point[1]}, 0.001);
            bayes += Math.max(r[0], r[1]) / 4000;
        }
        assertEquals(bayes, accuracy[0], 0.025); // 3 standard errors of each
        assertEquals(WEIGHTS[1], accuracy[3], 0.025); // where all is noise, the more frequent class is the guess
    }

    private static TrainConfig config(int microBatches) {
        TrainConfig c = TinyRuns.config("classifier", microBatches, 1e-2, 60);
        return c.withUnet(c.unet().withClasses(new ClassConfig(3, "embedding", 1)));
    }

    /** Images of a grey that is their class's, with a little noise. */
    private static Dataset greys() {
        byte[] pixels = new byte[30 * 64];
        byte[] labels = new byte[30];
        for (int i = 0; i < pixels.length; i++) {
            labels[i / 64] = (byte) (i / 64 % 3);
            pixels[i] = (byte) (30 + 80 * (i / 64 % 3) + 20 * Philox.uniform(1, 9, i / 64, 0, i % 64));
        }
        return new ImageDataset(pixels, 30, 8, 8, 1).labelled(labels, 3);
    }

    /** Every weight has a gradient, the time and the image reach the output, and the classes are its columns. */
    @Test
    void everyWeightCounts() {
        UNetClassifier network = new UNetClassifier(config(1).unet(), Parameters.create(3));
        Tensor x = Tensor.normal(Shape.of(2, 8, 8, 1), new RandomKey(1, 1, 0, 0));
        Tensor logits = network.logits(x, Tensor.of(Shape.of(2), 0.2, 0.7), null);
        assertEquals(Shape.of(2, 3), logits.shape());
        assertFalse(Arrays.equals(logits.toArray(), network.logits(x, Tensor.of(Shape.of(2), 0.3, 0.7), null).toArray()));
        network.parameters().map().forEach((name, weight) -> {
            if (weight.requiresGrad()) {
                Tensor again = network.logits(x, Tensor.of(Shape.of(2), 0.2, 0.7), null).mul(Tensor.of(Shape.of(1, 3), 1, -2, 0.5)).sum();
                assertTrue(Autograd.gradients(again, false, weight)[0].abs().max().item() > 0, name);
            }
        });
        assertThrows(InputException.class, () -> new UNetClassifier(TinyRuns.config("unet").unet(), Parameters.create(3)));
    }

    /** As a run trains it: the loss falls, the errors are 0 and 1, micro-batches are one batch, a resumed run keeps its bits. */
    @Test
    void trains() {
        Dataset data = greys();
        config(1).check(data);
        try (Trainer trainer = new Trainer(config(1), data, backend); Trainer parts = new Trainer(config(2), data, backend)) {
            Trainer.StepResult one = trainer.step(1);
            assertEquals(Math.log(3), one.loss(), 0.6);
            Trainer.StepResult two = parts.step(1);
            assertEquals(one.loss(), two.loss(), 1e-5);
            for (float e : one.errors()) {
                assertTrue(e == 0 || e == 1);
            }
            Map<String, Safetensors.Entry> first = trainer.state(1);
            double second = trainer.step(2).loss();
            double late = 0;
            for (int step = 3; step <= 60; step++) {
                late += step > 40 ? trainer.step(step).loss() / 20 : 0 * trainer.step(step).loss();
            }
            assertTrue(late < 0.9 * Math.log(3), "loss " + late);
            trainer.restore(first, "test");
            assertEquals(second, trainer.step(2).loss());
            assertThrows(InputException.class, trainer::averagedScore);
            assertArrayEquals(new int[] {4, 3}, trainer.averagedClassifier().logits(Tensor.zeros(Shape.of(4, 8, 8, 1)), new double[] {0.1, 0.2, 0.3, 1}).shape().dims());
        }
    }

    @Test
    void whatCannotBeTrainedIsRefused() {
        TrainConfig none = TinyRuns.config("classifier");
        assertTrue(assertThrows(InputException.class, () -> none.check(TinyRuns.labelled(3))).getMessage().contains("unet.classes.number 0"));
        assertTrue(assertThrows(InputException.class, () -> config(1).check(TinyRuns.data("unet"))).getMessage().contains("without classes"));
        assertThrows(InputException.class, () -> TinyRuns.config("energy-classifier"));
    }
}
