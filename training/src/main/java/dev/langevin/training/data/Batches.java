package dev.langevin.training.data;

import dev.langevin.engine.random.Philox;

/**
 * Batches of a data set in shuffled order; batch {@code step} holds positions [step * size, (step + 1) * size). Images may be
 * flipped left to right, each time they are taken with probability 1/2.
 */
public final class Batches {
    /** "FLIP" in ASCII: no other stream of numbers has this purpose. */
    private static final int FLIP = 0x464C4950;

    private final Dataset dataset;
    private final int batch;
    private final long seed;
    private final boolean flip;
    private final Shuffle shuffle;

    /** Without flips. */
    public Batches(Dataset dataset, int batch, long seed) {
        this(dataset, batch, seed, false);
    }

    /**
     * @param dataset where examples come from
     * @param batch examples in a batch; an epoch's end may lie within one
     * @param seed the run's seed
     * @param flip whether images (H, W, C) are flipped
     */
    public Batches(Dataset dataset, int batch, long seed, boolean flip) {
        if (flip && dataset.exampleShape().length != 3) {
            throw new IllegalArgumentException("points cannot be flipped");
        }
        this.dataset = dataset;
        this.batch = batch;
        this.seed = seed;
        this.flip = flip;
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

    /** Writes batch {@code step} (from 0), a pure function of (data set, batch, seed, flip, step), into {@code into}. */
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
