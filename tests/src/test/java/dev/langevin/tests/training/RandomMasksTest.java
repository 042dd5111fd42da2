package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.training.data.RandomMasks;
import dev.langevin.training.data.RandomMasks.Kind;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Row A-INP-COND: random masks are functions of their seed, purpose, number and step, of the shapes and the shares that they say. */
class RandomMasksTest {
    private static final int SIDE = 24;
    private static final int SIZE = SIDE * SIDE;
    private static final int DRAWS = 2000;

    private static float[] draw(RandomMasks masks, int first, int step, int n) {
        return masks.draw(7, 990, first, step, n, SIDE, SIDE);
    }

    private static double hidden(float[] masks, int i) {
        int hidden = 0;
        for (int k = i * SIZE; k < (i + 1) * SIZE; k++) {
            assertTrue(masks[k] == 0 || masks[k] == 1);
            hidden += masks[k] == 0 ? 1 : 0;
        }
        return (double) hidden / SIZE;
    }

    @Test
    void aFunctionOfSeedPurposeNumberAndStep() {
        RandomMasks masks = RandomMasks.usual();
        float[] twenty = draw(masks, 0, 3, 20);
        assertArrayEquals(twenty, draw(masks, 0, 3, 20));
        for (int first : new int[] {0, 7, 19}) {
            assertArrayEquals(Arrays.copyOfRange(twenty, first * SIZE, (first + 1) * SIZE), draw(masks, first, 3, 1));
        }
        assertFalse(Arrays.equals(twenty, draw(masks, 0, 4, 20)));
        assertFalse(Arrays.equals(twenty, draw(masks, 20, 3, 20)));
        assertFalse(Arrays.equals(twenty, masks.draw(8, 990, 0, 3, 20, SIDE, SIDE)));
        assertFalse(Arrays.equals(twenty, masks.draw(7, 991, 0, 3, 20, SIDE, SIDE)));
    }

    /** Within 4 standard errors of the mean, and of the rounding of a box's sides none: 24 pixels have whole quarters. */
    @ParameterizedTest
    @CsvSource({"BOX, 0.25, 0", "HALF, 0.5, 0", "PIXELS, 0.525, 0", "STROKES, 0.35, 0.01"})
    void theShareThatIsHidden(Kind kind, double share, double about) {
        float[] masks = draw(RandomMasks.of(kind), 0, 1, DRAWS);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < DRAWS; i++) {
            double hidden = hidden(masks, i);
            sum += hidden;
            squares += hidden * hidden;
        }
        double mean = sum / DRAWS;
        double error = Math.sqrt((squares / DRAWS - mean * mean) / DRAWS);
        assertEquals(share, mean, about + 4 * error, kind + ", standard error " + error);
    }

    /** Every pixel is known in some masks and hidden in others, a box's corners least: in 0.8 % of them. */
    @ParameterizedTest
    @EnumSource
    void everyPixelIsReached(Kind kind) {
        float[] masks = draw(RandomMasks.of(kind), 0, 1, DRAWS);
        for (int k = 0; k < SIZE; k++) {
            int known = 0;
            for (int i = 0; i < DRAWS; i++) {
                known += (int) masks[i * SIZE + k];
            }
            assertTrue(known > DRAWS / 250 && known < DRAWS - DRAWS / 250, kind + ", pixel " + k + ": known in " + known);
        }
    }

    /** What is hidden is a rectangle with sides from a quarter to three quarters. */
    @Test
    void aBoxIsARectangle() {
        float[] masks = draw(RandomMasks.of(Kind.BOX), 0, 1, 100);
        for (int i = 0; i < 100; i++) {
            int top = SIDE;
            int left = SIDE;
            int bottom = -1;
            int right = -1;
            for (int k = 0; k < SIZE; k++) {
                if (masks[i * SIZE + k] == 0) {
                    top = Math.min(top, k / SIDE);
                    bottom = Math.max(bottom, k / SIDE);
                    left = Math.min(left, k % SIDE);
                    right = Math.max(right, k % SIDE);
                }
            }
            int tall = bottom - top + 1;
            int wide = right - left + 1;
            assertEquals(hidden(masks, i) * SIZE, tall * wide, 1e-9);
            assertTrue(Math.min(tall, wide) >= SIDE / 4 && Math.max(tall, wide) <= 3 * SIDE / 4, tall + " x " + wide);
        }
    }

    /** Strokes are connected and thick, not dust: nearly every hidden pixel has at least two hidden neighbours. */
    @Test
    void strokesAreThick() {
        float[] masks = draw(RandomMasks.of(Kind.STROKES), 0, 1, 100);
        int hidden = 0;
        int thin = 0;
        for (int k = 0; k < masks.length; k++) {
            int row = k / SIDE % SIDE;
            int column = k % SIDE;
            if (masks[k] == 0) {
                int neighbours = (row > 0 && masks[k - SIDE] == 0 ? 1 : 0) + (row < SIDE - 1 && masks[k + SIDE] == 0 ? 1 : 0)
                        + (column > 0 && masks[k - 1] == 0 ? 1 : 0) + (column < SIDE - 1 && masks[k + 1] == 0 ? 1 : 0);
                hidden++;
                thin += neighbours < 2 ? 1 : 0;
            }
        }
        assertTrue(thin < 0.01 * hidden, thin + " of " + hidden);
    }

    /** Nothing known in a tenth, within 3 standard errors. */
    @Test
    void theShareOfNothingKnown() {
        int none = 0;
        int n = 5000;
        float[] masks = RandomMasks.usual().draw(7, 990, 0, 1, n, 8, 8);
        for (int i = 0; i < n; i++) {
            boolean known = false;
            for (int k = 0; k < 64; k++) {
                known |= masks[i * 64 + k] == 1;
            }
            none += known ? 0 : 1;
        }
        assertEquals(0.1, none / (double) n, 3 * Math.sqrt(0.09 / n));
        assertEquals(1, hidden(draw(new RandomMasks(1, List.of(Kind.BOX)), 0, 1, 1), 0));
    }

    @Test
    void refusals() {
        assertThrows(IllegalArgumentException.class, () -> new RandomMasks(1.5, List.of(Kind.BOX)));
        assertThrows(IllegalArgumentException.class, () -> new RandomMasks(0.5, List.of()));
    }
}
