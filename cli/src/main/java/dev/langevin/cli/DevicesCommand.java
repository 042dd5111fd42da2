package dev.langevin.cli;

import dev.langevin.engine.cpu.Simd;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What this machine can compute on. */
@Command(name = "devices", mixinStandardHelpOptions = true, header = "Show what this machine can compute on.",
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
        List<Map<String, Object>> devices = List.of(cpu,
                device("reference", true, "float64, one thread, plain loops: what the others are checked against"),
                device("cuda", false, "this build has no CUDA backend"));
        for (Map<String, Object> device : devices) {
            console.result("%-10s %-4s %s", device.get("name"), (boolean) device.get("available") ? "yes" : "no", device.get("detail"));
        }
        String jdk = System.getProperty("java.vm.name") + " " + Runtime.version();
        console.result("%nJDK: %s, %s %s", jdk, System.getProperty("os.name"), System.getProperty("os.arch"));
        console.figures(Map.of("devices", devices, "jdk", jdk));
    }

    private static Map<String, Object> device(String name, boolean available, String detail) {
        Map<String, Object> device = new LinkedHashMap<>();
        device.put("name", name);
        device.put("available", available);
        device.put("detail", detail);
        return device;
    }
}
