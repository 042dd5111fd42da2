package dev.langevin.tests.inverse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.editing.Interpolation;
import dev.langevin.sampling.editing.SdEdit;
import dev.langevin.sampling.guidance.ClassifierFreeGuidance;
import dev.langevin.sampling.ode.DpmSolver;
import dev.langevin.sampling.ode.Inversion;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows A-SDEDIT and A-INTERP: the ends of both are known to the bit or to the solver's error, and F-GAUSS says what lies between. */
class EditingTest {
    private static final double[] MEAN = {1, -0.5};
    private static final double[] STD = {0.5, 0.4};

    static List<Sde> sdes() {
        return Sdes.all();
    }

    @ParameterizedTest
    @MethodSource("sdes")
    void strengthsZeroAndOne(Sde sde) {
        GaussianScore score = GaussianScore.diagonal(sde, MEAN, STD);
        Sampler sampler = Samplers.named("pc");
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor image = Tensor.normal(Shape.of(3, 4, 4, 2), new RandomKey(3, 990, 0, 0));
            SampleOptions options = SampleOptions.of(5, 9);
            assertArrayEquals(image.toDoubles(), new SdEdit(sampler).edit(score, sde, image, 0, options).toDoubles(), 0);
            assertArrayEquals(sampler.sample(score, sde, image.shape(), options).toDoubles(),
                    new SdEdit(sampler).edit(score, sde, image, 1, options).toDoubles(), 0);
            assertThrows(InputException.class, () -> new SdEdit(sampler).edit(score, sde, image, 1.1, options));
        }
    }

    /** From N(a y, s^2) the exact ODE leads to a normal with a known mean and deviation: more strength, nearer to the data. */
    @ParameterizedTest
    @MethodSource("sdes")
    void strengthsBetween(Sde sde) {
        GaussianScore score = GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.5});
        double input = 3;
        int n = 4000;
        double last = input;
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor images = Tensor.full(Shape.of(n, 1), input);
            for (double strength : new double[] {0.2, 0.4, 0.6}) {
                double t = sde.samplingEpsilon() + strength * (sde.endTime() - sde.samplingEpsilon());
                double a = sde.meanCoefficient(t);
                double slope = Math.sqrt(score.covariance(sde.samplingEpsilon())[0][0] / score.covariance(t)[0][0]);
                double mean = score.flow(new double[] {a * input}, t, sde.samplingEpsilon())[0];
                Tensor edited = new SdEdit(Samplers.named("dpm-solver-3")).edit(score, sde, images, strength, SampleOptions.of(20, 1));
                double got = edited.mean(0, 1).item();
                double deviation = Math.sqrt(edited.sub(got).square().mean(0, 1).item());
                assertEquals(mean, got, 4 * slope * sde.std(t) / Math.sqrt(n) + 1e-3, sde.name() + " " + strength);
                assertEquals(slope * sde.std(t), deviation, 0.05 * slope * sde.std(t), sde.name() + " " + strength);
                assertTrue(got < last);
                last = got;
            }
        }
    }

    /** Ends reproduce; in the middle is the image of the joined noises, by the exact flow. */
    @ParameterizedTest
    @MethodSource("sdes")
    void interpolates(Sde sde) {
        GaussianScore score = GaussianScore.diagonal(sde, MEAN, STD);
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor from = Tensor.of(Shape.of(2, 2), 1.4, -0.2, 0.5, -1);
            Tensor to = Tensor.of(Shape.of(2, 2), 0.3, -0.9, 1.1, 0.1);
            List<Tensor> path = new Interpolation(new Inversion(new DpmSolver(3)))
                    .between(score, sde, from, to, new double[] {0, 0.5, 1}, SampleOptions.of(100, 1));
            assertArrayEquals(from.toDoubles(), path.get(0).toDoubles(), 1e-4);
            assertArrayEquals(to.toDoubles(), path.get(2).toDoubles(), 1e-4);
            for (int i = 0; i < 2; i++) {
                double[] p = score.flow(from.slice(0, i, i + 1).toDoubles(), sde.samplingEpsilon(), sde.endTime());
                double[] q = score.flow(to.slice(0, i, i + 1).toDoubles(), sde.samplingEpsilon(), sde.endTime());
                double u = Math.acos((p[0] * q[0] + p[1] * q[1]) / Math.hypot(p[0], p[1]) / Math.hypot(q[0], q[1]));
                double share = Math.sin(u / 2) / Math.sin(u);
                double[] middle = score.flow(new double[] {share * (p[0] + q[0]), share * (p[1] + q[1])}, sde.endTime(), sde.samplingEpsilon());
                assertArrayEquals(middle, path.get(1).slice(0, i, i + 1).toDoubles(), 1e-3, sde.name());
            }
        }
    }

    /** A guided score is followed both ways, so that the ends come back; decoded for another class, or unguided, they would not. */
    @ParameterizedTest
    @MethodSource("sdes")
    void interpolatesWithinAClass(Sde sde) {
        GaussianMixtureScore all = new GaussianMixtureScore(sde, new double[] {0.5, 0.5}, new double[][] {MEAN, {-0.6, 0.4}}, new double[][] {STD, {0.4, 0.5}});
        ScoreFunction guided = new ClassifierFreeGuidance(all.component(0), all, 2);
        Inversion inversion = new Inversion(new DpmSolver(3));
        SampleOptions options = SampleOptions.of(200, 1);
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor from = Tensor.of(Shape.of(2, 2), 1.4, -0.2, 0.5, -1);
            Tensor to = Tensor.of(Shape.of(2, 2), 0.3, -0.9, 1.1, 0.1);
            List<Tensor> path = new Interpolation(inversion).between(guided, sde, from, to, new double[] {0, 1}, options);
            assertArrayEquals(from.toDoubles(), path.get(0).toDoubles(), 1e-3, sde.name());
            assertArrayEquals(to.toDoubles(), path.get(1).toDoubles(), 1e-3, sde.name());
            Tensor noise = inversion.encode(guided, sde, from, sde.endTime(), options);
            for (ScoreFunction other : List.of(new ClassifierFreeGuidance(all.component(1), all, 2), all)) {
                Tensor back = inversion.decode(other, sde, noise, sde.endTime(), options);
                assertTrue(back.sub(from).abs().reshape(-1).max(0).item() > 0.05, sde.name());
            }
        }
    }

    /** On the great circle: the length stays, the angle is divided; parallel vectors are joined by the line. */
    @Test
    void slerp() {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor p = Tensor.of(Shape.of(2, 2), 2, 0, 1, 1);
            Tensor q = Tensor.of(Shape.of(2, 2), 0, 2, 3, 3);
            double[] got = Interpolation.slerp(p, q, 1.0 / 3).toDoubles();
            assertArrayEquals(new double[] {2 * Math.cos(Math.PI / 6), 2 * Math.sin(Math.PI / 6), 5.0 / 3, 5.0 / 3}, got, 1e-7);
            assertThrows(InputException.class, () -> Interpolation.slerp(p, q, -0.1));
        }
    }
}
