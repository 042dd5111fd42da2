package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.sampling.metrics.Accuracy;
import dev.langevin.training.MemoryEstimate;
import dev.langevin.training.Presets;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.TrainingRun;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Datasets;
import dev.langevin.training.evaluate.LeNetClassifier;
import dev.langevin.training.run.RunFolder;
import dev.langevin.training.run.TomlConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains a score network into a run's folder. */
@Command(name = "train", mixinStandardHelpOptions = true, header = "Train a score network into a run's folder.",
        description = {"", "A run leaves in its folder: config.toml, log.csv, loss.png, samples/ and checkpoints/. "
            + "A run that was stopped at any moment goes on with --resume.", ""},
        footer = {"", "Examples: langevin train mnist", "          langevin train --config mine.toml --out runs/mine --minutes 30",
            "          langevin train --resume runs/mnist"})
final class TrainCommand implements Runnable {
    @Mixin
    private Console console;
    @Mixin
    private Compute compute;

    @Parameters(arity = "0..1", paramLabel = "PRESET", completionCandidates = Names.OfPresets.class,
            description = "One of ${COMPLETION-CANDIDATES}.")
    private String preset;

    @Option(names = "--config", paramLabel = "FILE", description = "A configuration in TOML, in place of a preset.")
    private Path file;

    @Option(names = "--resume", paramLabel = "DIR", description = "Go on with the run in this folder, as its config.toml says.")
    private Path resume;

    @Option(names = "--out", paramLabel = "DIR", description = "Folder of the run. Default: runs/PRESET, or runs/PRESET-2, ... when that is taken.")
    private Path out;

    @Option(names = "--steps", paramLabel = "N", description = "Training steps. Default: the configuration's.")
    private Long steps;

    @Option(names = "--minutes", paramLabel = "M", description = "Stop after so many minutes of training, with a checkpoint. Default: no limit.")
    private Double minutes;

    @Option(names = "--seed", paramLabel = "S", description = "Seed of everything random. Default: the configuration's.")
    private Long seed;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with the data set's files; the run remembers it. Default: the cache folder, filled when they are not there.")
    private Path data;

    @Option(names = "--checkpoint-every", paramLabel = "N", description = "Steps between checkpoints. Default: the configuration's.")
    private Integer checkpointEvery;

    @Option(names = "--samples", paramLabel = "N", description = "Examples in the picture at the end. Default: the configuration's.")
    private Integer samples;

    @Override
    public void run() {
        if (Stream.of(preset, file, resume).filter(given -> given != null).count() != 1) {
            throw new InputException("train: give one of a preset (" + String.join(", ", Presets.NAMES) + "), --config FILE or --resume DIR");
        }
        if (minutes != null && !(minutes > 0)) {
            throw new InputException("--minutes " + minutes + ": give a number above 0");
        }
        TrainConfig config = resume != null ? resumed() : chosen();
        TrainReport report = new TrainReport(console, config);
        Path source = resume == null ? data : RunFolder.open(resume).data(data);
        try (Backend backend = compute.open(console)) {
            Dataset examples = Datasets.open(config.data(), source, config.exampleShape(), config.seed(), console::note);
            config.check(examples);
            MemoryEstimate memory = MemoryEstimate.of(config, examples);
            if (backend instanceof CpuBackend) {
                memory.check(Runtime.getRuntime().maxMemory());
            }
            Dataset shown = config.inpaints() && !config.data().equals(Datasets.FOLDER)
                    ? Datasets.openTest(config.data(), source, config.seed(), console::note) : examples;
            Path folder = resume != null ? resume : out != null ? out : free(preset != null ? preset : baseName(file));
            TrainingRun run = resume != null ? TrainingRun.resume(folder, config, examples, report)
                    : TrainingRun.create(folder, config, examples, report);
            if (data != null) {
                RunFolder.open(folder).noteData(data);
            }
            console.note("%s", memory);
            console.note("training in %s on %s", folder, Compute.describe(backend));
            long step;
            try (report) {
                step = run.showing(shown).train(backend, minutes == null ? Double.POSITIVE_INFINITY : 60 * minutes);
            }
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("run", folder.toString());
            figures.putAll(Compute.figures(backend));
            if (config.isClassifier() && config.data().equals(Datasets.FOLDER)) {
                console.note("no image of a folder is held out, so the classifier's accuracy is not measured");
            } else if (config.isClassifier()) {
                accuracy(folder, source, backend, figures);
            }
            report.finish(folder, step, figures);
        }
    }

    /** How often the classifier is right about examples that it has not seen. */
    private void accuracy(Path folder, Path source, Backend backend, Map<String, Object> figures) {
        try (TrainedRun trained = TrainedRun.open(folder, TrainedRun.Weights.EMA, backend); Scope scope = Scope.open(backend)) {
            TrainConfig config = trained.config();
            Dataset held = Datasets.openTest(config.data(), source, config.seed(), console::note);
            if (config.isImageClassifier()) {
                Accuracy accuracy = new LeNetClassifier(trained.imageClassifier()).accuracy(held);
                console.result("accuracy on %,d held-out images: %.2f %%, 95 %% interval %.2f to %.2f %%", accuracy.total(), 100 * accuracy.share(),
                        100 * accuracy.lower(), 100 * accuracy.upper());
                console.result("weights: SHA-256 %s", trained.sha256());
                figures.put("accuracy", accuracy.share());
                figures.put("accuracy_interval", new double[] {accuracy.lower(), accuracy.upper()});
                figures.put("sha256", trained.sha256());
                return;
            }
            figures.put("accuracy", NoiseAccuracy.tell(console, trained.classifier(), held, config.seed()));
        }
    }

    private TrainConfig chosen() {
        TrainConfig config = preset != null ? Presets.named(preset) : TomlConfig.read(file, TrainConfig.class);
        config = steps == null ? config : config.withSteps(steps);
        config = seed == null ? config : config.withSeed(seed);
        config = samples == null ? config : config.withSamples(samples);
        return checkpointEvery == null ? config : config.withCheckpointEvery(checkpointEvery);
    }

    /** The same bits as an unbroken run come out only of the same configuration, so none of it can be changed. */
    private TrainConfig resumed() {
        if (steps != null || seed != null || checkpointEvery != null || samples != null || out != null) {
            throw new InputException("--resume goes on with what config.toml in " + resume
                    + " says; leave out --steps, --seed, --checkpoint-every, --samples and --out, or start another run");
        }
        return TrainingRun.config(resume);
    }

    private static String baseName(Path file) {
        return file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
    }

    private static Path free(String name) {
        Path folder = Path.of("runs", name);
        for (int i = 2; taken(folder); i++) {
            folder = Path.of("runs", name + "-" + i);
        }
        return folder;
    }

    private static boolean taken(Path folder) {
        String[] content = folder.toFile().list();
        return content == null ? Files.exists(folder) : content.length > 0;
    }
}
