package dev.langevin.tests.engine;

import dev.langevin.engine.Backend;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.kernels.CudaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The backends on which every contract runs: CUDA on the emulator, and on a device where there is one; with
 * {@code -Dlangevin.require=cuda} on the device alone.
 */
public final class Backends {
    /** Elements of a test's inputs that the emulator takes in a moment. */
    private static final int MOST_EMULATED = 20_000;

    private static final boolean DEVICE_ALONE = "cuda".equals(System.getProperty("langevin.require"));

    private static final Backend REFERENCE = new ReferenceBackend();
    private static final Backend CPU = new CpuBackend();
    private static final CudaBackend EMULATED = CudaBackend.emulated(Precision.FP32);
    private static final Optional<CudaBackend> DEVICE = device(Precision.FP32);

    private Backends() {
    }

    public static List<Backend> all() {
        List<Backend> all = new ArrayList<>(fast());
        all.addFirst(REFERENCE);
        return all;
    }

    /** Those that are tested against the reference. */
    public static List<Backend> fast() {
        List<Backend> fast = new ArrayList<>(DEVICE_ALONE ? List.of(CPU) : List.of(CPU, EMULATED));
        DEVICE.ifPresent(fast::add);
        return fast;
    }

    /** One CUDA backend in float32, which is never closed: on the emulator, or on a device where one is required. */
    public static CudaBackend cuda() {
        return DEVICE_ALONE ? DEVICE.orElseThrow() : EMULATED;
    }

    /** A new CUDA backend: on the emulator, or on a device where one is required. */
    public static CudaBackend cuda(Precision precision) {
        return DEVICE_ALONE ? device(precision).orElseThrow() : CudaBackend.emulated(precision);
    }

    /**
     * CUDA on a device; none where there is no device, unless {@code -Dlangevin.require=cuda} says that this is a failure.
     */
    public static Optional<CudaBackend> device(Precision precision) {
        try {
            return Optional.of(CudaBackend.device(precision));
        } catch (CudaException none) {
            if (DEVICE_ALONE) {
                throw new AssertionError("-Dlangevin.require=cuda: " + none.getMessage(), none);
            }
            return Optional.empty();
        }
    }

    /** Name for reports; that of CUDA backends says on what. */
    public static String label(Backend backend) {
        return backend instanceof CudaBackend cuda ? "cuda on " + cuda.runtime().device() : backend.name();
    }

    /** Most elements of inputs that a test should give this backend. */
    static int mostElements(Backend backend) {
        return backend == EMULATED ? MOST_EMULATED : Integer.MAX_VALUE;
    }

    /** Numbers of threads on which results are compared, the first of them twice; those of a GPU are its own. */
    static int[] threads(Backend backend) {
        return backend == CPU ? new int[] {2, 2, 1, 3} : new int[] {2, 2};
    }
}
