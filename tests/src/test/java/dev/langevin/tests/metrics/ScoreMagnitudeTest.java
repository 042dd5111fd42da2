package dev.langevin.tests.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.metrics.ScoreMagnitude;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Row Q-SCOREMAG: the score's magnitude against noise, on F-GAUSS, where E |score|^2 = d / (a^2 0.25 + s^2). */
class ScoreMagnitudeTest {
    private static final int IMAGES = 200;
    private static final int DRAWS = 64;

    @Test
    void asOnTheLineUnderMuchNoiseAndAsTheDataUnderLittle() {
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Tensor data = Tensor.normal(Shape.of(IMAGES, DRAWS, 1), new RandomKey(1, 901, 0, 0)).mul(0.5).add(1);
            for (Sde sde : Sdes.all()) {
                double[] times = {sde.samplingEpsilon(), 0.1 * sde.endTime(), 0.5 * sde.endTime(), sde.endTime()};
                GaussianScore score = new GaussianScore(sde, new double[] {1}, new double[][] {{0.25}});
                ScoreMagnitude[] found = ScoreMagnitude.of(score, sde, data, 2, times);
                for (int i = 0; i < times.length; i++) {
                    double a = sde.meanCoefficient(times[i]);
                    double s = sde.std(times[i]);
                    double expected = Math.sqrt(DRAWS / (a * a * 0.25 + s * s));
                    // The squares' mean has a relative standard error of sqrt(2 / (200 * 64)), its root half of that.
                    assertEquals(expected, found[i].rootMeanSquare(), 4 * 0.5 * Math.sqrt(2.0 / (IMAGES * DRAWS)) * expected, sde.name() + " at " + times[i]);
                    assertEquals(Math.sqrt(DRAWS) / s, found[i].line(), 1e-12 * found[i].line());
                }
                assertTrue(found[0].rootMeanSquare() < 0.2 * found[0].line(), Arrays.toString(found));
                assertEquals(found[3].line(), found[3].rootMeanSquare(), 0.03 * found[3].line());
            }
        }
    }
}
