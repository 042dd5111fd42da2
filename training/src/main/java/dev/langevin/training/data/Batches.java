package dev.langevin.training.data;

/** Batches of a data set in shuffled order; batch {@code step} holds positions [step * size, (step + 1) * size). */
public final class Batches {
    private final Dataset dataset;
    private final int batch;
    private final Shuffle shuffle;

    /**
     * @param dataset where examples come from
     * @param batch examples in a batch; an epoch's end may lie within one
     * @param seed the run's seed
     */
    public Batches(Dataset dataset, int batch, long seed) {
        this.dataset = dataset;
        this.batch = batch;
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

    /** Writes batch {@code step} (from 0), a pure function of (data set, batch, seed, step), into {@code into}. */
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
        }
    }
}
