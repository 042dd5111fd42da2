package dev.langevin.benchmarks.gpu;

import dev.langevin.training.data.Dataset;
import java.util.Random;

/** Examples of random numbers in [-1, 1], for work whose time and memory do not depend on what the data are. */
record RandomImages(int size, int[] exampleShape) implements Dataset {
    @Override
    public void copy(int index, float[] into, int offset) {
        Random random = new Random(index);
        for (int i = 0; i < exampleSize(); i++) {
            into[offset + i] = 2 * random.nextFloat() - 1;
        }
    }
}
