package dev.langevin.sampling.likelihood;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.Jacobian;
import dev.langevin.model.score.Probe;

/** How the trace of a score's Jacobian is had: exactly, or by Hutchinson's estimate. */
@FunctionalInterface
public interface Divergence {

    /** The traces along the trajectories of one solve. */
    @FunctionalInterface
    interface Trace {
        /**
         * @param jacobian at n images (n, ...)
         * @param rows which trajectories they are on (n)
         * @return tr J of each, or an estimate of it (n)
         */
        Tensor of(Jacobian jacobian, int[] rows);
    }

    /**
     * What one solve keeps to.
     *
     * @param images (N, ...)
     * @param probes names the random numbers
     */
    Trace begin(Shape images, RandomKey probes);

    /** tr J by one product with J for each of the d numbers of an image: for few dimensions. */
    Divergence EXACT = (images, probes) -> (jacobian, rows) -> jacobian.trace();

    /**
     * v^T J v with E[v v^T] = I, without bias (Hutchinson 1990; Grathwohl et al. 2019, FFJORD). Each image has one probe v for the
     * whole solve: with a new one at each time the field would not be smooth, and steps could not keep to a tolerance.
     */
    static Divergence hutchinson(Probe probe) {
        return (images, probes) -> {
            Tensor v = probe.draw(images, probes);
            Tensor table = v.reshape(images.dim(0), -1);
            return (jacobian, rows) -> {
                Tensor chosen = table.gather(Tensor.of(Shape.of(rows.length), indices(rows)));
                return jacobian.quadratic(chosen.reshape(jacobian.x().shape()));
            };
        };
    }

    private static double[] indices(int[] rows) {
        double[] indices = new double[rows.length];
        for (int j = 0; j < rows.length; j++) {
            indices[j] = rows[j];
        }
        return indices;
    }
}
