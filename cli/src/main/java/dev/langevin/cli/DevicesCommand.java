package dev.langevin.cli;

import dev.langevin.engine.cpu.Simd;
import dev.langevin.kernels.driver.Capability;
import dev.langevin.kernels.driver.CudaDevice;
import dev.langevin.kernels.driver.NativeLibraries;
import dev.langevin.kernels.driver.NativeLibrary;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What this machine can compute on, and what CUDA lacks if it cannot be used. */
@Command(name = "devices", mixinStandardHelpOptions = true, header = "Show what this machine can compute on.",
        description = {"", "Of each library that CUDA needs: the file and its version, or why it cannot be used, what to do about it, and the names and "
            + "folders that were looked for.", ""},
        footer = {"", "Example: langevin devices --json"})
final class DevicesCommand implements Runnable {
    @Mixin
    private Console console;

    @Override
    public void run() {
        Runtime runtime = Runtime.getRuntime();
        int bits = Simd.LANES * Float.SIZE;
        Map<String, Object> cpu = device("cpu", true, "float32, " + bits + "-bit vectors (" + Simd.LANES + " lanes), "
                + runtime.availableProcessors() + " cores, " + (runtime.maxMemory() >> 20) + " MiB for the heap");
        cpu.put("vector_bits", bits);
        cpu.put("cores", runtime.availableProcessors());
        cpu.put("heap_bytes", runtime.maxMemory());
        NativeLibraries libraries = NativeLibraries.here();
        List<Capability> capabilities = Arrays.stream(NativeLibrary.values()).map(libraries::capability).toList();
        List<CudaDevice> gpus = libraries.devices();
        boolean usable = libraries.missing().isEmpty();
        Map<String, Object> cuda = device("cuda", usable, usable ? describe(libraries.device()) : libraries.missing().orElseThrow());
        cuda.put("gpus", gpus.stream().map(DevicesCommand::figures).toList());
        cuda.put("libraries", capabilities.stream().map(DevicesCommand::figures).toList());
        List<Map<String, Object>> devices = List.of(cpu,
                device("reference", true, "float64, one thread, plain loops: what the others are checked against"), cuda);
        for (Map<String, Object> device : devices) {
            console.result("%-10s %-4s %s", device.get("name"), (boolean) device.get("available") ? "yes" : "no", device.get("detail"));
        }
        console.result("%nCUDA's libraries");
        capabilities.forEach(this::print);
        gpus.forEach(gpu -> console.result("  GPU %d    %s", gpu.index(), describe(gpu)));
        String jdk = System.getProperty("java.vm.name") + " " + Runtime.version();
        console.result("%nJDK: %s, %s %s", jdk, System.getProperty("os.name"), System.getProperty("os.arch"));
        console.figures(Map.of("devices", devices, "jdk", jdk));
    }

    private void print(Capability capability) {
        String label = capability.library().label();
        if (capability.available()) {
            console.result("  %-8s %s  %s", label, capability.version(), capability.path());
            return;
        }
        console.result("  %-8s %s%s", label, capability.version() == null ? "" : capability.version() + "  ", capability.reason());
        console.result("  %-8s hint: %s", "", capability.hint());
        if (capability.path() == null && !capability.folders().isEmpty()) {
            console.result("  %-8s names: %s", "", String.join(", ", capability.names()));
            console.result("  %-8s folders: %s", "", capability.folders().stream().map(Path::toString).collect(Collectors.joining(", ")));
        }
    }

    private static String describe(CudaDevice gpu) {
        return String.format("%s, %.1f GiB, compute capability %d.%d, %d multiprocessors", gpu.name(), gpu.bytes() / (double) (1 << 30), gpu.major(),
                gpu.minor(), gpu.multiprocessors());
    }

    private static Map<String, Object> figures(CudaDevice gpu) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("index", gpu.index());
        figures.put("name", gpu.name());
        figures.put("memory_bytes", gpu.bytes());
        figures.put("compute_capability", gpu.major() + "." + gpu.minor());
        figures.put("multiprocessors", gpu.multiprocessors());
        return figures;
    }

    private static Map<String, Object> figures(Capability capability) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("name", capability.library().label());
        figures.put("available", capability.available());
        figures.put("version", capability.version());
        figures.put("path", capability.path() == null ? null : capability.path().toString());
        figures.put("reason", capability.reason());
        figures.put("hint", capability.hint());
        figures.put("names", capability.names());
        figures.put("folders", capability.folders().stream().map(Path::toString).toList());
        return figures;
    }

    private static Map<String, Object> device(String name, boolean available, String detail) {
        Map<String, Object> device = new LinkedHashMap<>();
        device.put("name", name);
        device.put("available", available);
        device.put("detail", detail);
        return device;
    }
}
