package dev.langevin.tests.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.langevin.kernels.Kernel;
import dev.langevin.kernels.KernelLibrary;
import dev.langevin.kernels.KernelModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Row P-ENG: the PTX among the resources is that of the sources, and what a GPU's assembler makes of it. */
class PtxTest {
    private static final Map<String, KernelModule> MODULES = KernelLibrary.bundled();
    private static final int REGISTERS = 65_536;
    private static final int STATIC_SHARED = 48 << 10;

    private static Path kernels() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(root.resolve("kernels/src/main/cuda"))) {
            root = root.getParent();
        }
        return root.resolve("kernels");
    }

    @Test
    void everySourceHasItsPtx() throws IOException {
        TreeSet<String> sources = new TreeSet<>();
        try (Stream<Path> files = Files.list(kernels().resolve("src/main/cuda"))) {
            files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(".cu"))
                    .forEach(f -> sources.add(f.substring(0, f.length() - 3)));
        }
        assertEquals(sources, new TreeSet<>(MODULES.keySet()), "kernels/build.sh writes modules.txt");
    }

    /** No compiler is needed to see that a source was changed and not compiled. */
    @TestFactory
    Stream<DynamicTest> ptxBearsTheHashOfItsSource() {
        return MODULES.values().stream().map(m -> DynamicTest.dynamicTest(m.name(), () ->
                assertEquals("// source " + digest(m.name()), m.ptx().lines().findFirst().orElseThrow(), "run kernels/build.sh")));
    }

    /** Of the headers that the source names, in order, and the source. */
    private static String digest(String name) throws IOException, NoSuchAlgorithmException {
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        Path folder = kernels().resolve("src/main/cuda");
        try (Stream<Path> files = Files.list(folder)) {
            for (Path header : files.filter(f -> f.toString().endsWith(".cuh")).sorted().toList()) {
                sha.update(Files.readAllBytes(header));
            }
        }
        return HexFormat.of().formatHex(sha.digest(Files.readAllBytes(folder.resolve(name + ".cu")))).substring(0, 16);
    }

    @Test
    void compiledAgainItIsTheSame() throws IOException, InterruptedException {
        boolean there = Stream.of(System.getenv("PATH").split(":")).anyMatch(d -> Files.isExecutable(Path.of(d, "nvcc")))
                || Files.isExecutable(Path.of("/usr/local/cuda/bin/nvcc"));
        assumeTrue(there, "nvcc is not installed, so the PTX was not compiled again");
        Path compiler = Files.createTempFile("nvcc", ".out");
        Process process = new ProcessBuilder("bash", kernels().resolve("build.sh").toString(), "--check")
                .redirectErrorStream(true).redirectOutput(compiler.toFile()).start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES));
        String said = Files.readString(compiler);
        assumeTrue(process.exitValue() != 3, said);
        assertEquals(0, process.exitValue(), said);
    }

    @TestFactory
    Stream<DynamicTest> textIsWhatEveryDriverFromCuda12Takes() {
        return MODULES.values().stream().map(m -> DynamicTest.dynamicTest(m.name(), () -> {
            String ptx = m.ptx();
            assertTrue(ptx.contains("\n.version 8.0\n") && ptx.contains("\n.target sm_80\n"), "ISA 8.0 for sm_80");
            assertFalse(ptx.contains("\t.local"), "local memory");
            assertFalse(ptx.contains("\tcall"), "calls");
            assertFalse(ptx.matches("(?s).*\\.file\\s+\\d+ \"[^\"]*/.*"), "a path of the machine that compiled it");
            for (Kernel kernel : m.kernels().values()) {
                assertTrue(kernel.maxThreads() > 0, kernel + " has no __launch_bounds__");
                assertTrue(kernel.parameterBytes() <= 4096, kernel + " has too many parameters");
            }
        }));
    }

    /** Names are unique over the modules, or the library would refuse them. */
    @Test
    void namesAreUnique() {
        KernelLibrary library = new KernelLibrary();
        MODULES.values().forEach(m -> m.kernels().forEach((name, kernel) -> assertEquals(m.name(), library.get(name).module().name())));
    }

    /** Without a stack, without spills, with registers and shared memory for at least one whole block, and two where blocks are small. */
    @TestFactory
    Stream<DynamicTest> assembles() {
        return MODULES.values().stream().flatMap(m -> Stream.of("sm_80", "sm_90").map(target -> DynamicTest.dynamicTest(m.name() + " " + target, () -> {
            List<PtxAssembler.Entry> entries = PtxAssembler.assemble(m.ptx(), target);
            assertEquals(m.kernels().keySet(), entries.stream().map(PtxAssembler.Entry::kernel).collect(Collectors.toSet()));
            for (PtxAssembler.Entry e : entries) {
                String what = e.kernel() + " for " + target + ": ";
                assertEquals(0, e.stack(), what + "bytes of stack");
                assertEquals(0, e.spills(), what + "bytes of spills");
                int threads = m.kernels().get(e.kernel()).maxThreads();
                int blocks = threads <= 256 ? 2 : 1;
                assertTrue(e.registers() * threads * blocks <= REGISTERS, what + e.registers() + " registers for blocks of " + threads);
                assertTrue(e.shared() <= STATIC_SHARED, what + e.shared() + " bytes of shared memory");
            }
        })));
    }
}
