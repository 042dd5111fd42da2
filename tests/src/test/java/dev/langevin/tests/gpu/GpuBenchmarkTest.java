package dev.langevin.tests.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langevin.benchmarks.gpu.GpuBenchmark;
import dev.langevin.model.io.Safetensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The GPU benchmark and its scripts, as far as a machine without a GPU can go through them. */
class GpuBenchmarkTest {
    @TempDir
    private Path folder;

    @Test
    void everyPartRunsOnTheEmulatorAndClaimsNoTime() throws IOException {
        Path base = folder.resolve("bench");
        assertEquals(0, GpuBenchmark.execute("bench", "--emulate", "--precision", "bf16", "--out", base.toString()));
        JsonNode json = new ObjectMapper().readTree(Files.readAllBytes(folder.resolve("bench.json")));
        Set<String> sections = new TreeSet<>();
        for (JsonNode row : json.get("rows")) {
            assertEquals(0, row.get("notes").size(), row.toString());
            assertEquals("langevin", row.get("ran").get(0).asText());
            sections.add(row.get("section").asText());
        }
        assertEquals(Set.of("Copy from device to device", "Kernels", "Training step", "Sampling", "cuBLAS and cuDNN"), sections);
        assertEquals(0, json.get("left_out").size());
        String table = Files.readString(folder.resolve("bench.md"));
        assertTrue(table.contains("nothing was measured"), table);
        assertFalse(table.contains("GB/s") || json.toString().contains("ms_median"), table);
    }

    @Test
    void aTrainingOnCudaFollowsTheCpuInFlatMemory() {
        assertEquals(0, GpuBenchmark.execute("follow", "--emulate", "--steps", "2"));
        assertEquals(0, GpuBenchmark.execute("memory", "--emulate", "--steps", "6"));
    }

    @Test
    void whatIsMissingIsOneLine() {
        assertEquals(2, GpuBenchmark.execute("bench", "--emulate", "--peer", folder.resolve("none.py").toString()));
        assertEquals(2, GpuBenchmark.execute());
    }

    @Test
    void thePeerReadsOurFiles() throws Exception {
        assumeTrue(isThere("python3"), "python3 is not there");
        Path file = folder.resolve("a.safetensors");
        Safetensors.write(file, Map.of("w", new Safetensors.Entry(new int[] {2, 3}, new float[6]),
                "loss", new Safetensors.Entry(new int[0], new float[1])), Map.of("config", "{\"a\": 1}"));
        String output = run(0, "python3", "-B", sources().resolve("peer.py").toString(), "--describe", file.toString());
        JsonNode json = new ObjectMapper().readTree(output);
        assertEquals("[2,3]", json.get("tensors").get("w").toString());
        assertEquals("[]", json.get("tensors").get("loss").toString());
        assertEquals("{\"a\": 1}", json.get("metadata").get("config").asText());
    }

    @Test
    void scriptsAreSound() throws Exception {
        List<String> scripts = List.of(sources().resolve("bundle.sh").toString(), sources().resolve("run").toString(),
                sources().resolve("../../run").normalize().toString());
        for (String script : scripts) {
            run(0, "bash", "-n", script);
            if (isThere("shellcheck")) {
                run(0, "shellcheck", script);
            }
        }
        assertTrue(run(0, "bash", scripts.get(1)).contains("run sanitizer"));
        assertTrue(run(2, "bash", scripts.get(1), "nonsense").contains("there is no nonsense"));
    }

    private static Path sources() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(root.resolve("benchmarks/src/gpu"))) {
            root = root.getParent();
        }
        return root.resolve("benchmarks/src/gpu");
    }

    private static boolean isThere(String program) {
        return List.of(System.getenv("PATH").split(":")).stream().anyMatch(f -> Files.isExecutable(Path.of(f, program)));
    }

    private static String run(int status, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "did not end: " + String.join(" ", command));
        assertEquals(status, process.exitValue(), output);
        return output;
    }
}
