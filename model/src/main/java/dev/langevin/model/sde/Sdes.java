package dev.langevin.model.sde;

import dev.langevin.engine.InputException;
import java.util.List;
import java.util.stream.Collectors;

/** The one list of SDEs, with the paper's settings: what the command line offers and what the all-pairs tests run. */
public final class Sdes {
    private static final List<Sde> ALL = List.of(new VpSde(), new SubVpSde(), new VeSde());

    private Sdes() {
    }

    public static List<Sde> all() {
        return ALL;
    }

    /** @throws InputException when there is none of this name; the message lists those there are */
    public static Sde named(String name) {
        return ALL.stream().filter(sde -> sde.name().equals(name)).findFirst().orElseThrow(() -> new InputException(
                "unknown SDE '" + name + "': choose one of "
                        + ALL.stream().map(Sde::name).collect(Collectors.joining(", "))));
    }
}
