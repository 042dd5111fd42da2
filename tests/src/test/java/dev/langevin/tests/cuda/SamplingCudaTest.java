package dev.langevin.tests.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.ClassConfig;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreUNet;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.Known;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.guidance.ClassifierFreeGuidance;
import dev.langevin.sampling.guidance.ClassifierGuidance;
import dev.langevin.sampling.guidance.GuidanceScale;
import dev.langevin.sampling.guidance.ThresholdedScore;
import dev.langevin.tests.engine.Tolerance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row P-ENG: whole samplers on CUDA. Their steps are captured once and replayed, and give the CPU's images. */
class SamplingCudaTest {
    private static final int STEPS = 7;
    private static final Shape IMAGES = Shape.of(3, 5, 5, 2);
    private static final int PIXELS = 50;
    private static final Sde SDE = Sdes.named("vp");

    private static ScoreFunction gaussian() {
        return GaussianScore.diagonal(SDE, new double[] {0.5, -0.3}, new double[] {0.6, 0.8});
    }

    static ScoreFunction network() {
        UNetConfig config = new UNetConfig(4, 1, 4, List.of(1, 2), 1, 8, "fourier", 16, "film", "nearest", List.of(2), true, 2, 2, 0.2, false);
        return new NetworkScore(new ScoreUNet(config, Parameters.create(3)), Parametrisation.NOISE, SDE);
    }

    private static NetworkScore conditional() {
        UNetConfig config = new UNetConfig(4, 1, 4, List.of(1, 2), 1, 8, "fourier", 16, "film", "nearest", List.of(2), true, 2, 2, 0.2, false)
                .withClasses(new ClassConfig(3, "embedding", 1));
        ScoreUNet unet = new ScoreUNet(config, Parameters.create(3));
        for (Tensor p : unet.parameters().map().values()) { // some start at 0, and would hide the class
            p.write(Tensor.normal(p.shape(), new RandomKey(1, 2, 0, p.size())).mul(0.3).toArray());
        }
        return new NetworkScore(unet, Parametrisation.NOISE, SDE);
    }

    private static ScoreFunction told() {
        UNetConfig config = new UNetConfig(4, 1, 4, List.of(1, 2), 1, 8, "fourier", 16, "film", "nearest", List.of(2), true, 2, 2, 0.2, false).withInpainting(true);
        Tensor mask = Tensor.uniform(Shape.of(3, 4, 4, 1), new RandomKey(1, 3, 0, 0)).greater(Tensor.scalar(0.5));
        return new NetworkScore(new ScoreUNet(config, Parameters.create(3)), Parametrisation.NOISE, SDE)
                .given(Known.of(Tensor.normal(Shape.of(3, 4, 4, 1), new RandomKey(1, 2, 0, 0)), mask));
    }

    /** A linear classifier of three classes, of images of 16 pixels. */
    private static ScoreFunction guided() {
        Tensor weights = Tensor.normal(Shape.of(16, 3), new RandomKey(1, 1, 0, 0));
        return new ClassifierGuidance(conditional(), (x, t) -> x.reshape(x.dim(0), 16).matmul(weights), new int[] {2, 0, 1}, GuidanceScale.constant(0.5));
    }

    /** What is drawn, in the scope of the drawing. */
    interface Drawing {
        void draw(SampleOptions options);
    }

    private static List<float[]> trace(Backend backend, Supplier<ScoreFunction> score, String sampler, Shape shape, int first, int steps, Runnable watch) {
        return trace(backend, options -> Samplers.named(sampler).sample(score.get(), SDE, shape, options.withFirstImage(first)), steps, watch);
    }

    /** The state after each step, the prior first; {@code watch} hears of each. */
    private static List<float[]> trace(Backend backend, Drawing drawing, int steps, Runnable watch) {
        List<float[]> states = new ArrayList<>();
        try (Scope scope = Scope.open(backend)) {
            drawing.draw(SampleOptions.of(steps, 11).withListener((step, of, t, x) -> {
                states.add(x.toArray());
                watch.run();
            }));
        }
        return states;
    }

    private static double[] doubles(float[] values) {
        double[] wide = new double[values.length];
        Arrays.setAll(wide, i -> values[i]);
        return wide;
    }

    private static void follows(Supplier<ScoreFunction> score, String sampler, Shape shape, int steps, int warmup, double roundings) {
        follows(options -> Samplers.named(sampler).sample(score.get(), SDE, shape, options), sampler, steps, steps, warmup, roundings);
    }

    /**
     * Follows the CPU: a step is a chain of a number of roundings, none of them of more than the largest state so far,
     * and the steps themselves, towards a density that is wider than none, carry differences on without enlarging them.
     *
     * @param asked steps that are asked for
     * @param steps steps that a listener hears of
     * @param warmup steps at the start that issue other ops than the rest
     * @return the last state on the CPU, and on CUDA
     */
    static float[][] follows(Drawing drawing, String sampler, int asked, int steps, int warmup, double roundings) {
        WatchedRuntime watched = new WatchedRuntime();
        List<WatchedRuntime.Work> work = new ArrayList<>();
        List<float[]> expected;
        List<float[]> actual;
        try (CpuBackend cpu = new CpuBackend(); CudaBackend cuda = watched.backend(Precision.FP32)) {
            expected = trace(cpu, drawing, asked, () -> { });
            actual = trace(cuda, drawing, asked, () -> work.add(watched.take()));
        }
        double largest = 0;
        assertEquals(steps + 1, actual.size());
        for (int k = 0; k <= steps; k++) {
            for (float v : expected.get(k)) {
                largest = Math.max(largest, Math.abs(v));
            }
            Tolerance.largest(roundings * (k + 1), largest).check(sampler + ", state " + k, doubles(expected.get(k)), doubles(actual.get(k)), null);
        }
        // After the warm-up one step is as written, one is captured and launched, and the last is another than they.
        int captured = warmup + 2;
        assertEquals(1, work.get(captured).captures());
        assertEquals(1, work.get(captured).replays());
        for (int k = captured + 1; k < steps; k++) {
            assertTrue(work.get(k).isReplay(), sampler + ", step " + k + ": " + work.get(k));
        }
        assertTrue(work.get(steps).launches() > 0 && work.get(steps).replays() == 0, work.get(steps).toString());
        return new float[][] {expected.getLast(), actual.getLast()};
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "em", "ode-heun", "dpmpp-2m", "dpmpp-2m-sde", "ancestral+ald", "srk2", "srk4", "annealed-langevin"})
    void exactScoreFollowsTheCpu(String sampler) {
        follows(SamplingCudaTest::gaussian, sampler, IMAGES, STEPS, 0, 30);
    }

    /** Guidance of both kinds, with a class for each image: what a step differentiates is captured with it. */
    @Test
    void guidanceFollowsTheCpu() {
        Shape images = Shape.of(3, 4, 4, 1);
        follows(() -> new ClassifierFreeGuidance(conditional().given(0, 2, 1), conditional(), 2), "em", images, STEPS, 0, 300);
        follows(SamplingCudaTest::guided, "em", images, STEPS, 0, 300);
    }

    /** A network that is told a part of each image: the parts are made once, before the steps that are replayed. */
    @Test
    void inpaintingFollowsTheCpu() {
        follows(SamplingCudaTest::told, "em", Shape.of(3, 4, 4, 1), STEPS, 0, 300);
    }

    /** Its first step has nothing to correct, so it is not the one that the others repeat. */
    @Test
    void uniPcFollowsTheCpu() {
        follows(SamplingCudaTest::gaussian, "unipc", IMAGES, STEPS, 1, 60);
    }

    /** The quantile is found by counting on the device, so a step that bounds its images is replayed like any other. */
    @Test
    void thresholdingFollowsTheCpu() {
        follows(() -> ThresholdedScore.dynamic(gaussian(), SDE, 80), "dpmpp-2m", Shape.of(2, 2, 2, 2), 4, 0, 60);
    }

    /** Each evaluation of the network is off by up to 1e-5 of its largest value, as in TrainingStepTest, twice in Heun's step. */
    @ParameterizedTest
    @ValueSource(strings = {"pc", "ode-heun"})
    void networkFollowsTheCpu(String sampler) {
        follows(SamplingCudaTest::network, sampler, Shape.of(2, 4, 4, 1), 5, 0, 2 * 2e-5 / Tolerance.UNIT);
    }

    /** Also where it is the first of a batch of one, whose steps are captured apart. */
    @ParameterizedTest
    @ValueSource(strings = {"pc", "em", "ode-heun"})
    void imageDoesNotDependOnItsBatch(String sampler) {
        try (CudaBackend cuda = CudaBackend.emulated(Precision.FP32)) {
            float[] together = trace(cuda, SamplingCudaTest::gaussian, sampler, IMAGES, 0, STEPS, () -> { }).getLast();
            for (int i = 0; i < 3; i++) {
                float[] alone = trace(cuda, SamplingCudaTest::gaussian, sampler, Shape.of(1, 5, 5, 2), i, STEPS, () -> { }).getLast();
                assertArrayEquals(Arrays.copyOfRange(together, i * PIXELS, (i + 1) * PIXELS), alone, "image " + i);
            }
            assertFalse(Arrays.equals(Arrays.copyOf(together, PIXELS), Arrays.copyOfRange(together, PIXELS, 2 * PIXELS)));
        }
    }

    /** Samplers one after another, of several batch sizes, hold no more memory than the first round of them. */
    @Test
    void memoryStaysFlat() {
        try (CudaBackend cuda = new WatchedRuntime().backend(Precision.FP32)) {
            long held = -1;
            long free = -1;
            for (int round = 0; round < 3; round++) {
                for (int images = 1; images <= 3; images++) {
                    trace(cuda, SamplingCudaTest::gaussian, "pc", Shape.of(images, 5, 5, 2), 0, 4, () -> { });
                }
                assertTrue(round == 0 || held == cuda.bytesHeld() && free == cuda.runtime().memory()[0], "round " + round);
                held = cuda.bytesHeld();
                free = cuda.runtime().memory()[0];
            }
        }
    }
}
