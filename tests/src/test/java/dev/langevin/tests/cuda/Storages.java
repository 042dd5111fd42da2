package dev.langevin.tests.cuda;

import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.tests.engine.Backends;
import java.util.ArrayList;
import java.util.List;

/** CUDA with each type of storage: on the emulator, and on a device where there is one. They live as long as the tests. */
record Storages(CudaBackend fp32, CudaBackend bf16) {
    private static final List<Storages> ALL = new ArrayList<>();

    static {
        ALL.add(new Storages(CudaBackend.emulated(Precision.FP32), CudaBackend.emulated(Precision.BF16)));
        Backends.device(Precision.FP32).ifPresent(d -> ALL.add(new Storages(d, Backends.device(Precision.BF16).orElseThrow())));
    }

    static List<Storages> all() {
        return ALL;
    }

    @Override
    public String toString() {
        return Backends.label(fp32);
    }
}
