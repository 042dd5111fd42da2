package dev.langevin.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langevin.benchmarks.gpu.OpWork.Kind;
import dev.langevin.engine.InputException;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.kernels.CudaException;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.training.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Copy, kernels, training, sampling, dense maths; ours and PyTorch's in turn; what tells most comes first. */
@Command(name = "bench", mixinStandardHelpOptions = true,
        header = "Time Langevin on a GPU, beside PyTorch where --peer is given; write a JSON and a Markdown file.")
final class Bench implements Callable<Integer> {
    /** What can be left out by --parts. */
    enum Part { COPY, KERNELS, TRAINING, SAMPLING, DENSE }

    /** Greatest difference to PyTorch's float32 values, as a share of each tensor's largest. */
    private static final Map<Precision, Double> AGREEMENT = Map.of(Precision.FP32, 1e-3, Precision.TF32, 2e-2, Precision.BF16, 0.1);

    @Mixin
    private final Devices devices = new Devices();

    @Option(names = "--out", paramLabel = "BASE", defaultValue = "bench", description = "BASE.json and BASE.md are written. Default: ${DEFAULT-VALUE}.")
    private Path out;

    @Option(names = "--parts", paramLabel = "PART", split = ",", description = "Of ${COMPLETION-CANDIDATES}. Default: all.")
    private List<Part> parts = List.of(Part.values());

    @Option(names = "--precision", paramLabel = "P", split = ",", description = "Of ${COMPLETION-CANDIDATES}. Default: bf16,tf32,fp32.")
    private List<Precision> precisions = List.of(Precision.BF16, Precision.TF32, Precision.FP32);

    @Option(names = "--batch", paramLabel = "B", split = ",", description = "Images at once. Default: 128,512.")
    private List<Integer> batches = List.of(128, 512);

    @Option(names = "--minutes", paramLabel = "M", defaultValue = "60", description = "Begin nothing new after so many. Default: ${DEFAULT-VALUE}.")
    private double minutes;

    @Option(names = "--peer", paramLabel = "FILE", description = "PyTorch's side: benchmarks/src/gpu/peer.py.")
    private Path script;

    @Option(names = "--python", paramLabel = "PROGRAM", defaultValue = "python3", description = "A Python that has PyTorch. Default: ${DEFAULT-VALUE}.")
    private String python;

    @Option(names = "--compile", paramLabel = "MODE", defaultValue = "default",
            description = "Mode of torch.compile: default, or max-autotune-no-cudagraphs, which takes minutes more. The whole step is a CUDA graph in either. Default: ${DEFAULT-VALUE}.")
    private String compile;

    private final Map<Long, Double> copyRates = new LinkedHashMap<>();
    private Plan plan;
    private Report report;
    private Peer peer;
    private Path folder;
    private long deadline;
    private boolean failed;

    @Override
    public Integer call() throws IOException {
        if (!(minutes > 0) || batches.stream().anyMatch(b -> b < 1) || script != null && !Files.isReadable(script)) {
            throw new InputException("--minutes must be above 0, --batch at least 1, and --peer a file that can be read");
        }
        plan = devices.emulate ? Plan.emulated() : Plan.onDevice(batches);
        deadline = System.nanoTime() + (long) (minutes * 60e9);
        report = new Report(out.toAbsolutePath(), !devices.emulate);
        peer = script == null ? null : new Peer(python, script, 300);
        folder = Files.createTempDirectory("langevin-bench");
        try (devices) {
            settings();
            precisions.forEach(p -> agreement(p));
            all();
        } finally {
            if (peer != null) {
                peer.close();
            }
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
        say("%s.md and %s.json are written", out, out);
        return failed ? 1 : 0;
    }

    private void all() {
        Precision first = precisions.getFirst();
        part(Part.COPY, () -> plan.copies().forEach(this::copy));
        // The sizes that the bars are about, then the networks, then the rest.
        part(Part.KERNELS, () -> kernels(true));
        part(Part.TRAINING, () -> plan.batches().forEach(b -> training(first, b)));
        part(Part.SAMPLING, () -> plan.batches().forEach(b -> sampling(first, b)));
        part(Part.KERNELS, () -> kernels(false));
        for (Precision p : precisions.subList(1, precisions.size())) {
            part(Part.TRAINING, () -> plan.batches().forEach(b -> training(p, b)));
        }
        for (Precision p : precisions) {
            part(Part.DENSE, () -> plan.dense().forEach(w -> dense(p, w)));
        }
        for (Precision p : precisions.subList(1, precisions.size())) {
            part(Part.SAMPLING, () -> plan.batches().forEach(b -> sampling(p, b)));
        }
    }

    private void part(Part part, Runnable work) {
        if (parts.contains(part)) {
            work.run();
        }
    }

    private void settings() {
        CudaBackend backend = devices.backend(precisions.getFirst());
        report.setting("device", backend.runtime().device());
        report.setting("multiprocessors", backend.runtime().multiprocessors());
        report.setting("driver", GpuBenchmark.driver());
        report.setting("libraries", backend.dense().description());
        report.setting("java", System.getProperty("java.vm.name") + " " + Runtime.version());
        report.setting("commit", System.getProperty("langevin.commit", "unknown"));
        report.setting("turns", plan.turns() + " of " + plan.repeats() + " times of at least " + plan.leastMs() + " ms");
        if (peer != null) {
            try {
                peer.ask(Map.of("do", "hello")).properties().forEach(e -> report.setting("pytorch_" + e.getKey(), e.getValue().asText()));
                report.setting("pytorch_compile", compile + ", the whole step as a CUDA graph");
            } catch (Peer.Failed e) {
                report.leftOut("PyTorch: " + e.getMessage());
                failed = true;
                peer = null;
            }
        }
    }

    // ---- the works ----

    private void copy(OpWork work) {
        Row row = new Row("Copy from device to device", "copy", megabytes(work.bytes(Precision.FP32)), "");
        row.bytes = work.bytes(Precision.FP32);
        opRow(row, work, Precision.FP32, modes("eager"));
    }

    private void kernels(boolean large) {
        for (Precision p : precisions) {
            for (Kind kind : Kind.values()) {
                boolean state = kind == Kind.LANGEVIN_UPDATE || kind == Kind.LANGEVIN_STEP;
                // TF32 is about matrix products alone, and a sampler's state is float32 in every precision.
                if (kind == Kind.COPY || kind.dense() || p == Precision.TF32 || state && p != precisions.getFirst()) {
                    continue;
                }
                plan.kernels(kind, p).stream().filter(w -> large == (devices.emulate || w.bytes(p) >= Plan.LARGE)).forEach(w -> kernel(p, w));
            }
        }
    }

    private void kernel(Precision p, OpWork work) {
        boolean state = work.kind() == Kind.LANGEVIN_UPDATE || work.kind() == Kind.LANGEVIN_STEP;
        Row row = new Row("Kernels", work.kind().label(), Shape.of(work.shape()) + ", " + megabytes(work.bytes(p))
                + (work.sets() > 1 ? " x " + work.sets() : ""), state ? "fp32" : name(p));
        row.bytes = work.bytes(p);
        if (row.bytes >= Plan.LARGE && work.kind() != Kind.GROUPNORM_SILU_BACKWARD) {
            row.bar(Row.Bar.COPY, 0.85).bar(Row.Bar.EAGER, 2);
        }
        if (!devices.emulate) {
            row.copyRate = copyRate(work, p);
        }
        // Compiling takes seconds for each shape; a sampler's state of one or three channels has no layout to speak of.
        List<String> modes = new ArrayList<>(state ? modes("eager") : modes("eager", "eager nchw"));
        modes.addAll(row.bytes >= Plan.LARGE ? modes("compiled") : List.of());
        opRow(row, work, state ? Precision.FP32 : p, modes);
    }

    private void dense(Precision p, OpWork work) {
        int[] s = work.shape();
        Row row = new Row("cuBLAS and cuDNN", work.kind().label(), work.kind() == Kind.GEMM ? s[0] + " x " + s[1] + " x " + s[2]
                : String.format("%d x %dx%d, %d to %d, %dx%d, stride %d", s[0], s[1], s[2], s[3], s[4], s[5], s[5], s[6]), name(p));
        row.flops = work.flops();
        opRow(row, work, p, modes("eager"));
    }

    private void opRow(Row row, OpWork work, Precision p, List<String> modes) {
        List<Contest.Opening> openings = new ArrayList<>();
        openings.add(new Contest.Opening("langevin", () -> work.ours(devices.backend(p))));
        for (String mode : modes) {
            torch(openings, mode, () -> work.request(p), 3);
        }
        row(row, openings, work.sets(), false, plan.turns(), plan.repeats());
    }

    /** Bytes a second of a copy of as many bytes as {@code work} moves, in as many sets. */
    private double copyRate(OpWork work, Precision p) {
        OpWork copy = Plan.copy(Math.round(work.bytes(p) / 8), work.sets());
        return copyRates.computeIfAbsent(copy.elements() * 16 + copy.sets(), k -> {
            try (Contender contender = copy.ours(devices.backend(p))) {
                int inner = Contest.inner(contender, plan.leastMs());
                return copy.bytes(p) * copy.sets() / (contender.time(plan.repeats(), inner).median() * 1e-3);
            }
        });
    }

    private void training(Precision p, int batch) {
        TrainConfig config = plan.network().withBatch(batch);
        Row row = new Row("Training step", "mnist-unet, a step", "batch " + batch, name(p)).bar(Row.Bar.EAGER, 1.5).bar(Row.Bar.COMPILED, 1);
        row.images = batch;
        List<Contest.Opening> openings = new ArrayList<>();
        openings.add(new Contest.Opening("langevin", () -> TrainingWork.trainer(config, devices.backend(p))));
        openings.add(new Contest.Opening("langevin graph", () -> TrainingWork.graph(config, devices.backend(p))));
        openings.add(new Contest.Opening("langevin eager", () -> TrainingWork.eager(config, devices.backend(p))));
        for (String mode : modes("eager", "eager nchw", "compiled")) {
            torch(openings, mode, () -> network("training", p, batch), 5);
        }
        row(row, openings, 1, true, plan.turns(), plan.repeats());
    }

    private void sampling(Precision p, int batch) {
        TrainConfig config = plan.network().withBatch(batch);
        Row row = new Row("Sampling", "mnist-unet, predictor-corrector, " + plan.samplingSteps() + " steps", "batch " + batch, name(p))
                .bar(Row.Bar.EAGER, 2);
        row.images = batch;
        List<Contest.Opening> openings = new ArrayList<>();
        openings.add(new Contest.Opening("langevin", () -> sampler(config, devices.backend(p), batch)));
        for (String mode : modes("eager", "compiled")) {
            torch(openings, mode, () -> {
                Map<String, Object> request = network("sampling", p, batch);
                request.put("steps", plan.samplingSteps());
                request.put("snr", CaseFile.SNR);
                return request;
            }, 0);
        }
        row(row, openings, 1, false, Math.min(2, plan.turns()), 1);
    }

    private Contender sampler(TrainConfig config, CudaBackend backend, int batch) {
        Scope scope = Scope.open(backend);
        Sde sde = config.sde().build();
        NetworkScore score = new NetworkScore(config.build(Parameters.create(config.seed())), config.parametrisation(), sde);
        int[] example = config.exampleShape();
        Shape shape = Shape.of(batch, example[0], example[1], example[2]);
        SampleOptions few = SampleOptions.of(CaseFile.STEPS, 1);
        SampleOptions all = SampleOptions.of(plan.samplingSteps(), 1);
        sample(score, sde, shape, few);
        return new Ours("langevin", backend, k -> sample(score, sde, shape, all), scope::close);
    }

    private static void sample(NetworkScore score, Sde sde, Shape shape, SampleOptions options) {
        try (Scope scope = Scope.open()) {
            Samplers.named("pc", SamplerSettings.usual().withSnr(CaseFile.SNR)).sample(score, sde, shape, options);
        }
    }

    private Map<String, Object> network(String what, Precision p, int batch) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("what", what);
        request.put("file", caseFile(p).toString());
        request.put("batch", batch);
        request.put("precision", name(p));
        return request;
    }

    /** PyTorch's modes that take part: none where PyTorch does not. */
    private List<String> modes(String... modes) {
        return peer == null ? List.of() : List.of(modes);
    }

    private void torch(List<Contest.Opening> openings, String mode, Supplier<Map<String, Object>> work, int warmUp) {
        openings.add(new Contest.Opening("torch " + mode, () -> {
            Map<String, Object> request = work.get();
            request.put("mode", mode);
            request.put("compile", compile.equals("default") ? null : compile);
            return peer.open("torch " + mode, request, warmUp);
        }));
    }

    // ---- agreement ----

    private Path caseFile(Precision p) {
        Path file = folder.resolve(name(p) + ".safetensors");
        if (Files.notExists(file)) {
            CaseFile.write(file, plan.network(), devices.backend(p));
        }
        return file;
    }

    /** Says how far Langevin and PyTorch are from PyTorch's float32 values; far apart, times would mean nothing. */
    private void agreement(Precision p) {
        if (peer == null) {
            return;
        }
        try {
            JsonNode answer = peer.ask(Map.of("do", "check", "file", caseFile(p).toString(), "precision", name(p),
                    "steps", CaseFile.STEPS, "snr", CaseFile.SNR));
            report.setting("distance_to_pytorch_fp32_" + name(p), answer.toString());
            for (String figure : List.of("output", "loss", "gradient", "sample")) {
                double distance = answer.get("langevin").get(figure).asDouble(Double.POSITIVE_INFINITY);
                // Where PyTorch itself is off by more in this precision, twice that.
                double allowed = Math.max(AGREEMENT.get(p), 2 * answer.path("torch").path(figure).asDouble(0));
                if (!(distance <= allowed)) {
                    failed = true;
                    report.leftOut(String.format("agreement: %s %s is %.2g from PyTorch's, more than %.2g: DISAGREES, its times mean nothing",
                            name(p), figure, distance, allowed));
                }
            }
            say("distance to PyTorch in float32, %s: %s", name(p), answer);
        } catch (Peer.Failed | LangevinException | CudaException e) {
            failed = true;
            report.leftOut("agreement in " + name(p) + ": " + e.getMessage());
        }
    }

    /** Lets all take turns and writes the row, while there is time. */
    private void row(Row row, List<Contest.Opening> openings, int perRun, boolean host, int turns, int repeats) {
        if (System.nanoTime() > deadline) {
            report.leftOut(row + ": no time left");
            return;
        }
        failed |= !new Contest(row, perRun, host, turns, repeats, plan.leastMs()).run(openings);
        say("%s: %s", row, row.times.isEmpty() ? row.notes : devices.emulate ? "ran" : row.summary());
        report.add(row);
    }

    private static String name(Precision p) {
        return p.name().toLowerCase(Locale.ROOT);
    }

    private static String megabytes(double bytes) {
        return String.format("%.3g MB", bytes * 1e-6);
    }

    private static void say(String format, Object... arguments) {
        System.out.printf(format + "%n", arguments);
    }
}
