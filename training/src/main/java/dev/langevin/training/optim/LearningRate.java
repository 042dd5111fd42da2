package dev.langevin.training.optim;

/**
 * Learning rate of each step: rises linearly over the warm-up, then stays or falls along half a cosine (Loshchilov and
 * Hutter 2017) to {@code last} times its peak at the final step.
 *
 * @param peak highest rate
 * @param warmup steps of the rise, at least 0
 * @param steps number of all steps
 * @param last share of the peak at the end, in [0, 1]; 1 for a constant rate
 */
public record LearningRate(double peak, int warmup, long steps, double last) {
    /** The rate of step {@code step}, counted from 1. */
    public double at(long step) {
        if (step <= warmup) {
            return peak * step / warmup;
        }
        double progress = Math.min(1, (double) (step - warmup) / Math.max(1, steps - warmup));
        return peak * (last + (1 - last) * (1 + Math.cos(Math.PI * progress)) / 2);
    }
}
