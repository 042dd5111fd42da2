package dev.langevin.model.sde;

import dev.langevin.engine.InputException;

/**
 * The sigmoid schedule, abar(t) = (S(b) - S(u)) / (S(b) - S(a)) with S(u) = 1 / (1 + exp(-u)), a = start / tau, b = end / tau and
 * u = a + t (b - a) (Jabri, Fleet and Chen 2022; Chen 2023, algorithm 1), held at the rate 999 for the last 0.1 % of the time.
 *
 * <p>By S(b) - S(u) = sinh((b - u)/2) / (2 cosh(b/2) cosh(u/2)), no digit cancels at either end:
 * beta = (b - a) cosh(b/2) / (2 cosh(u/2) sinh((b - u)/2)).
 *
 * @param start below end
 * @param end a larger one ends with more of the time in noise
 * @param tau above 0; smaller is steeper
 */
public record SigmoidBeta(double start, double end, double tau) implements ClippedBeta {

    /** Beyond it the sigmoid is flat in double precision. */
    private static final double FLAT = 30;

    public SigmoidBeta {
        if (!(tau > 0 && start < end && Math.abs(start / tau) <= FLAT && Math.abs(end / tau) <= FLAT)) {
            throw new InputException("sigmoid schedule: start " + start + ", end " + end + ", tau " + tau
                    + ", expected start < end, tau > 0, and both ends within 30 tau of 0");
        }
    }

    /** From -3 to 3 with tau = 1. */
    public SigmoidBeta() {
        this(-3, 3, 1);
    }

    @Override
    public String name() {
        return "sigmoid";
    }

    @Override
    public double unclipped(double t) {
        return width() * Math.cosh(0.5 * b()) / (2 * Math.cosh(0.5 * u(t)) * Math.sinh(0.5 * width() * (1 - t)));
    }

    /** -ln (1 - (S(u) - S(a)) / (S(b) - S(a))). */
    @Override
    public double unclippedIntegral(double t) {
        double lost = Math.sinh(0.5 * width() * t) * Math.cosh(0.5 * b()) / (Math.cosh(0.5 * u(t)) * Math.sinh(0.5 * width()));
        return -Math.log1p(-lost);
    }

    /** Where 2 cosh(u/2) sinh((b - u)/2) = sinh(b/2) + sinh(b/2 - u) is (b - a) cosh(b/2) / 999. */
    @Override
    public double clipTime() {
        double x = Math.sinh(0.5 * b()) - width() * Math.cosh(0.5 * b()) / LARGEST_RATE;
        double arsinh = Math.copySign(Math.log(Math.abs(x) + Math.sqrt(x * x + 1)), x);
        return (0.5 * b() + arsinh - start / tau) / width();
    }

    private double b() {
        return end / tau;
    }

    private double u(double t) {
        return start / tau + t * width();
    }

    private double width() {
        return (end - start) / tau;
    }
}
