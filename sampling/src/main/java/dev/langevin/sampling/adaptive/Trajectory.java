package dev.langevin.sampling.adaptive;

import dev.langevin.engine.LangevinException;
import dev.langevin.sampling.Step;
import java.util.function.DoubleFunction;

/**
 * The time and the step size of one trajectory, with the step control of Hairer, Norsett & Wanner (1993, section II.4, and
 * their DOPRI5): after a step whose error has the norm e, the next is longer by
 * <pre>0.9 e^-(1/5 - 3/4 b) e'^b, b = 0.04, within [1/5, 10]</pre>
 * with e' the norm of the accepted step before, at least 1e-4: a proportional and integral controller of log e. A step of
 * e > 1 is rejected; it is tried again at 0.9 e^-(1/5 - 3/4 b) of its length, at least 1/5, and the step after it grows no further.
 */
final class Trajectory {
    private static final double ORDER = 5;
    private static final double BETA = 0.04;
    private static final double EXPONENT = 1 / ORDER - 0.75 * BETA;
    private static final double SAFETY = 0.9;
    private static final double LEAST = 0.2;
    private static final double MOST = 10;
    private static final double LEAST_ERROR = 1e-4;
    /** A step that would leave less than this share of itself to be done goes to the end. */
    private static final double NEARLY = 0.01;

    private final double end;
    private double time;
    private double length;
    private double lastError = LEAST_ERROR;
    private boolean rejected;

    /** @param length of the first step that is tried, without sign, above 0 */
    Trajectory(double start, double end, double length) {
        this.time = start;
        this.end = end;
        this.length = length;
    }

    /**
     * The length of the first step (Hairer, Norsett & Wanner, II.4, "Starting Step Size"), at most the whole way. With it the
     * first term that is left out of an expansion of the solution is about 1/100 of the tolerance.
     *
     * @param state norm of x, |x| / (absolute + relative |x|)
     * @param slope norm of v there, in the same scale
     * @param bend norm of (v(x + h_0 v, u + h_0) - v) / h_0, in the same scale, h_0 being {@link #trial}
     */
    static double first(double state, double slope, double bend, double way) {
        double trial = trial(state, slope, way);
        double steepest = Math.max(slope, bend);
        double length = steepest <= 1e-15 ? Math.max(1e-6, 1e-3 * trial) : Math.pow(0.01 / steepest, 1 / ORDER);
        return Math.min(way, Math.min(100 * trial, length));
    }

    /** h_0: the length of the Euler step by which the second derivative is looked at. */
    static double trial(double state, double slope, double way) {
        return Math.min(way, state < 1e-5 || slope < 1e-5 ? 1e-6 : 0.01 * state / slope);
    }

    double time() {
        return time;
    }

    boolean done() {
        return time == end;
    }

    /**
     * Where the next step leads.
     *
     * @param place says a time in the message
     * @throws LangevinException when steps have become so short that time stands still
     */
    double next(DoubleFunction<String> place) {
        double left = Math.abs(end - time);
        if (length >= left / (1 + NEARLY)) {
            return end;
        }
        if (!(length > 10 * Math.ulp(time))) {
            throw new LangevinException("adaptive solver: at " + place.apply(time) + " no step is short enough for the tolerance; the score is "
                    + "not finite or not smooth there, or the tolerance is below what the numbers' precision resolves");
        }
        return time + Math.copySign(length, end - time);
    }

    /**
     * Takes notice of a step to {@code next}.
     *
     * @param error its norm; one that is not finite is a rejection
     * @return whether the step is accepted
     */
    boolean judge(double next, double error) {
        double tried = Math.abs(next - time);
        double factor = SAFETY * Math.pow(error, -EXPONENT);
        if (!(error <= 1)) {
            length = tried * (Double.isFinite(error) ? Math.max(LEAST, factor) : LEAST);
            rejected = true;
            return false;
        }
        length = tried * Math.clamp(factor * Math.pow(lastError, BETA), LEAST, rejected ? 1 : MOST);
        lastError = Math.max(error, LEAST_ERROR);
        rejected = false;
        time = next;
        return true;
    }
}
