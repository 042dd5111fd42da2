package dev.langevin.training.loss;

import dev.langevin.model.sde.Sde;
import java.util.Arrays;

/**
 * Times in proportion to their weight w(t) in the loss, so that each example counts about alike in w / p (Song, Durkan, Murray and
 * Ermon 2021, section 5): the loss and its gradient have the mean that they have of uniform times, and vary less. The density is
 * constant on cells, in proportion to w in their middle; quantile and density belong together exactly, so the mean is exact
 * however many cells there are.
 */
public final class ImportanceTimes implements TimeDensity {
    private static final int CELLS = 1000;

    private final double[] edges = new double[CELLS + 1];
    private final double[] cumulative = new double[CELLS + 1];

    public ImportanceTimes(Sde sde, Weighting weighting) {
        // Cells of one ratio: w may go as 1 / t towards 0.
        double eps = sde.trainingEpsilon();
        for (int i = 0; i <= CELLS; i++) {
            edges[i] = i == 0 ? eps : i == CELLS ? sde.endTime() : eps * Math.pow(sde.endTime() / eps, (double) i / CELLS);
        }
        for (int i = 0; i < CELLS; i++) {
            double middle = 0.5 * (edges[i] + edges[i + 1]);
            cumulative[i + 1] = cumulative[i] + weighting.noiseWeight(sde, middle) * (edges[i + 1] - edges[i]);
        }
        double total = cumulative[CELLS];
        for (int i = 0; i <= CELLS; i++) {
            cumulative[i] /= total;
        }
    }

    @Override
    public double quantile(double u) {
        int cell = cell(cumulative, u);
        double share = (u - cumulative[cell]) / (cumulative[cell + 1] - cumulative[cell]);
        return edges[cell] + share * (edges[cell + 1] - edges[cell]);
    }

    @Override
    public double at(double t) {
        int cell = cell(edges, t);
        return (cumulative[cell + 1] - cumulative[cell]) / (edges[cell + 1] - edges[cell]);
    }

    /** i with bounds_i <= value < bounds_(i+1); the last cell has its upper end too. */
    private static int cell(double[] bounds, double value) {
        int found = Arrays.binarySearch(bounds, value);
        return Math.clamp(found >= 0 ? found : -found - 2, 0, CELLS - 1);
    }
}
