package dev.langevin.sampling;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Keeps copies of a sampler's state at evenly spread steps, the start and the result among them: a denoising strip. */
public final class Snapshots implements SampleListener {

    /**
     * One copy.
     *
     * @param step steps done before it was taken
     * @param t its time
     * @param shape (N, ...)
     * @param values row-major
     */
    public record Snapshot(int step, double t, Shape shape, float[] values) {
    }

    private final int count;
    private final List<Snapshot> taken = new ArrayList<>();

    /** @param count how many to take, at least 2; fewer are taken when the sampler has fewer steps */
    public Snapshots(int count) {
        if (count < 2) {
            throw new InputException("snapshots: expected at least 2, got " + count);
        }
        this.count = count;
    }

    @Override
    public void at(int step, int steps, double t, Tensor x) {
        if (step == 0 || place(step, steps) > place(step - 1, steps)) {
            taken.add(new Snapshot(step, t, x.shape(), x.toArray()));
        }
    }

    /** In the order of the steps, from noise to image. */
    public List<Snapshot> taken() {
        return List.copyOf(taken);
    }

    /** How many of the {@code count - 1} equal stretches are behind this step. */
    private long place(int step, int steps) {
        return (long) step * (count - 1) / steps;
    }
}
