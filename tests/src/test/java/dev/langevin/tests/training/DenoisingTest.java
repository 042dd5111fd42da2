package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.training.Denoising;
import org.junit.jupiter.api.Test;

/** Row A-DENOISE: the time whose noise has a given deviation. */
class DenoisingTest {
    @Test
    void theTimeOfADeviation() {
        for (Sde sde : Sdes.all()) {
            for (double t : new double[] {sde.trainingEpsilon(), 1e-4, 0.01, 0.5, sde.endTime()}) {
                double sigma = Denoising.sigma(sde, t);
                // Bisection ends at neighbouring doubles; sigma(t) itself is known to a few units of its last place.
                assertEquals(sigma, Denoising.sigma(sde, Denoising.time(sde, sigma)), 1e-13 * sigma, sde.name() + " at " + t);
            }
        }
    }

    @Test
    void deviationsThatNobodyTrainedForAreRefused() {
        for (Sde sde : Sdes.all()) {
            for (double sigma : new double[] {0, -1, Double.NaN, 0.99 * Denoising.sigma(sde, sde.trainingEpsilon()), 1.01 * Denoising.sigma(sde, sde.endTime())}) {
                assertThrows(InputException.class, () -> Denoising.time(sde, sigma), sde.name() + " " + sigma);
            }
        }
    }
}
