package dev.langevin.sampling.adaptive;

import dev.langevin.engine.Tensor;

/** The right side of dx/du = v(x, u), for trajectories that are each at a time u of their own. */
@FunctionalInterface
public interface VectorField {

    /**
     * @param x (n, m): n states, row j on trajectory {@code rows[j]}
     * @param u the time of each row (n)
     * @param rows which trajectories, by their numbers in the start (n): for what a field keeps for each of them
     * @return v (n, m), in the current scope; row j depends on row j alone
     */
    Tensor at(Tensor x, double[] u, int[] rows);

    /** A time, for messages. */
    default String place(double u) {
        return "time " + u;
    }
}
