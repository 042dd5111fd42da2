package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.cpu.Conv2dAlgorithm;
import dev.langevin.engine.cpu.Simd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Row P-ENG: the bits of every op of {@link VectorWidthRun} are the same with vectors of 128, 256 and 512 bits, on 1 thread
 * and on 3, interpreted at first and compiled as far as a few seconds allow: products, convolutions and attention are.
 */
class VectorWidthTest {
    private static final int[] BITS = {128, 256, 512};
    /** How long each width runs the ops again, for compiled code to take over. */
    private static final double SECONDS = 3;

    @TempDir
    Path folder;

    @Test
    void bitsAreTheSameForEveryWidth() throws IOException, InterruptedException {
        Map<String, Map<String, List<String>>> runsOfHashes = new LinkedHashMap<>();
        for (int bits : BITS) {
            int ops = 0;
            for (String line : run(bits)) {
                String[] columns = line.split(VectorWidthRun.SEPARATOR);
                Map<String, List<String>> hashes = runsOfHashes.computeIfAbsent(columns[0], op -> new LinkedHashMap<>());
                hashes.computeIfAbsent(columns[1], hash -> new ArrayList<>()).add(bits + " bits, " + columns[2]);
                ops++;
            }
            assertTrue(ops >= VectorWidthRun.ops().size(), bits + " bits: " + ops + " results");
        }
        List<String> differ = runsOfHashes.entrySet().stream().filter(op -> op.getValue().size() > 1)
                .map(op -> op.getKey() + ": " + op.getValue().values()).toList();
        assertEquals(List.of(), differ, "ops whose bits differ, and the runs that had them first");
    }

    @Test
    void everyAlgorithmIsOnTheList() {
        String names = VectorWidthRun.ops().stream().map(VectorWidthRun::name).toList().toString();
        for (Conv2dAlgorithm algorithm : Conv2dAlgorithm.values()) {
            assertTrue(names.contains(algorithm.name()), algorithm + " is not among " + names);
        }
    }

    /**
     * The lines of one width. The compiler has no instructions for vectors wider than the machine's, so those run once on
     * each number of threads and no more.
     */
    private List<String> run(int bits) throws IOException, InterruptedException {
        boolean compiles = bits <= FloatVector.SPECIES_PREFERRED.vectorBitSize();
        Path out = folder.resolve(bits + ".txt");
        Path err = folder.resolve(bits + "-err.txt");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector", "-Xmx512m", "-XX:+UseSerialGC", "-D" + Simd.WIDTH_PROPERTY + "=" + bits, "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                VectorWidthRun.class.getName(), Double.toString(compiles ? SECONDS : 0))
                .redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        assertEquals(0, process.waitFor(), Files.readString(err));
        return Files.readAllLines(out);
    }
}
