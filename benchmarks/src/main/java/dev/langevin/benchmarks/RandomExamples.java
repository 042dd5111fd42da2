package dev.langevin.benchmarks;

import dev.langevin.engine.Shape;
import dev.langevin.training.data.Dataset;
import java.util.SplittableRandom;

/**
 * Random numbers in [-1, 1), for work whose time and memory do not depend on what the data are.
 *
 * @param values examples one after the other
 */
public record RandomExamples(float[] values, int[] exampleShape) implements Dataset {
    public RandomExamples(int size, int[] exampleShape) {
        this(new float[size * Shape.of(exampleShape).size()], exampleShape);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
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
