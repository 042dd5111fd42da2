package dev.langevin.model.sde;

import dev.langevin.engine.InputException;

/**
 * A linear stochastic differential equation dx = f(t) x dt + g(t) dw that turns data at t = 0 into noise at
 * t = {@link #endTime()} (Song et al. 2021, "Score-Based Generative Modeling through Stochastic Differential
 * Equations", section 3). Given x(0), x(t) is normal with mean a(t) x(0) and variance s(t)^2 in every coordinate.
 *
 * <p>Every function is a scalar of t in double; none knows of tensors. Two identities tie them together for every member
 * and every t in (0, T]: (ln a)' = f and (s^2)' = 2 f s^2 + g^2.
 *
 * <p>The last two functions describe one step of the discrete chain that the SDE is the limit of,
 * x(t) = sqrt(alpha) x(t - dt) + sqrt(v) z; the reverse-diffusion predictor and the Langevin corrector need them.
 */
public interface Sde {

    /** The name by which the command line and {@link Sdes} know this SDE. */
    String name();

    /** ln a(t), at most 0; t in [0, T]. */
    double logMeanCoefficient(double t);

    /** a(t), in (0, 1]: the factor by which the mean of x(t) given x(0) has shrunk. */
    default double meanCoefficient(double t) {
        return Math.exp(logMeanCoefficient(t));
    }

    /** s(t) >= 0: the standard deviation of each coordinate of x(t) given x(0). */
    double std(double t);

    /**
     * sigma(t) = s(t) / a(t), growing with t: the noise level of the common form x(t) = a(t) (x(0) + sigma(t) z), in which
     * every member of the family is the same process at another pace (Karras et al. 2022, section 2).
     */
    default double sigma(double t) {
        return std(t) / meanCoefficient(t);
    }

    /**
     * The time with sigma(t) = {@code sigma}, by bisection in double.
     *
     * @throws InputException when no t in [0, T] has it
     */
    default double time(double sigma) {
        double low = 0;
        double high = endTime();
        if (!(sigma >= sigma(low) && sigma <= sigma(high))) {
            throw new InputException("noise level " + sigma + ": the " + name() + " process goes from " + sigma(low) + " to " + sigma(high));
        }
        for (double middle = 0.5 * (low + high); middle > low && middle < high; middle = 0.5 * (low + high)) {
            if (sigma(middle) < sigma) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    /** f(t), per unit of time: the drift of the forward SDE is f(t) x. */
    double drift(double t);

    /** g(t) >= 0, per square root of a unit of time: the diffusion coefficient of the forward SDE. */
    double diffusion(double t);

    /** The standard deviation of the prior N(0, priorStd^2 I) that sampling starts from at t = T. */
    double priorStd();

    /** T: the time at which noise has replaced the data. */
    default double endTime() {
        return 1;
    }

    /** The smallest t that training draws; at t = 0 itself the score of the kernel may not exist. */
    default double trainingEpsilon() {
        return 1e-5;
    }

    /** The time at which sampling stops. */
    double samplingEpsilon();

    /**
     * alpha in (0, 1]: the squared factor by which the chain's step from t - dt to t shrinks the signal.
     *
     * @param dt length of the step, in (0, t]
     */
    double alpha(double t, double dt);

    /**
     * v >= 0: the variance of the noise that the chain's step from t - dt to t adds.
     *
     * @param dt length of the step, in (0, t]
     */
    double stepVariance(double t, double dt);
}
