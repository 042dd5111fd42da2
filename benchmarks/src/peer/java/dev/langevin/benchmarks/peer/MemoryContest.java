package dev.langevin.benchmarks.peer;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langevin.engine.LangevinException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Peak resident memory (VmHWM) of training steps, each side in a process of its own; both are JVMs, libtorch's with a small
 * heap. Langevin's tensors are in the heap, whose greatest size is therefore what decides: first it is left at half of the
 * machine's memory, then set to what was live after a collection and a tenth more.
 */
final class MemoryContest {
    private static final String LINE = "  %-56s %8s %10s %10s %10s";
    private static final double SPARE_HEAP = 1.1;
    /** Of the heap, for what dies at once: a step makes little, and tensors are kept in the old generation. */
    private static final int YOUNG_MIB = 32;
    private static final int MIB = 1 << 20;
    private static final List<String> SMALL_HEAP = List.of("-XX:+UseSerialGC", "-Xmx512m", "-XX:MinHeapFreeRatio=5", "-XX:MaxHeapFreeRatio=10");

    /** For jemalloc, where it is preloaded: memory that was freed goes back to the system. */
    private static final Map<String, String> THRIFTY = Map.of("MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0");

    private final Operations.Say say;
    private final int batch;
    private final int threads;
    private final int steps;

    MemoryContest(Operations.Say say, int batch, int threads, int steps) {
        this.say = say;
        this.batch = batch;
        this.threads = threads;
        this.steps = steps;
    }

    /** Measures one net; in the ratios Langevin has the tight heap, and libtorch the layout that takes less. */
    Map<String, Object> run(String net) {
        say.line("%nPeak resident memory of %d training steps of %s, MiB", steps + MemoryChild.UNTIMED, net);
        say.line(LINE, "", "peak", "at start", "peak-start", "ms a step");
        Map<String, Object> roomy = child("Langevin, -XX:MaxRAMPercentage=50", List.of("-XX:+UseParallelGC", "-XX:MaxRAMPercentage=50"), THRIFTY,
                "langevin", net);
        long live = bytes(roomy, "live_heap_bytes");
        long heap = (long) Math.ceil(SPARE_HEAP * live / MIB) + YOUNG_MIB;
        Map<String, Object> tight = child("Langevin, -Xmx" + heap + "m -Xmn" + YOUNG_MIB + "m",
                List.of("-XX:+UseParallelGC", "-Xmx" + heap + "m", "-Xmn" + YOUNG_MIB + "m"), THRIFTY, "langevin", net);
        List<Map<String, Object>> timed = new ArrayList<>();
        List<Map<String, Object>> thrifty = new ArrayList<>();
        for (String layout : List.of("contiguous", "channels-last")) {
            timed.add(child("libtorch, " + layout + ", as it is timed", SMALL_HEAP, Map.of(), "libtorch", net, layout));
            thrifty.add(child("libtorch, " + layout + ", memory given back at once", SMALL_HEAP, THRIFTY, "libtorch", net, layout));
        }
        say.line("  Langevin's heap after a collection: %d MiB live, of which tensors and their pool %d MiB", live / MIB, bytes(roomy, "tensor_bytes") / MIB);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("net", net);
        figures.put("steps", steps + MemoryChild.UNTIMED);
        figures.put("langevin", List.of(roomy, tight));
        figures.put("libtorch", Stream.concat(timed.stream(), thrifty.stream()).toList());
        figures.put("against_libtorch_as_timed", ratios("libtorch as it is timed", tight, least(timed)));
        figures.put("against_libtorch_giving_back", ratios("libtorch giving memory back", tight, least(thrifty)));
        return figures;
    }

    private Map<String, Object> ratios(String whom, Map<String, Object> ours, Map<String, Object> theirs) {
        double whole = (double) bytes(theirs, "peak_bytes") / bytes(ours, "peak_bytes");
        double above = (double) above(theirs) / above(ours);
        say.line("  %-28s / Langevin: %.2f of the whole process, %.2f above the start (above 1: Langevin takes less)", whom, whole, above);
        return Map.of("whole_process", whole, "above_start", above);
    }

    private Map<String, Object> child(String name, List<String> heap, Map<String, String> environment, String side, String net, String... layout) {
        List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow(),
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(heap);
        command.addAll(List.of("-cp", ManagementFactory.getRuntimeMXBean().getClassPath(), MemoryChild.class.getName(), side, net,
                Integer.toString(batch), Integer.toString(threads), Integer.toString(steps)));
        command.addAll(List.of(layout));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("name", name);
        try {
            Process process = builder.start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new LangevinException(name + ": ended with status " + process.exitValue());
            }
            figures.putAll(new ObjectMapper().readValue(out, new TypeReference<Map<String, Object>>() { }));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LangevinException(name + ": interrupted", e);
        }
        say.line(LINE, name, bytes(figures, "peak_bytes") / MIB, bytes(figures, "start_bytes") / MIB, above(figures) / MIB,
                String.format("%.0f", (double) figures.get("ms_per_step")));
        return figures;
    }

    private static Map<String, Object> least(List<Map<String, Object>> children) {
        return children.stream().min(Comparator.comparingLong(c -> bytes(c, "peak_bytes"))).orElseThrow();
    }

    private static long above(Map<String, Object> figures) {
        return bytes(figures, "peak_bytes") - bytes(figures, "start_bytes");
    }

    private static long bytes(Map<String, Object> figures, String name) {
        return ((Number) figures.get(name)).longValue();
    }
}
