package dev.langevin.model.sde;

import dev.langevin.engine.InputException;
import java.util.List;

/**
 * A user's own noise levels at evenly spaced times from 0 to 1; between them ln sigma is linear. At a time of the table itself, where
 * the slope may jump, it is that of the interval to the right. A step of a solver that begins or ends there is of first order only, so a
 * table whose slopes differ much wants many entries, or many steps.
 *
 * @param sigmas sigma(0), sigma(1/n), ..., sigma(1): at least two, the first above 0, each above the one before it: where sigma stands
 *     still a time does not know its noise level, and solvers in the noise level would divide 0 by 0
 */
public record TableSigma(List<Double> sigmas) implements SigmaSchedule {

    public TableSigma {
        boolean grows = sigmas.size() >= 2 && sigmas.getFirst() > 0 && Double.isFinite(sigmas.getLast());
        for (int i = 1; i < sigmas.size(); i++) {
            grows &= sigmas.get(i) > sigmas.get(i - 1);
        }
        if (!grows) {
            throw new InputException("table of sigmas: expected at least two finite numbers above 0, each above the one before it, got " + sigmas);
        }
        sigmas = List.copyOf(sigmas);
    }

    @Override
    public String name() {
        return "table";
    }

    @Override
    public double at(double t) {
        int cell = cell(t);
        return sigmas.get(cell) * Math.exp((t * cells() - cell) * rise(cell));
    }

    @Override
    public double logSlope(double t) {
        return cells() * rise(cell(t));
    }

    @Override
    public double logGrowth(double t, double dt) {
        return cell(t) == cell(t - dt) ? dt * logSlope(t) : Math.log(at(t) / at(t - dt));
    }

    /** Growth of ln sigma over one interval of the table. */
    private double rise(int cell) {
        return Math.log(sigmas.get(cell + 1) / sigmas.get(cell));
    }

    private int cells() {
        return sigmas.size() - 1;
    }

    private int cell(double t) {
        return Math.min((int) (t * cells()), cells() - 1);
    }
}
