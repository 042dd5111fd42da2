package dev.langevin.cli;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.data.Dataset;

/** The work of {@code bench train-step} and {@code bench forward}: a preset's network on random data. */
final class NetworkBench implements AutoCloseable {
    private static final RandomKey DATA = new RandomKey(1, 0xBE4C, 0, 0);

    private final Trainer trainer;
    private final Shape batch;
    private long step;

    NetworkBench(TrainConfig config, Backend backend) {
        int[] example = config.exampleShape();
        int[] dims = new int[example.length + 1];
        dims[0] = config.optimiser().batch();
        System.arraycopy(example, 0, dims, 1, example.length);
        batch = Shape.of(dims);
        float[] values;
        try (Scope scope = Scope.open(backend)) {
            values = Tensor.uniform(batch, DATA).mul(2).sub(1).toArray();
        }
        trainer = new Trainer(config, new Values(values, example, config.classes()), backend);
    }

    long parameters() {
        return trainer.parameterCount();
    }

    void trainStep() {
        trainer.step(++step);
    }

    void forward() {
        Autograd.noGrad(() -> {
            try (Scope scope = Scope.open()) {
                return trainer.averagedScore().score(Tensor.normal(batch, DATA), 0.5).toArray();
            }
        });
    }

    @Override
    public void close() {
        trainer.close();
    }

    /** Examples one after the other in memory. */
    private record Values(float[] values, int[] exampleShape, int classes) implements Dataset {
        @Override
        public int label(int index) {
            return index % classes;
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
}
