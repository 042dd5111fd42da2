package dev.langevin.model.sde;

import java.util.List;

/** The one list of the noise rates that {@link VpSde} and {@link SubVpSde} can have, with usual settings; beside it, a user's {@link TableBeta}. */
public final class BetaSchedules {
    private static final List<BetaSchedule> ALL = List.of(new LinearBeta(0.1, 20), new CosineBeta(), new SigmoidBeta(),
            new ExponentialBeta(0.1, 50));

    private BetaSchedules() {
    }

    public static List<BetaSchedule> all() {
        return ALL;
    }
}
