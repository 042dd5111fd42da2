package dev.langevin.sampling.verify;

/**
 * Mean and covariance of samples.
 *
 * @param count M
 * @param mean (d)
 * @param covariance (d, d), divided by M
 */
record Moments(int count, double[] mean, double[][] covariance) {

    /** @param samples (M, d), row-major */
    static Moments of(double[] samples, int d) {
        int m = samples.length / d;
        double[] mean = new double[d];
        for (int i = 0; i < samples.length; i++) {
            mean[i % d] += samples[i] / m;
        }
        double[][] covariance = new double[d][d];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < d; j++) {
                for (int k = 0; k < d; k++) {
                    covariance[j][k] += (samples[i * d + j] - mean[j]) * (samples[i * d + k] - mean[k]) / m;
                }
            }
        }
        return new Moments(m, mean, covariance);
    }

    /** |mean - exact| / |exact|. */
    double meanError(double[] exact) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < exact.length; i++) {
            difference += square(mean[i] - exact[i]);
            size += square(exact[i]);
        }
        return Math.sqrt(difference / size);
    }

    /**
     * Half of the relative error of the covariance in the Frobenius norm, which in one dimension is the relative error of
     * the standard deviation to first order.
     */
    double deviationError(double[][] exact) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < exact.length; i++) {
            for (int j = 0; j < exact.length; j++) {
                difference += square(covariance[i][j] - exact[i][j]);
                size += square(exact[i][j]);
            }
        }
        return 0.5 * Math.sqrt(difference / size);
    }

    private static double square(double v) {
        return v * v;
    }
}
