package dev.langevin.sampling.adaptive;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;

/**
 * How large the local error of a step may be: its estimate e is measured as the root mean square over the coordinates of
 * e_i / (absolute + relative max(|x_i|, |x'_i|)), x' being the state that the step leads to (Hairer, Norsett & Wanner 1993,
 * "Solving Ordinary Differential Equations I", equations II.4.10 and 4.11). Steps of at most 1 are accepted.
 *
 * <p>States in float32 resolve no relative tolerance below {@value #LEAST_OF_FLOAT}. Measured on exact scores: end points are
 * within it down to there, and from 1e-7 on stay some 5e-7 off whatever the tolerance, while the evaluations go on growing. A score
 * that is computed in bfloat16 or TF32 is rougher than that by itself.
 *
 * @param relative to a coordinate's size, above 0
 * @param absolute in units of the state, above 0
 */
public record Tolerance(double relative, double absolute) {
    /** The least relative tolerance of states in float32. */
    public static final double LEAST_OF_FLOAT = 1e-6;
    /** 1 plus this is 1 in float32 and not in double. */
    private static final double FINE = 0x1p-40;

    public Tolerance {
        if (!(relative > 0 && absolute > 0 && relative < 1 && Double.isFinite(absolute))) {
            throw new InputException("tolerance: expected numbers above 0 and a relative one below 1, got " + relative + " and " + absolute);
        }
    }

    /** The same number for both. */
    public static Tolerance of(double tolerance) {
        return new Tolerance(tolerance, tolerance);
    }

    /** @throws InputException when the numbers of the current scope's backend are too coarse for it */
    public void check() {
        if (relative < LEAST_OF_FLOAT && Tensor.scalar(1 + FINE).item() == 1) {
            throw new InputException("tolerance " + relative + ": float32 resolves no less than " + LEAST_OF_FLOAT
                    + "; give a larger one, or compute in double precision with --device reference");
        }
    }

    /** The root mean square of e_i / (absolute + relative max(|x_i|, |next_i|)) over each row (n, m), (n), on the host. */
    double[] norm(Tensor e, Tensor x, Tensor next) {
        Tensor a = x.abs();
        Tensor b = next.abs();
        Tensor scale = a.where(a.greater(b), b).mul(relative).add(absolute);
        return e.div(scale).square().mean(1).sqrt().toDoubles();
    }
}
