package dev.langevin.training.data;

import dev.langevin.engine.random.Philox;
import java.util.Arrays;
import java.util.List;

/**
 * Masks of images, drawn at random: what a network that fills in what is hidden is trained with, of many shapes so that it can be asked
 * of any (Saharia et al. 2022, "Palette", appendix on inpainting, uses rectangles and free-form strokes). A pure function of its arguments.
 *
 * @param nothing share of the masks, in [0, 1], under which nothing is known; the other kinds have equal shares of the rest
 * @param kinds at least one
 */
public record RandomMasks(double nothing, List<Kind> kinds) {

    /** What is hidden. */
    public enum Kind {
        /** A rectangle anywhere, each side from a quarter to three quarters of the image's: a quarter of the area in the mean. */
        BOX {
            @Override
            void hide(float[] mask, int height, int width, Numbers numbers) {
                int tall = side(height, numbers.next());
                int wide = side(width, numbers.next());
                int top = (int) (numbers.next() * (height - tall + 1));
                int left = (int) (numbers.next() * (width - wide + 1));
                for (int row = top; row < top + tall; row++) {
                    Arrays.fill(mask, row * width + left, row * width + left + wide, 0);
                }
            }

            private int side(int length, double u) {
                return Math.max(1, (int) Math.round(length * (0.25 + 0.5 * u)));
            }
        },
        /** One side of a line of any direction, which passes the middle at up to three tenths of the image's size: half of the area in the mean. */
        HALF {
            @Override
            void hide(float[] mask, int height, int width, Numbers numbers) {
                double angle = 2 * Math.PI * numbers.next();
                double offset = 0.6 * numbers.next() - 0.3;
                for (int i = 0; i < mask.length; i++) {
                    double y = (i / width + 0.5) / height - 0.5;
                    double x = (i % width + 0.5) / width - 0.5;
                    if (Math.cos(angle) * x + Math.sin(angle) * y < offset) {
                        mask[i] = 0;
                    }
                }
            }
        },
        /** Pixels, independently, with a probability that is itself uniform in [0.1, 0.95]: 0.525 of the area in the mean. */
        PIXELS {
            @Override
            void hide(float[] mask, int height, int width, Numbers numbers) {
                double share = 0.1 + 0.85 * numbers.next();
                for (int i = 0; i < mask.length; i++) {
                    if (numbers.next() < share) {
                        mask[i] = 0;
                    }
                }
            }
        },
        /**
         * What a free hand wipes out with a brush: one to four strokes, each a walk whose direction changes a little at every step, as long as
         * half to one and a half times the image's size, a twelfth to a sixth of it wide at either side of the walk. About a third of the area in the mean.
         */
        STROKES {
            @Override
            void hide(float[] mask, int height, int width, Numbers numbers) {
                int strokes = 1 + (int) (4 * numbers.next());
                for (int i = 0; i < strokes; i++) {
                    stroke(mask, height, width, numbers);
                }
            }

            private void stroke(float[] mask, int height, int width, Numbers numbers) {
                double size = Math.min(height, width);
                double radius = size * (1 + numbers.next()) / 12;
                double y = height * numbers.next();
                double x = width * numbers.next();
                double angle = 2 * Math.PI * numbers.next();
                int steps = (int) Math.ceil(size * (0.5 + numbers.next()));
                for (int step = 0; step < steps; step++) {
                    dab(mask, height, width, y, x, radius);
                    angle += TURN * (2 * numbers.next() - 1);
                    // A walk that leaves the image goes on along its edge until it has turned.
                    y = Math.clamp(y + Math.sin(angle), 0, height);
                    x = Math.clamp(x + Math.cos(angle), 0, width);
                }
            }

            /** The pixels whose middle is within {@code radius} of (y, x). */
            private void dab(float[] mask, int height, int width, double y, double x, double radius) {
                int last = Math.min(height - 1, (int) (y + radius));
                for (int row = Math.max(0, (int) (y - radius)); row <= last; row++) {
                    for (int column = Math.max(0, (int) (x - radius)); column <= Math.min(width - 1, (int) (x + radius)); column++) {
                        if (Math.hypot(row + 0.5 - y, column + 0.5 - x) <= radius) {
                            mask[row * width + column] = 0;
                        }
                    }
                }
            }
        };

        /** Most that a stroke turns in a step of one pixel, in radians. */
        private static final double TURN = 0.5;

        /** Sets what is hidden of {@code mask} (height, width), in which all is known, to 0. */
        abstract void hide(float[] mask, int height, int width, Numbers numbers);
    }

    public RandomMasks {
        kinds = List.copyOf(kinds);
        if (!(nothing >= 0 && nothing <= 1) || kinds.isEmpty()) {
            throw new IllegalArgumentException("masks: a share of " + nothing + " and " + kinds.size() + " kinds");
        }
    }

    /** Every kind, and nothing known in a tenth: one network is the unconditional score too, as with dropped labels. */
    public static RandomMasks usual() {
        return new RandomMasks(0.1, List.of(Kind.values()));
    }

    /** Masks of one kind. */
    public static RandomMasks of(Kind kind) {
        return new RandomMasks(0, List.of(kind));
    }

    /**
     * Masks of images {@code [first, first + n)}, each a function of the seed, the purpose, its own number and the step alone.
     *
     * @param purpose what the random numbers are for; no other use may have it
     * @param step number of the training step
     * @return 1 where a pixel is known, else 0: n masks of height times width, row-major, one after the other
     */
    public float[] draw(long seed, int purpose, int first, int step, int n, int height, int width) {
        float[] masks = new float[n * height * width];
        float[] mask = new float[height * width];
        for (int i = 0; i < n; i++) {
            draw(mask, height, width, new Numbers(seed, purpose, first + i, step));
            System.arraycopy(mask, 0, masks, i * mask.length, mask.length);
        }
        return masks;
    }

    private void draw(float[] mask, int height, int width, Numbers numbers) {
        double u = numbers.next();
        Arrays.fill(mask, u < nothing ? 0 : 1);
        if (u >= nothing) {
            int kind = (int) ((u - nothing) / (1 - nothing) * kinds.size());
            kinds.get(kind).hide(mask, height, width, numbers);
        }
    }

    /** The uniform numbers of one mask, one after the other. */
    private static final class Numbers {
        private final long seed;
        private final int purpose;
        private final int image;
        private final int step;
        private final int[] words = new int[4];
        private int taken;

        Numbers(long seed, int purpose, int image, int step) {
            this.seed = seed;
            this.purpose = purpose;
            this.image = image;
            this.step = step;
        }

        /** In (0, 1). */
        double next() {
            if ((taken & 3) == 0) {
                Philox.block(seed, purpose, image, step, taken >>> 2, words);
            }
            return Philox.unit(words[taken++ & 3]);
        }
    }
}
