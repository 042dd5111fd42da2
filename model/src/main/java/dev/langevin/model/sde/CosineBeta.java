package dev.langevin.model.sde;

import dev.langevin.engine.InputException;

/**
 * The cosine schedule, abar(t) = cos^2(theta(t)) / cos^2(theta(0)) with theta(t) = (pi/2) (t + s) / (1 + s) (Nichol and Dhariwal
 * 2021, equation 17), so beta(t) = -(ln abar)' = pi / (1 + s) tan(theta(t)), held at 999 for the last 0.2 % of the time.
 *
 * @param offset s in [0, 1]: keeps the rate above 0 at t = 0
 */
public record CosineBeta(double offset) implements ClippedBeta {

    public CosineBeta {
        if (!(offset >= 0 && offset <= 1)) {
            throw new InputException("cosine schedule: offset " + offset + ", expected 0 to 1");
        }
    }

    /** s = 0.008, as in the paper. */
    public CosineBeta() {
        this(0.008);
    }

    @Override
    public String name() {
        return "cosine";
    }

    @Override
    public double unclipped(double t) {
        return Math.PI / (1 + offset) * Math.tan(angle(t));
    }

    /** -2 ln (cos(theta(0) + delta) / cos theta(0)) with delta = theta(t) - theta(0), written so that a small t keeps its digits. */
    @Override
    public double unclippedIntegral(double t) {
        double delta = 0.5 * Math.PI * t / (1 + offset);
        double half = Math.sin(0.5 * delta);
        return -2 * Math.log1p(-2 * half * half - Math.tan(angle(0)) * Math.sin(delta));
    }

    @Override
    public double clipTime() {
        return Math.atan(LARGEST_RATE * (1 + offset) / Math.PI) * (1 + offset) * 2 / Math.PI - offset;
    }

    private double angle(double t) {
        return 0.5 * Math.PI * (t + offset) / (1 + offset);
    }
}
