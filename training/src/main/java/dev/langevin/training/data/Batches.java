package dev.langevin.training.data;

import dev.langevin.engine.random.Philox;

/**
 * Batches of a data set in shuffled order; batch {@code step} holds positions [step * size, (step + 1) * size). Images may be
 * flipped left to right, each time they are taken with probability 1/2, and shifted by whole pixels, drawn anew each time.
 */
public final class Batches {
    /** "FLIP" in ASCII: no other stream of numbers has this purpose. */
    private static final int FLIP = 0x464C4950;
    /** "SHIF" in ASCII, likewise. */
    private static final int SHIFT = 0x53484946;

    private final Dataset dataset;
    private final int batch;
    private final long seed;
    private final boolean flip;
    private final int shift;
    private final float[] straight; // one example
    private final Shuffle shuffle;

    /** Without flips and shifts. */
    public Batches(Dataset dataset, int batch, long seed) {
        this(dataset, batch, seed, false, 0);
    }

    /**
     * @param dataset where examples come from
     * @param batch examples in a batch; an epoch's end may lie within one
     * @param seed the run's seed
     * @param flip whether images (H, W, C) are flipped
     * @param shift the most pixels that images (H, W, C) are shifted by, up or down and left or right, every number being as likely;
     *     at least 0, below H and W. What comes in repeats the pixels of the edge
     */
    public Batches(Dataset dataset, int batch, long seed, boolean flip, int shift) {
        int[] shape = dataset.exampleShape();
        if ((flip || shift != 0) && shape.length != 3) {
            throw new IllegalArgumentException("points cannot be flipped or shifted");
        }
        if (shift < 0 || shift > 0 && shift >= Math.min(shape[0], shape[1])) {
            throw new IllegalArgumentException("a shift of " + shift + " pixels");
        }
        this.dataset = dataset;
        this.batch = batch;
        this.seed = seed;
        this.flip = flip;
        this.shift = shift;
        this.straight = new float[dataset.exampleSize()];
        this.shuffle = new Shuffle(dataset.size(), seed);
    }

    /** Shape of a batch: (batch, H, W, C) or (batch, d). */
    public int[] shape() {
        int[] example = dataset.exampleShape();
        int[] shape = new int[example.length + 1];
        shape[0] = batch;
        System.arraycopy(example, 0, shape, 1, example.length);
        return shape;
    }

    /** Writes batch {@code step} (from 0), a pure function of (data set, batch, seed, flip, shift, step), into {@code into}. */
    public void copy(long step, float[] into) {
        copy(step, into, null);
    }

    /** As above, and the class of each example into {@code labels} (batch), which may be null where nobody asks. */
    public void copy(long step, float[] into, int[] labels) {
        int length = dataset.exampleSize();
        for (int i = 0; i < batch; i++) {
            int index = shuffle.index(step * batch + i);
            dataset.copy(index, into, i * length);
            if (labels != null) {
                labels[i] = dataset.label(index);
            }
            if (flip && Philox.uniform(seed, FLIP, index, (int) step, 0) < 0.5) {
                flip(into, i * length);
            }
            if (shift > 0) {
                shift(into, i * length, pixels(index, step, 0), pixels(index, step, 1));
            }
        }
    }

    /** Uniform in -shift to shift. */
    private int pixels(int index, long step, int axis) {
        return (int) (Philox.uniform(seed, SHIFT, index, (int) step, axis) * (2 * shift + 1)) - shift;
    }

    /** Pixel (i, j) becomes what (i - down, j - right) was, or the nearest to that within the image. */
    private void shift(float[] image, int offset, int down, int right) {
        int[] shape = dataset.exampleShape();
        int channels = shape[2];
        System.arraycopy(image, offset, straight, 0, straight.length);
        for (int i = 0; i < shape[0]; i++) {
            int row = Math.clamp(i - down, 0, shape[0] - 1) * shape[1];
            for (int j = 0; j < shape[1]; j++) {
                int from = (row + Math.clamp(j - right, 0, shape[1] - 1)) * channels;
                System.arraycopy(straight, from, image, offset + (i * shape[1] + j) * channels, channels);
            }
        }
    }

    /** Changes columns: the first with the last, and so on. */
    private void flip(float[] image, int offset) {
        int[] shape = dataset.exampleShape();
        int channels = shape[2];
        for (int row = 0; row < shape[0]; row++) {
            int left = offset + row * shape[1] * channels;
            int right = left + (shape[1] - 1) * channels;
            for (; left < right; left += channels, right -= channels) {
                for (int c = 0; c < channels; c++) {
                    float held = image[left + c];
                    image[left + c] = image[right + c];
                    image[right + c] = held;
                }
            }
        }
    }
}
