package dev.langevin.benchmarks;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.update.AdamStep;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * Clipping by global norm, Adam and moving average of 5 million weights in 20 tensors. Gradient, weight, two moments and
 * average are read, all but the first written: 36 bytes a weight.
 */
public class AdamBenchmark extends OnCpu {
    private static final int TENSORS = 20;
    private static final int ELEMENTS = 250_000;

    private Tensor[] operands;
    private long step;

    @Override
    void prepare() {
        Tensor[] gradients = new Tensor[TENSORS];
        Arrays.setAll(gradients, i -> random(1, ELEMENTS).reshape(ELEMENTS));
        operands = AdamStep.operands(zeros(), zeros(), zeros(), zeros(), Tensor.zeros(Shape.SCALAR), gradients);
    }

    private static Tensor[] zeros() {
        Tensor[] tensors = new Tensor[TENSORS];
        Arrays.setAll(tensors, i -> Tensor.zeros(Shape.of(ELEMENTS)));
        return tensors;
    }

    @Benchmark
    public void step(Bytes moved) {
        new AdamStep(TENSORS, 1e-3, 0.9, 0.999, 1e-8, 0, ++step, 1, 0.999).apply(operands);
        moved.gigabyte += 36e-9 * TENSORS * ELEMENTS;
    }
}
