package dev.langevin.model.sde;

/**
 * The family that holds VP and VE alike, x(t) = scale(t) (x(0) + sigma(t) n) with n standard normal, so a = scale, s = scale sigma,
 * f = scale' / scale and g = scale sqrt(2 sigma' sigma) (Karras et al. 2022, equations 2 to 4 and appendix B.1). Any scale and any
 * growing sigma make a process: VE is scale = 1, VP is scale = 1 / sqrt(1 + sigma^2).
 *
 * <p>The chain's steps are the exact transitions: {@link VpSde}'s differ from them by O(dt^2).
 *
 * @param name for messages
 * @param scale scale(t), 1 at t = 0 and not increasing
 * @param level sigma(t), growing, 0 or little at t = 0
 * @param endTime T
 * @param samplingEpsilon the time at which sampling stops
 */
public record ScaledSde(String name, Scale scale, Level level, double endTime, double samplingEpsilon) implements Sde {

    /** scale(t), by its logarithm. */
    public interface Scale {

        /** ln scale(t). */
        double log(double t);

        /** scale'(t) / scale(t). */
        double logSlope(double t);
    }

    /** sigma(t), in units of the data. */
    public interface Level {

        double sigma(double t);

        /** (sigma^2)' = 2 sigma' sigma at t: finite where sigma starts as sqrt(t). */
        double varianceRate(double t);
    }

    /** scale = 1, over [0, 1]: {@link VeSde} for a geometric sigma. */
    public static ScaledSde varianceExploding(Level level) {
        return new ScaledSde("ve", UNSCALED, level, 1, 1e-5);
    }

    /** scale = 1 / sqrt(1 + sigma^2), over [0, 1]: {@link VpSde} for sigma^2 = exp(B) - 1. */
    public static ScaledSde variancePreserving(Level level) {
        return new ScaledSde("vp", new Scale() {
            @Override
            public double log(double t) {
                double sigma = level.sigma(t);
                return -0.5 * Math.log1p(sigma * sigma);
            }

            @Override
            public double logSlope(double t) {
                double sigma = level.sigma(t);
                return -0.5 * level.varianceRate(t) / (1 + sigma * sigma);
            }
        }, level, 1, 1e-3);
    }

    /** The process of Karras et al. 2022: scale = 1 and sigma(t) = t, over [0, sigmaMax]; in the paper to 80. */
    public static ScaledSde edm(double sigmaMax) {
        return new ScaledSde("edm", UNSCALED, new Level() {
            @Override
            public double sigma(double t) {
                return t;
            }

            @Override
            public double varianceRate(double t) {
                return 2 * t;
            }
        }, sigmaMax, 2e-3);
    }

    private static final Scale UNSCALED = new Scale() {
        @Override
        public double log(double t) {
            return 0;
        }

        @Override
        public double logSlope(double t) {
            return 0;
        }
    };

    @Override
    public double logMeanCoefficient(double t) {
        return scale.log(t);
    }

    @Override
    public double sigma(double t) {
        return level.sigma(t);
    }

    @Override
    public double std(double t) {
        return meanCoefficient(t) * level.sigma(t);
    }

    @Override
    public double drift(double t) {
        return scale.logSlope(t);
    }

    @Override
    public double diffusion(double t) {
        return meanCoefficient(t) * Math.sqrt(level.varianceRate(t));
    }

    /** scale(T) sigma(T). */
    @Override
    public double priorStd() {
        return std(endTime);
    }

    @Override
    public double alpha(double t, double dt) {
        return Math.exp(2 * (scale.log(t) - scale.log(t - dt)));
    }

    /** scale^2(t) (sigma^2(t) - sigma^2(t - dt)). */
    @Override
    public double stepVariance(double t, double dt) {
        double after = level.sigma(t);
        double before = level.sigma(t - dt);
        return Math.exp(2 * scale.log(t)) * (after - before) * (after + before);
    }
}
