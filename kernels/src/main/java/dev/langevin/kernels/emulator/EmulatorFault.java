package dev.langevin.kernels.emulator;

import dev.langevin.kernels.CudaException;

/** An error that the emulator found in a kernel; the message names kernel, source line, block, thread and instruction. */
public final class EmulatorFault extends CudaException {
    private static final long serialVersionUID = 1;

    EmulatorFault(String message) {
        super(message);
    }
}
