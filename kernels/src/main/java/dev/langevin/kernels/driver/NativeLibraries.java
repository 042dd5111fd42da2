package dev.langevin.kernels.driver;

import dev.langevin.kernels.CudaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * NVIDIA's libraries on this machine: found, opened, their functions looked up, and JCuda bound to the versions that are
 * there, each once for the process. Nothing is looked for before it is asked for, so that a machine without a driver pays for
 * no more than that question.
 */
public final class NativeLibraries {
    /** The kernels' PTX is of version 8.0, which came with this. */
    private static final int LEAST_DRIVER = 12000;

    /** What the backend cannot do without. */
    private static final List<NativeLibrary> NEEDED = List.of(NativeLibrary.DRIVER, NativeLibrary.CUBLAS, NativeLibrary.CUDNN);

    private static NativeLibraries here;

    private final LibrarySearch search;
    private final Map<NativeLibrary, Capability> capabilities = new EnumMap<>(NativeLibrary.class);
    private final Map<NativeLibrary, Integer> majors = new EnumMap<>(NativeLibrary.class);
    private final Set<NativeLibrary> bound = EnumSet.noneOf(NativeLibrary.class);
    private int driverVersion;
    private List<CudaDevice> devices = List.of();

    private NativeLibraries(Machine machine) {
        search = new LibrarySearch(machine);
    }

    /** Those of this machine; nothing is bound yet. */
    public static synchronized NativeLibraries here() {
        if (here == null) {
            here = new NativeLibraries(Machine.here());
        }
        return here;
    }

    /**
     * Those of this machine, with JCuda bound to the driver, cuBLAS and cuDNN.
     *
     * @throws CudaException when there is no device or one of the three cannot be used; the message says why, and what to do
     */
    public static synchronized NativeLibraries load() {
        NativeLibraries libraries = here();
        if (libraries.missing().isEmpty()) {
            libraries.bind(NEEDED);
        }
        libraries.missing().ifPresent(complaint -> {
            throw new CudaException(complaint);
        });
        return libraries;
    }

    /**
     * Those of this machine, with JCuda bound to NVRTC, which needs none of the others.
     *
     * @throws CudaException when NVRTC cannot be used; the message says why, and what to do
     */
    public static synchronized NativeLibraries loadCompiler() {
        NativeLibraries libraries = here();
        if (libraries.capability(NativeLibrary.NVRTC).available()) {
            libraries.bind(List.of(NativeLibrary.NVRTC));
        }
        Capability compiler = libraries.capability(NativeLibrary.NVRTC);
        if (!compiler.available()) {
            throw new CudaException(compiler.complaint());
        }
        return libraries;
    }

    /** What keeps the CUDA backend from working here, in one line; empty when nothing does. */
    public synchronized Optional<String> missing() {
        for (NativeLibrary library : NEEDED) {
            Capability capability = capability(library);
            if (!capability.available()) {
                return Optional.of(capability.complaint());
            }
        }
        return Optional.empty();
    }

    /** Whether a driver is installed, for good or ill: then one would expect CUDA to work. */
    public synchronized boolean driverFound() {
        return capability(NativeLibrary.DRIVER).path() != null;
    }

    /** What is known of a library. */
    public synchronized Capability capability(NativeLibrary library) {
        if (!capabilities.containsKey(library)) {
            if (library == NativeLibrary.DRIVER) {
                capabilities.put(library, driver());
            } else {
                capability(NativeLibrary.DRIVER);
                int newest = NativeLibrary.CUBLAS.majors().getFirst();
                int cuda = driverVersion < LEAST_DRIVER ? newest : Math.min(newest, driverVersion / 1000);
                for (LibrarySearch.Result result : search.libraries(cuda)) {
                    capabilities.put(result.library(), opened(result, cuda));
                }
            }
        }
        return capabilities.get(library);
    }

    /** The GPUs; none when there is no driver. */
    public synchronized List<CudaDevice> devices() {
        capability(NativeLibrary.DRIVER);
        return devices;
    }

    /** The GPU that is computed on: the first that serves. {@link #missing} is empty only if there is one. */
    public CudaDevice device() {
        return devices().stream().filter(CudaDevice::serves).findFirst().orElseThrow(() -> new CudaException(missing().orElseThrow()));
    }

    private Capability driver() {
        String system = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
        if (!system.equals("Linux on amd64")) {
            return new Capability(NativeLibrary.DRIVER, null, null, "CUDA is supported on 64-bit Linux on x86, not on " + system, "use the CPU", List.of());
        }
        LibrarySearch.Result result = search.driver();
        String hint = NativeLibrary.DRIVER.hint(0);
        if (!result.found()) {
            return new Capability(NativeLibrary.DRIVER, null, null, result.reason(), hint, result.folders());
        }
        Path path = result.files().getLast();
        Capability found = new Capability(NativeLibrary.DRIVER, path, null, null, null, result.folders());
        try {
            DriverProbe probe = new DriverProbe(OpenLibrary.open(NativeLibrary.DRIVER, result.major(), result.files()));
            driverVersion = probe.version();
            String version = "CUDA " + driverVersion / 1000 + "." + driverVersion % 1000 / 10;
            found = new Capability(NativeLibrary.DRIVER, path, version, null, null, result.folders());
            if (driverVersion < LEAST_DRIVER) {
                return found.without("it supports " + version + ", and 12.0 is the least", "install NVIDIA's driver 525 or newer");
            }
            int status = probe.initialise();
            if (status != 0) {
                return found.without(probe.failure("cuInit", status), Objects.requireNonNullElse(CudaStatus.hint(status), hint));
            }
            devices = probe.devices();
        } catch (CudaException e) {
            return found.without(e.getMessage(), hint);
        }
        if (devices.isEmpty()) {
            return found.without("it shows no GPU", "look at nvidia-smi and at the variable CUDA_VISIBLE_DEVICES");
        }
        if (devices.stream().noneMatch(CudaDevice::serves)) {
            CudaDevice device = devices.getFirst();
            return found.without(device.name() + " has compute capability " + device.major() + "." + device.minor() + ", and 8.0 is the least", "use the CPU");
        }
        majors.put(NativeLibrary.DRIVER, result.major());
        return found;
    }

    private Capability opened(LibrarySearch.Result result, int cuda) {
        NativeLibrary library = result.library();
        if (!result.found()) {
            return new Capability(library, null, null, result.reason(), library.hint(cuda), result.folders());
        }
        Path path = result.files().getLast();
        try {
            OpenLibrary open = OpenLibrary.open(library, result.major(), result.files());
            majors.put(library, result.major());
            return new Capability(library, path, version(library, open), null, null, result.folders());
        } catch (CudaException e) {
            return new Capability(library, path, null, e.getMessage(), library.hint(cuda), result.folders());
        }
    }

    private static String version(NativeLibrary library, OpenLibrary open) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment b = arena.allocate(ValueLayout.JAVA_INT);
            if (library == NativeLibrary.NVRTC) {
                open.call("nvrtcVersion", a, b);
                return a.get(ValueLayout.JAVA_INT, 0) + "." + b.get(ValueLayout.JAVA_INT, 0);
            }
            if (library == NativeLibrary.CUBLAS) {
                StringBuilder version = new StringBuilder();
                for (int part = 0; part < 3; part++) {
                    open.call("cublasGetProperty", part, a);
                    version.append(part == 0 ? "" : ".").append(a.get(ValueLayout.JAVA_INT, 0));
                }
                return version.toString();
            }
        }
        long version = open.size("cudnnGetVersion");
        long major = version >= 90000 ? 10000 : 1000; // cuDNN 9 writes its major 10,000 times, those before 1,000 times
        return version / major + "." + version % major / 100 + "." + version % 100 + " for CUDA " + open.size("cudnnGetCudartVersion") / 1000;
    }

    /** Each once: a native library stays with the first class that loads it. */
    private void bind(List<NativeLibrary> wanted) {
        Map<NativeLibrary, Integer> unbound = new EnumMap<>(majors);
        unbound.keySet().retainAll(wanted);
        unbound.keySet().removeAll(bound);
        if (!unbound.isEmpty()) {
            bound.addAll(unbound.keySet());
            JCudaBinding.bind(unbound).forEach((library, reason) -> capabilities.compute(library, (l, c) -> c.without(reason,
                    "choose a folder for temporary files that may be written and holds programs, with LANGEVIN_OPTS=-Djava.io.tmpdir=FOLDER")));
        }
    }
}
