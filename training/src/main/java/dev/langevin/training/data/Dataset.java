package dev.langevin.training.data;

/** Examples of one shape, each found by its number. */
public interface Dataset {
    /** Number of examples. */
    int size();

    /** Shape of one example: (H, W, C) for images, (d) for points. */
    int[] exampleShape();

    /** Writes the elements of example {@code index} in [0, size), row-major, into {@code into} from {@code offset} on. */
    void copy(int index, float[] into, int offset);

    /** Elements of one example. */
    default int exampleSize() {
        int size = 1;
        for (int length : exampleShape()) {
            size *= length;
        }
        return size;
    }
}
