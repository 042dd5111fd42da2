package dev.langevin.tests.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jcuda.jcudnn.JCudnn;

/**
 * Libraries that stand in for NVIDIA's, built by gcc from the resources beside this class, and a JVM of its own in which
 * JCuda meets them: there is no way back once a process has loaded a library under a name.
 */
final class StandIns {
    private StandIns() {
    }

    /**
     * Runs checks against stand-ins.
     *
     * @param libraries name of the source among the resources = file to build, which others link under that name; the
     *     driver first
     * @param main prints {@code ok NAME} or {@code failed NAME: why} for each check; is given the libraries' folder
     * @param expected names of the checks
     */
    static void check(Path folder, List<String> libraries, Class<?> main, List<String> expected) throws IOException, InterruptedException {
        assumeTrue(works("gcc", "--version"), "gcc is not there to build the stand-in libraries");
        for (String library : libraries) {
            String[] parts = library.split("=");
            build(folder, parts[0], parts[1]);
        }
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Path out = folder.resolve("out.txt");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules", "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir=" + folder,
                "-Dlangevin.cuda.path=" + folder, "-cp", classPath, main.getName(), folder.toString()).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        assertTrue(process.waitFor(120, TimeUnit.SECONDS), "the checks end");
        List<String> lines = Files.readAllLines(out);
        List<String> passed = new ArrayList<>();
        lines.stream().filter(l -> l.startsWith("ok ")).forEach(l -> passed.add(l.substring(3)));
        assertEquals(expected, passed, String.join("\n", lines));
        assertEquals(0, process.exitValue(), String.join("\n", lines));
    }

    private static void build(Path folder, String source, String library) throws IOException, InterruptedException {
        Path code = folder.resolve(source);
        try (InputStream in = StandIns.class.getResourceAsStream(source)) {
            Files.copy(in, code, StandardCopyOption.REPLACE_EXISTING);
        }
        Path versions = Files.writeString(folder.resolve(source + ".map"), library + " { global: *; };\n");
        List<String> command = new ArrayList<>(List.of("gcc", "-std=gnu11", "-O1", "-shared", "-fPIC", "-Wall", "-Wextra", "-Wno-unused-parameter",
                "-Wno-missing-field-initializers", "-Wno-format-zero-length", "-Werror", "-Wl,-soname," + library, "-o", folder.resolve(library).toString(),
                code.toString()));
        if (!library.startsWith("libcuda.")) {
            // cuBLAS and cuDNN export under a version that is their name, the driver does not.
            command.addAll(List.of("-Wl,--version-script=" + versions, folder.resolve("libcuda.so.1").toString()));
        }
        Path log = folder.resolve(source + ".log");
        Process gcc = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        assertEquals(0, gcc.waitFor(), () -> {
            try {
                return Files.readString(log);
            } catch (IOException e) {
                return e.toString();
            }
        });
    }

    private static boolean works(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** The part of the checks that runs in the other JVM. */
    static final class Checks {
        private final List<String> failures = new ArrayList<>();

        interface Check {
            void run() throws Throwable;
        }

        void run(String name, Check check) {
            try {
                check.run();
                System.out.println("ok " + name);
            } catch (Throwable e) {
                failures.add(name);
                System.out.println("failed " + name + ": " + e);
                e.printStackTrace(System.out);
            }
        }

        void end() {
            System.exit(failures.isEmpty() ? 0 : 1);
        }

        /** Loads the stand-ins, and lays JCudnn's natives, which are older than JCuda's, where JCuda looks for them. */
        static void load(Path folder) throws IOException {
            try (InputStream in = JCudnn.class.getResourceAsStream("/lib/libJCudnn-11.7.0-linux-x86_64.so")) {
                Files.copy(in, folder.resolve("libJCudnn-12.6.0-linux-x86_64.so"));
            }
            // The driver first: the others need it under its name.
            System.load(folder.resolve("libcuda.so.1").toString());
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(f -> f.getFileName().toString().matches("lib(cublas|cudnn)\\.so\\.\\d+")).map(Path::toString).forEach(System::load);
            }
        }
    }
}
