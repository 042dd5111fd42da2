package dev.langevin.model.sde;

import dev.langevin.engine.InputException;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * The density p_t of a one-dimensional process, by its Fokker-Planck equation
 * <pre>dp/dt = -d/dx (f x p) + (g^2 / 2) d^2p/dx^2</pre>
 * on a grid: the third way to look at an SDE, beside its paths and its closed form. Finite volumes with the fluxes of Chang and Cooper
 * 1970, of second order in space, and implicit Euler steps, of first order in time: mass is kept exactly and no density falls
 * below 0, however long the steps are.
 */
public final class FokkerPlanck {
    private final Sde sde;
    private final double reach;
    private final int cells;

    /**
     * @param reach the grid spans [-reach, reach], through whose ends nothing flows
     * @param cells how many cells
     */
    public FokkerPlanck(Sde sde, double reach, int cells) {
        if (!(reach > 0 && Double.isFinite(reach)) || cells < 2) {
            throw new InputException("Fokker-Planck grid: reach " + reach + " in " + cells + " cells; expected a reach above 0 and at least 2 cells");
        }
        this.sde = sde;
        this.reach = reach;
        this.cells = cells;
    }

    /** Width of a cell. */
    public double width() {
        return 2 * reach / cells;
    }

    /** The middle of cell i. */
    public double center(int i) {
        return -reach + (i + 0.5) * width();
    }

    /** A density at the middle of each cell. */
    public double[] onGrid(DoubleUnaryOperator density) {
        double[] p = new double[cells];
        Arrays.setAll(p, i -> density.applyAsDouble(center(i)));
        return p;
    }

    /**
     * @param density p at time {@code from}, one number a cell; not changed
     * @param from in [0, to)
     * @param to in (from, T]
     * @param steps evenly long
     * @return p at time {@code to}
     */
    public double[] solve(double[] density, double from, double to, int steps) {
        if (density.length != cells || !(from >= 0 && to > from) || steps < 1) {
            throw new InputException("Fokker-Planck: " + density.length + " values on " + cells + " cells from time " + from + " to " + to + " in "
                    + steps + " steps; expected a value for each cell, 0 <= from < to, and at least one step");
        }
        double[] p = density.clone();
        double[] left = new double[cells];
        double[] right = new double[cells];
        double dt = (to - from) / steps;
        for (int step = 0; step < steps; step++) {
            double t = from + (step + 0.5) * dt;
            double g = sde.diffusion(t);
            double spread = 0.5 * g * g / width();
            for (int i = 0; i + 1 < cells; i++) {
                double inward = -sde.drift(t) * (center(i) + 0.5 * width());
                left[i] = dt / width() * exchange(inward, spread);
                right[i] = dt / width() * exchange(-inward, spread);
            }
            implicitStep(p, left, right);
        }
        return p;
    }

    /**
     * What flows through a cell's side per unit of time and of density behind it, v / (1 - exp(-v / D)): D where nothing drifts, v or
     * nothing where nothing spreads. The difference of the two ways is 0 for the stationary density exactly.
     *
     * @param v velocity through the side
     * @param spread D: g^2 / 2 over the width of a cell
     */
    private static double exchange(double v, double spread) {
        return v == 0 ? spread : v / -Math.expm1(-v / spread);
    }

    /**
     * Solves p'_i - (F_i - F_(i-1)) = p_i, with F_i = left_i p'_(i+1) - right_i p'_i what crosses from cell i + 1 to cell i, by elimination.
     * The matrix has a positive diagonal, no positive entry beside it and columns that sum to 1: hence mass and sign are kept.
     */
    private static void implicitStep(double[] p, double[] left, double[] right) {
        int n = p.length;
        double[] ratio = new double[n]; // p'_i = p_i + ratio_i p'_(i+1) after the way down
        for (int i = 0; i < n; i++) {
            double in = i > 0 ? right[i - 1] : 0;
            double diagonal = 1 + (i + 1 < n ? right[i] : 0) + (i > 0 ? left[i - 1] : 0);
            double pivot = diagonal - in * (i > 0 ? ratio[i - 1] : 0);
            p[i] = (p[i] + in * (i > 0 ? p[i - 1] : 0)) / pivot;
            ratio[i] = i + 1 < n ? left[i] / pivot : 0;
        }
        for (int i = n - 2; i >= 0; i--) {
            p[i] += ratio[i] * p[i + 1];
        }
    }
}
