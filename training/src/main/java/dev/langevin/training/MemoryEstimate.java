package dev.langevin.training;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapesOnly;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.model.nn.Parameters;
import dev.langevin.training.data.Dataset;
import java.util.Arrays;

/**
 * The memory that a training takes on the CPU, in bytes. It is not calculated but seen: a step is gone through, and a score asked
 * once as a sampler does, with tensors that have no elements ({@link ShapesOnly}). What kernels use for themselves is not in it.
 *
 * @param weights the network's weights, their moving averages, and the optimiser's moments
 * @param work what else a step needs at most: activations, gradients
 * @param data the examples
 */
public record MemoryEstimate(long weights, long work, long data) {
    /** @param examples are of the shape that the network takes */
    public static MemoryEstimate of(TrainConfig config, Dataset examples) {
        try (CpuBackend cpu = new CpuBackend(); ShapesOnly backend = new ShapesOnly(cpu.kernels(), Float.BYTES);
                Trainer trainer = new Trainer(config, examples, backend, Parameters.zeros())) {
            long weights = backend.bytesHeld();
            trainer.step(1);
            int[] example = examples.exampleShape();
            if (!config.isClassifier()) {
                draw(trainer, config, example, backend);
            }
            // Points are computed when they are asked for.
            long data = example.length == 3 ? (long) examples.size() * examples.exampleSize() : 0;
            return new MemoryEstimate(weights, backend.bytesHeld() - weights, data);
        }
    }

    /** Asks for the score once, of as many examples as a sampler draws together. */
    private static void draw(Trainer trainer, TrainConfig config, int[] example, Backend backend) {
        int[] drawn = new int[example.length + 1];
        drawn[0] = Math.min(config.sampling().n(), SampleSheet.BATCH);
        System.arraycopy(example, 0, drawn, 1, example.length);
        try (Scope scope = Scope.open(backend)) {
            double[] times = new double[drawn[0]];
            Arrays.fill(times, trainer.averagedScore().sde().endTime());
            Tensor x = Tensor.zeros(Shape.of(drawn));
            Autograd.noGrad(() -> trainer.averagedScore().score(x, times));
        }
    }

    public long total() {
        return weights + work + data;
    }

    /** @throws InputException when it is more than {@code limit} bytes */
    public void check(long limit) {
        if (total() > limit) {
            throw new InputException(this + String.format("; the JVM may use %,d MiB: use a smaller network or optimiser.batch, more optimiser.micro-batches, "
                    + "fewer images or a smaller sampling.n, or give it more (LANGEVIN_OPTS=-Xmx12g)", limit >> 20));
        }
    }

    @Override
    public String toString() {
        return String.format("training takes about %,d MiB: %,d for weights and optimiser, %,d for activations and gradients, %,d for data", total() >> 20,
                weights >> 20, work >> 20, data >> 20);
    }
}
