package dev.langevin.engine.cpu;

import dev.langevin.engine.KernelTable;

/** Which routine runs which op on the CPU: one entry a kernel. */
final class CpuKernels {
    private CpuKernels() {
    }

    static KernelTable table() {
        return new KernelTable();
    }
}
