package dev.langevin.kernels.driver;

import dev.langevin.kernels.CudaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jcuda.JCudaVersion;

/**
 * Makes JCuda's classes load their native libraries, changed to need the versions of NVIDIA's that were found. JCuda looks
 * into the folder of the property {@code java.io.tmpdir} when a class of its is initialised, and takes a file of the right name that
 * is there already; so that is a private folder for as long as it takes.
 */
final class JCudaBinding {
    private static final String TEMPORARY = "java.io.tmpdir";
    private static final String PLATFORM = "linux-x86_64";
    /** JCudnn's natives have an older version than its class asks for, since the bindings went on without a new cuDNN. */
    private static final String JCUDNN_NATIVES = "11.7.0";

    private JCudaBinding() {
    }

    /**
     * Binds libraries that are open already.
     *
     * @param majors of each
     * @return why one could not be bound, for each of those
     */
    static Map<NativeLibrary, String> bind(Map<NativeLibrary, Integer> majors) {
        Map<NativeLibrary, String> failures = new EnumMap<>(NativeLibrary.class);
        Path folder;
        try {
            folder = Files.createTempDirectory("langevin-"); // for the owner alone
        } catch (IOException e) {
            majors.keySet().forEach(library -> failures.put(library, "the folder " + System.getProperty(TEMPORARY) + " cannot be written: " + e.getMessage()));
            return failures;
        }
        String before = System.getProperty(TEMPORARY);
        System.setProperty(TEMPORARY, folder.toString());
        try {
            majors.forEach((library, major) -> {
                try {
                    Files.write(folder.resolve(fileName(library, JCudaVersion.get())), relinked(library, major));
                    Class.forName(library.binding().getName(), true, library.binding().getClassLoader());
                } catch (IOException | ClassNotFoundException | CudaException | LinkageError e) {
                    failures.put(library, "JCuda's " + library.binding().getSimpleName() + " cannot be loaded: " + cause(e));
                }
            });
        } finally {
            System.setProperty(TEMPORARY, before);
            delete(folder);
        }
        return failures;
    }

    /** JCuda's native library for one of NVIDIA's, needing that one's major. */
    static byte[] relinked(NativeLibrary library, int major) throws IOException {
        String name = "/lib/" + fileName(library, library == NativeLibrary.CUDNN ? JCUDNN_NATIVES : JCudaVersion.get());
        try (InputStream in = library.binding().getResourceAsStream(name)) {
            if (in == null) {
                throw new CudaException("the resource " + name + " is missing from the class path");
            }
            byte[] bytes = in.readAllBytes();
            return major == library.linkedMajor() ? bytes
                    : new Elf(ByteBuffer.wrap(bytes), name).relinked(library.soname(library.linkedMajor()), library.soname(major));
        }
    }

    private static String fileName(NativeLibrary library, String version) {
        return "lib" + library.binding().getSimpleName() + "-" + version + "-" + PLATFORM + ".so";
    }

    /** JCuda's messages have a hundred lines; the last that names an error says what happened. */
    private static String cause(Throwable e) {
        Throwable cause = e instanceof ExceptionInInitializerError && e.getCause() != null ? e.getCause() : e;
        List<String> errors = String.valueOf(cause.getMessage()).lines().filter(line -> line.contains("Error: ")).toList();
        return errors.isEmpty() ? cause.toString() : errors.getLast().replaceFirst(".*Error: ", "").strip();
    }

    /** Libraries that are loaded stay so without their files. */
    private static void delete(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            folder.toFile().deleteOnExit(); // some file systems keep the name of an open file until it is closed
        }
    }
}
