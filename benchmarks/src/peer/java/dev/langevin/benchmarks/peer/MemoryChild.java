package dev.langevin.benchmarks.peer;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langevin.benchmarks.RandomExamples;
import dev.langevin.engine.Scope;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.io.TensorFiles;
import dev.langevin.model.nn.Parameters;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** The process that {@link MemoryContest} measures: training steps of one side, then one line of JSON about its memory. */
final class MemoryChild {
    /** Steps that are not timed: the JVM compiles, pools fill. */
    static final int UNTIMED = 4;

    private MemoryChild() {
    }

    /** {@code langevin|libtorch NET BATCH THREADS STEPS [contiguous|channels-last]}. */
    public static void main(String[] arguments) throws IOException {
        TrainConfig config = Contest.config(arguments[1], Integer.parseInt(arguments[2]));
        int threads = Integer.parseInt(arguments[3]);
        int steps = Integer.parseInt(arguments[4]);
        Parallel.setThreads(threads);
        Map<String, Object> figures = new LinkedHashMap<>();
        if (arguments[0].equals("langevin")) {
            langevin(config, steps, figures);
        } else {
            libtorch(config, threads, steps, arguments[5].equals("channels-last") ? MemoryFormat.ChannelsLast : MemoryFormat.Contiguous, figures);
        }
        figures.put("peak_bytes", status("VmHWM"));
        System.out.println(new ObjectMapper().writeValueAsString(figures));
    }

    private static void langevin(TrainConfig config, int steps, Map<String, Object> figures) throws IOException {
        figures.put("start_bytes", status("VmRSS"));
        try (CpuBackend backend = new CpuBackend();
                Trainer trainer = new Trainer(config, new RandomExamples(config.optimiser().batch(), config.exampleShape()), backend)) {
            figures.put("ms_per_step", milliseconds(steps, trainer::step));
            System.gc();
            figures.put("live_heap_bytes", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
            figures.put("tensor_bytes", backend.bytesHeld());
        }
    }

    private static void libtorch(TrainConfig config, int threads, int steps, MemoryFormat layout, Map<String, Object> figures) throws IOException {
        Libtorch.load(threads);
        figures.put("start_bytes", status("VmRSS"));
        TorchUNet network = new TorchUNet(config.unet(), weights(config), layout);
        TorchTrainer trainer = new TorchTrainer(network, config);
        int[] example = config.exampleShape();
        org.bytedeco.pytorch.Tensor x0 = torch.rand(config.optimiser().batch(), example[2], example[0], example[1]);
        // Langevin made the weights; what this took is not libtorch's.
        System.gc();
        Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // the peak is now what is resident
        figures.put("ms_per_step", milliseconds(steps, i -> trainer.step(x0, i)));
    }

    private static Map<String, Safetensors.Entry> weights(TrainConfig config) {
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            return TensorFiles.entries("", config.build(Parameters.create(config.seed())).parameters().map());
        }
    }

    private static double milliseconds(int steps, IntConsumer step) {
        long begin = 0;
        for (int i = 1; i <= UNTIMED + steps; i++) {
            begin = i == UNTIMED + 1 ? System.nanoTime() : begin;
            step.accept(i);
        }
        return (System.nanoTime() - begin) * 1e-6 / steps;
    }

    /** A figure of /proc/self/status, which is in KiB, in bytes. */
    private static long status(String name) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(name + ":")) {
                return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new IOException("/proc/self/status has no " + name);
    }
}
