package dev.langevin.tests.sde;

import dev.langevin.model.sde.BetaSchedule;
import dev.langevin.model.sde.BetaSchedules;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.model.sde.SubVpSde;
import dev.langevin.model.sde.TableBeta;
import dev.langevin.model.sde.TableSigma;
import dev.langevin.model.sde.VeSde;
import dev.langevin.model.sde.VpSde;
import java.util.ArrayList;
import java.util.List;

/** Every process with every noise schedule. */
public final class Processes {

    /** Nothing at first, a fast rise, a plateau, a fall: what no other schedule does. */
    public static final TableBeta RATES = new TableBeta(List.of(0.0, 1.0, 12.0, 12.0, 30.0, 5.0));

    /** Slopes of ln sigma that jump, and one next to 0. */
    public static final TableSigma SIGMAS = new TableSigma(List.of(0.01, 0.1, 0.5, 0.501, 20.0, 50.0));

    private Processes() {
    }

    /** Those of {@link Sdes#all} and those that {@link #ofSchedules} adds. */
    public static List<Sde> all() {
        List<Sde> all = new ArrayList<>(Sdes.all());
        all.addAll(ofSchedules());
        return all;
    }

    /** VP and sub-VP with every rate but the usual linear one, and VE with a table of noise levels. */
    public static List<Sde> ofSchedules() {
        List<Sde> all = new ArrayList<>();
        for (BetaSchedule beta : rates()) {
            if (!beta.name().equals("linear")) {
                all.add(new VpSde(beta));
                all.add(new SubVpSde(beta));
            }
        }
        all.add(new VeSde(SIGMAS));
        return all;
    }

    public static List<BetaSchedule> rates() {
        List<BetaSchedule> rates = new ArrayList<>(BetaSchedules.all());
        rates.add(RATES);
        return rates;
    }
}
