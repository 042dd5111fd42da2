package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.CountingScore;
import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.score.Probe;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.VpSde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.adaptive.Tolerance;
import dev.langevin.sampling.guidance.ThresholdedScore;
import dev.langevin.sampling.guidance.ThresholdedScore;
import dev.langevin.sampling.likelihood.Divergence;
import dev.langevin.sampling.likelihood.OdeLikelihood;
import dev.langevin.training.SampleSheet;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Row G-COND: a score with a class for each image keeps the two together, whatever a sampler makes of the batch. */
class ConditionsTest {
    private static final Sde SDE = new VpSde();
    private static final double[][] MEANS = {{-0.8, 0.5}, {0.7, 0.6}, {0.1, -0.9}};
    private static final double[] EQUAL = {0.1, 0.1, 0.1};
    /** As different as can be, so that some images arrive long before others and leave the batch of an adaptive solver. */
    private static final double[] UNEQUAL = {0.15, 0.003, 0.04};
    private static final int N = 67; // more than are drawn together

    private static final int D = 16; // numbers in an image: enough for the step sizes of correctors

    /** The exact score of N(mean of the image's class, its variance), the mean being that of a point over and over again. */
    private record Labelled(double[] stds, int... labels) implements ScoreFunction {
        @Override
        public Tensor score(Tensor x, double t) {
            double[] means = new double[x.size()];
            Arrays.setAll(means, i -> SDE.meanCoefficient(t) * MEANS[labels[i / D]][i % 2]);
            double[] variances = new double[x.size()];
            Arrays.setAll(variances, i -> Math.pow(SDE.meanCoefficient(t) * stds[labels[i / D]], 2) + Math.pow(SDE.std(t), 2));
            return Tensor.of(x.shape(), means).sub(x).div(Tensor.of(x.shape(), variances));
        }

        @Override
        public Labelled forImages(int... rows) {
            return new Labelled(stds, Arrays.stream(rows).map(row -> labels[row]).toArray());
        }
    }

    private static Labelled labelled(double[] stds) {
        return new Labelled(stds, IntStream.range(0, N).map(i -> i * 7 % 3).toArray());
    }

    static Stream<String> samplers() {
        return Samplers.names().stream().filter(name -> !name.equals("none+langevin"));
    }

    /** Root mean square of image i less the mean of its class. */
    private static double distance(float[] images, int i) {
        double[] mean = MEANS[labelled(EQUAL).labels[i]];
        double sum = 0;
        for (int j = 0; j < D; j++) {
            sum += Math.pow(images[D * i + j] - mean[j % 2], 2);
        }
        return Math.sqrt(sum / D);
    }

    /** Each is near the mean of its class, and alone has the bits that it has among all. */
    @ParameterizedTest
    @MethodSource("samplers")
    void eachImageHasItsOwnClass(String name) {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            SampleOptions options = SampleOptions.of(40, 5);
            Labelled score = labelled(Samplers.named(name).adaptive() ? UNEQUAL : EQUAL);
            CountingScore counted = new CountingScore(score);
            float[] all = SampleSheet.draw(counted, SDE, Samplers.named(name), N, new int[] {D}, options);
            for (int i = 0; i < N; i++) {
                double distance = distance(all, i);
                assertTrue(distance < 0.4, name + ": image " + i + " is " + distance + " from its class"); // classes are 1.1 apart
            }
            for (int i : List.of(0, 1, 2, 40, 63, 65)) {
                float[] alone = SampleSheet.draw(score.forImages(i), SDE, Samplers.named(name), 1, new int[] {D}, options.withFirstImage(i));
                assertArrayEquals(Arrays.copyOfRange(all, D * i, D * (i + 1)), alone, name + ": image " + i);
            }
            assertTrue(counted.evaluations() > 0 && counted.images() >= counted.evaluations());
        }
    }

    /** Bounded scores too; data within [-1, 1] are left as they are. */
    @Test
    void boundedScoresKeepTheirClasses() {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            for (String name : List.of("rk45", "adaptive-sde", "em")) {
                float[] all = SampleSheet.draw(ThresholdedScore.clipped(labelled(EQUAL), SDE), SDE, Samplers.named(name), N, new int[] {D}, SampleOptions.of(40, 5));
                for (int i = 0; i < N; i++) {
                    assertTrue(distance(all, i) < 0.4, name + ": image " + i);
                }
            }
        }
    }

    /** ln p of each image is that of its own class. */
    @Test
    void likelihoodsAreOfTheirClass() {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            int n = 6;
            Labelled score = labelled(UNEQUAL).forImages(0, 1, 2, 3, 4, 5);
            double[] means = new double[n * D];
            double[] stds = new double[n * D];
            Arrays.setAll(means, i -> MEANS[score.labels[i / D]][i % 2]);
            Arrays.setAll(stds, i -> UNEQUAL[score.labels[i / D]]);
            Tensor x = Tensor.normal(Shape.of(n, D), new RandomKey(1, 1, 0, 0)).mul(Tensor.of(Shape.of(n, D), stds)).add(Tensor.of(Shape.of(n, D), means));
            OdeLikelihood method = new OdeLikelihood(SDE, Tolerance.of(1e-8), Divergence.hutchinson(Probe.RADEMACHER));
            double[] nats = method.of(score, x, new RandomKey(1, 2, 0, 0), share -> { }).nats();
            for (int i = 0; i < n; i++) {
                double[] mean = new double[D];
                int label = score.labels[i];
                Arrays.setAll(mean, j -> MEANS[label][j % 2]);
                double[] image = Arrays.copyOfRange(x.toDoubles(), D * i, D * (i + 1));
                double std = UNEQUAL[label];
                GaussianMixtureScore exact = GaussianMixtureScore.isotropic(SDE, new double[] {1}, new double[][] {mean}, new double[] {std});
                double far = 0;
                for (int j = 0; j < D; j++) {
                    far += Math.abs(image[j] - mean[j]) / std;
                }
                // The prior's mean is 0, and that of the marginal at T it stands for a(T) times the class's.
                assertEquals(exact.logDensity(image, method.eps()), nats[i], SDE.meanCoefficient(1) * far + 0.03, "image " + i);
            }
        }
    }
}
