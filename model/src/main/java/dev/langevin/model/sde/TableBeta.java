package dev.langevin.model.sde;

import dev.langevin.engine.InputException;
import java.util.List;

/**
 * A user's own schedule: rates at evenly spaced times from 0 to 1, linear between them, with the exact integral.
 *
 * @param rates beta(0), beta(1/n), ..., beta(1): at least two, the first at least 0, the others above 0, so that there is noise at every time
 */
public record TableBeta(List<Double> rates) implements BetaSchedule {

    public TableBeta {
        if (rates.size() < 2 || !(rates.getFirst() >= 0) || !rates.stream().allMatch(Double::isFinite) || !rates.stream().skip(1).allMatch(r -> r > 0)) {
            throw new InputException("table of rates: expected at least two finite numbers, the first at least 0 and the others above 0, got " + rates);
        }
        rates = List.copyOf(rates);
    }

    @Override
    public String name() {
        return "table";
    }

    @Override
    public double at(double t) {
        int cell = cell(t);
        return rates.get(cell) + (t * cells() - cell) * rise(cell);
    }

    @Override
    public double integral(double t) {
        int cell = cell(t);
        double sum = 0;
        for (int i = 0; i < cell; i++) {
            sum += 0.5 * (rates.get(i) + rates.get(i + 1));
        }
        double part = t * cells() - cell;
        return (sum + part * (rates.get(cell) + 0.5 * part * rise(cell))) / cells();
    }

    private double rise(int cell) {
        return rates.get(cell + 1) - rates.get(cell);
    }

    private int cells() {
        return rates.size() - 1;
    }

    private int cell(double t) {
        return Math.min((int) (t * cells()), cells() - 1);
    }
}
