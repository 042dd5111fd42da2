package dev.langevin.tests.cuda;

import static dev.langevin.tests.cuda.SamplingCudaTest.follows;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.inverse.BlockAverage;
import dev.langevin.sampling.inverse.Blur;
import dev.langevin.sampling.inverse.GreyProjection;
import dev.langevin.sampling.inverse.LinearOperator;
import dev.langevin.sampling.inverse.Mask;
import dev.langevin.sampling.inverse.MatrixOperator;
import dev.langevin.sampling.inverse.PartialIsometry;
import dev.langevin.sampling.inverse.PosteriorScore;
import dev.langevin.sampling.inverse.RePaint;
import dev.langevin.sampling.inverse.Replacement;
import dev.langevin.sampling.stochastic.Ancestral;
import dev.langevin.tests.engine.Tolerance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows A-INPAINT, A-REPAINT, A-COLOR, A-SR, A-INV on CUDA (P-ENG): steps with a measurement in them are captured once and replayed, and give the CPU's images. */
class ConstrainedCudaTest {
    private static final Sde SDE = Sdes.named("vp");
    private static final Shape COLOURS = Shape.of(2, 4, 4, 3);

    private static ScoreFunction gaussian() {
        return GaussianScore.diagonal(SDE, new double[] {0.5, -0.3, 0.1}, new double[] {0.6, 0.8, 0.5});
    }

    private static LinearOperator operator(String name, Shape images) {
        return switch (name) {
            case "mask" -> new Mask(Tensor.uniform(Shape.of(images.dim(0), images.dim(1), images.dim(2), 1), new RandomKey(1, 1, 0, 0)).greater(Tensor.scalar(0.5)));
            case "grey" -> new GreyProjection();
            case "blocks" -> new BlockAverage(2);
            case "blur" -> new Blur(images.dim(1), images.dim(2), 0.8);
            default -> MatrixOperator.random(9, Shape.of(images.dim(1), images.dim(2), images.dim(3)), 1);
        };
    }

    private static Tensor measured(LinearOperator operator, Shape images) {
        return operator.apply(Tensor.normal(images, new RandomKey(2, 1, 0, 0)).mul(0.5));
    }

    private static SampleOptions replacing(SampleOptions options, String name) {
        PartialIsometry operator = (PartialIsometry) operator(name, COLOURS);
        return options.withConstraint(new Replacement(operator, measured(operator, COLOURS)));
    }

    /** Known pixels of a mask are the given ones, to the bit. */
    private static void knownIsKept(String name, float[][] last) {
        if (name.equals("mask")) {
            try (CpuBackend cpu = new CpuBackend(); Scope scope = Scope.open(cpu)) {
                LinearOperator mask = operator(name, COLOURS);
                Tensor known = mask.apply(Tensor.full(COLOURS, 1));
                for (float[] image : last) {
                    assertArrayEquals(measured(mask, COLOURS).add(0).toArray(), Tensor.of(COLOURS, image).mul(known).add(0).toArray()); // no zeros below 0
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"mask, pc", "mask, ode-heun", "grey, em", "blocks, dpmpp-2m-sde"})
    void replacementFollowsTheCpu(String name, String sampler) {
        knownIsKept(name, follows(options -> Samplers.named(sampler).sample(gaussian(), SDE, COLOURS, replacing(options, name)), sampler, 7, 7, 0, 60));
    }

    /** Stretches of two steps, each gone through twice and noised back between, are what is captured. */
    @ParameterizedTest
    @ValueSource(strings = {"mask", "grey"})
    void rePaintFollowsTheCpu(String name) {
        RePaint sampler = new RePaint(new Ancestral(Ancestral.Variance.POSTERIOR), 2, 2);
        knownIsKept(name, follows(options -> sampler.sample(gaussian(), SDE, COLOURS, replacing(options, name)), "repaint", 12, 6, 0, 60));
    }

    /** Conjugate gradients and the way back through the denoiser are part of the step. */
    @ParameterizedTest
    @ValueSource(strings = {"mask", "blur", "projections"})
    void posteriorFollowsTheCpu(String name) {
        follows(options -> {
            LinearOperator operator = operator(name, COLOURS);
            ScoreFunction score = PosteriorScore.isotropic(gaussian(), SDE, operator, measured(operator, COLOURS), 0.5, 0.6);
            Samplers.named("em").sample(score, SDE, COLOURS, options);
        }, "em, posterior", 5, 5, 0, 300);
    }

    @Test
    void posteriorOfANetworkFollowsTheCpu() {
        Shape images = Shape.of(2, 4, 4, 1);
        follows(options -> {
            LinearOperator operator = operator("mask", images);
            ScoreFunction score = PosteriorScore.isotropic(SamplingCudaTest.network(), SDE, operator, measured(operator, images), 0.5, 0.6);
            Samplers.named("em").sample(score, SDE, images, options);
        }, "em, posterior of a network", 5, 5, 0, 4 * 2e-5 / Tolerance.UNIT);
    }
}
