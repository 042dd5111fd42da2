package dev.langevin.benchmarks.gpu;

import dev.langevin.engine.Shape;
import dev.langevin.training.data.Dataset;
import java.util.Random;

/** Examples of random numbers in [-1, 1], for work whose time and memory do not depend on what the data are. */
record RandomImages(float[] values, int[] exampleShape) implements Dataset {
    RandomImages(int size, int[] exampleShape) {
        this(new float[size * Shape.of(exampleShape).size()], exampleShape);
        Random random = new Random(1);
        for (int i = 0; i < values.length; i++) {
            values[i] = 2 * random.nextFloat() - 1;
        }
    }

    @Override
    public int size() {
        return values.length / exampleSize();
    }

    @Override
    public void copy(int index, float[] into, int offset) {
        System.arraycopy(values, index * exampleSize(), into, offset, exampleSize());
    }
}
