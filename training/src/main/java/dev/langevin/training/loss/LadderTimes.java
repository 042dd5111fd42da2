package dev.langevin.training.loss;

import dev.langevin.model.sde.NoiseLadder;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;

/** The times of L noise levels, each as likely as another: multi-level denoising score matching as of Song and Ermon 2019 (NCSN). */
public final class LadderTimes implements TimeDensity {
    private final double[] times;

    /**
     * The times, ascending, at which sigma(t) goes through a geometric ladder from sigma(eps) to sigma(T).
     *
     * @param levels L, at least 2
     */
    public LadderTimes(Sde sde, int levels) {
        NoiseLadder ladder = new NoiseLadder(sde.sigma(sde.endTime()), sde.sigma(sde.trainingEpsilon()), levels);
        times = new double[levels];
        for (int i = 0; i < levels; i++) {
            times[i] = sde.time(ladder.level(levels - 1 - i));
        }
    }

    /** The times, ascending (L). */
    public double[] times() {
        return times.clone();
    }

    @Override
    public double quantile(double u) {
        return times[(int) (u * times.length)];
    }

    /** 1 / L at a level's time, else 0. */
    @Override
    public double at(double t) {
        return Arrays.binarySearch(times, t) >= 0 ? 1.0 / times.length : 0;
    }
}
