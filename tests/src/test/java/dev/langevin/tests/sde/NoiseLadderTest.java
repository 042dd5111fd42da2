package dev.langevin.tests.sde;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.NoiseLadder;
import dev.langevin.model.sde.VeSde;
import org.junit.jupiter.api.Test;

/** Row M-NCSN: the discrete noise levels are geometric, their ratio constant to 1e-12, and the ends exact. */
class NoiseLadderTest {

    /** The settings of Song and Ermon 2019 (L = 10) and 2020 (L = 232), and others. */
    @Test
    void isGeometric() {
        for (NoiseLadder ladder : new NoiseLadder[] {new NoiseLadder(1, 0.01, 10), new NoiseLadder(50, 0.01, 232),
            new NoiseLadder(2, 1.9, 2), new NoiseLadder(348, 0.002, 1000)}) {
            int last = ladder.levels() - 1;
            assertEquals(ladder.sigmaMax(), ladder.level(0), 0);
            assertEquals(ladder.sigmaMin(), ladder.level(last), 0);
            double ratio = Math.pow(ladder.sigmaMax() / ladder.sigmaMin(), 1.0 / last);
            assertEquals(ratio, ladder.ratio(), 1e-12 * ratio);
            for (int i = 0; i < last; i++) {
                assertEquals(ratio, ladder.level(i) / ladder.level(i + 1), 1e-12 * ratio, ladder + " at " + i);
            }
        }
    }

    /** The VE SDE at evenly spaced times, last to first, has the ladder's deviations. */
    @Test
    void isTheGridOfTheVeSde() {
        NoiseLadder ladder = new NoiseLadder(50, 0.01, 232);
        VeSde sde = new VeSde(0.01, 50);
        for (int i = 0; i < 232; i++) {
            double t = (231 - i) / 231.0;
            assertEquals(sde.std(t), ladder.level(i), 1e-12 * sde.std(t));
        }
    }

    @Test
    void refusesWhatItCannotBe() {
        assertThrows(InputException.class, () -> new NoiseLadder(1, 1, 10));
        assertThrows(InputException.class, () -> new NoiseLadder(1, 0, 10));
        assertThrows(InputException.class, () -> new NoiseLadder(Double.NaN, 0.1, 10));
        assertThrows(InputException.class, () -> new NoiseLadder(1, 0.1, 1));
        assertThrows(InputException.class, () -> new NoiseLadder(1, 0.1, 5).level(5));
        assertThrows(InputException.class, () -> new NoiseLadder(1, 0.1, 5).level(-1));
    }
}
