package dev.langevin.benchmarks.gpu;

import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.cuda.ReferenceDense;
import dev.langevin.kernels.emulator.EmulatorRuntime;
import picocli.CommandLine.Option;

/** On what a command measures: one backend at a time, on the GPU or on the emulator. */
final class Devices implements AutoCloseable {
    @Option(names = "--emulate", description = "Go through it at tiny sizes without a GPU: shows that it works, times mean nothing.")
    boolean emulate;

    private CudaBackend open;

    /** The backend of a precision; the one that was open is closed where it is another. */
    CudaBackend backend(Precision precision) {
        if (open == null || open.precision() != precision) {
            close();
            open = emulate ? emulated(precision) : CudaBackend.device(precision);
        }
        return open;
    }

    /** With pooled memory, as a device has it: a graph recorded past the backend must not free what it stands on. */
    private static CudaBackend emulated(Precision precision) {
        EmulatorRuntime emulator = new EmulatorRuntime();
        return new CudaBackend(emulator, new ReferenceDense(emulator), precision);
    }

    @Override
    public void close() {
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
