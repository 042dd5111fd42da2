package dev.langevin.kernels;

import java.util.List;

/**
 * A kernel of a PTX module, by what its entry declares.
 *
 * @param name unique over all modules
 * @param module PTX that holds it
 * @param parameters in order
 * @param maxThreads greatest block that it was compiled for ({@code __launch_bounds__}), or 0 where it does not say
 */
public record Kernel(String name, KernelModule module, List<Parameter> parameters, int maxThreads) {
    /**
     * One parameter.
     *
     * @param type PTX type: {@code .u64}, {@code .u32}, {@code .f32}, ..., {@code .b8} for a structure
     * @param offset first byte in the parameter block
     * @param bytes size
     */
    public record Parameter(String type, int offset, int bytes) {
    }

    public Kernel {
        parameters = List.copyOf(parameters);
    }

    /** Size of the parameter block. */
    public int parameterBytes() {
        if (parameters.isEmpty()) {
            return 0;
        }
        Parameter last = parameters.getLast();
        return last.offset() + last.bytes();
    }

    @Override
    public String toString() {
        return name;
    }
}
