package dev.langevin.tests.engine;

import dev.langevin.engine.Backend;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.reference.ReferenceBackend;
import java.util.List;

/** The backends on which every contract runs. */
public final class Backends {
    private static final Backend REFERENCE = new ReferenceBackend();
    private static final Backend CPU = new CpuBackend();

    private Backends() {
    }

    public static List<Backend> all() {
        return List.of(REFERENCE, CPU);
    }

    /** Those that are tested against the reference. */
    public static List<Backend> fast() {
        return List.of(CPU);
    }
}
