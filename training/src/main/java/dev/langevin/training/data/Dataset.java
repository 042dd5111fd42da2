package dev.langevin.training.data;

/** Examples of one shape, each found by its number. */
public interface Dataset {
    /** Number of examples. */
    int size();

    /** Shape of one example: (H, W, C) for images, (d) for points. */
    int[] exampleShape();

    /** Writes the elements of example {@code index} in [0, size), row-major, into {@code into} from {@code offset} on. */
    void copy(int index, float[] into, int offset);

    /** K, the number of classes that examples are of; 0 for examples without labels. */
    default int classes() {
        return 0;
    }

    /** The class of example {@code index}, in [0, {@link #classes}); not to be asked of examples without labels. */
    default int label(int index) {
        throw new IllegalStateException("example " + index + " has no label");
    }

    /** Elements of one example. */
    default int exampleSize() {
        int size = 1;
        for (int length : exampleShape()) {
            size *= length;
        }
        return size;
    }
}
