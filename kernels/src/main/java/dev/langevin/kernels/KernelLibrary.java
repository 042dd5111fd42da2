package dev.langevin.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The kernels that Langevin brings, from the PTX that {@code kernels/build.sh} left among the resources, and those that
 * a user adds.
 */
public final class KernelLibrary {
    private static final String INDEX = "modules.txt";

    /** Read once: a runtime compiles or decodes a module once, and knows it again. */
    private static final class Bundled {
        static final Map<String, KernelModule> MODULES = read();

        private static Map<String, KernelModule> read() {
            Map<String, KernelModule> modules = new LinkedHashMap<>();
            for (String name : resource(INDEX).lines().filter(l -> !l.isBlank()).toList()) {
                modules.put(name, new KernelModule(name, resource(name + ".ptx")));
            }
            return Collections.unmodifiableMap(modules);
        }
    }

    private final Map<String, Kernel> kernels = new HashMap<>();

    /** All modules of {@code kernels/src/main/cuda}. */
    public KernelLibrary() {
        bundled().values().forEach(this::add);
    }

    /** The modules among the resources by name. */
    public static Map<String, KernelModule> bundled() {
        return Bundled.MODULES;
    }

    /** Adds the kernels of a module, of the user's own, say; a name that is there already is refused. */
    public void add(KernelModule module) {
        module.kernels().forEach((name, kernel) -> {
            Kernel other = kernels.putIfAbsent(name, kernel);
            if (other != null) {
                throw new CudaException("kernel " + name + " is in module " + other.module() + " already; give that of " + module + " another name");
            }
        });
    }

    /** The kernel of that name. */
    public Kernel get(String name) {
        Kernel kernel = kernels.get(name);
        if (kernel == null) {
            throw new CudaException("no kernel is named " + name + "; run kernels/build.sh after a change to a .cu file, or add the module that holds it to the library");
        }
        return kernel;
    }

    private static String resource(String name) {
        try (InputStream in = KernelLibrary.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new CudaException("the resource " + name + " is missing from the kernels' jar; run kernels/build.sh and build again");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
