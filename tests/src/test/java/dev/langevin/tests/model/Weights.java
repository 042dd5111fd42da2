package dev.langevin.tests.model;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.Philox;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.ScoreNetwork;
import java.util.Map;

/** Weights for tests. */
final class Weights {
    private Weights() {
    }

    /** Convolutions that start at zero, which would hide what comes before them, get numbers like any others'. */
    static void perturbZeros(ScoreNetwork net) {
        for (Map.Entry<String, Tensor> p : net.parameters().map().entrySet()) {
            Tensor weight = p.getValue();
            if (weight.rank() == 4 && weight.abs().max().item() == 0) {
                double bound = 1 / Math.sqrt(weight.size() / (double) weight.dim(0));
                weight.write(Tensor.uniform(Shape.of(1, weight.size()), new RandomKey(5, 5, 0, p.getKey().hashCode())).sub(0.5).mul(2 * bound).toArray());
            }
        }
    }

    /** Normal numbers of the given deviation, others for each name. */
    static void normal(Map.Entry<String, Tensor> p, double std) {
        float[] values = new float[p.getValue().size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (std * Philox.normal(6, 6, 0, p.getKey().hashCode(), i));
        }
        p.getValue().write(values);
    }
}
