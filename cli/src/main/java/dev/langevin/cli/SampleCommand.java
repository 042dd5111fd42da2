package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.model.score.CountingScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.SampleListener;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.Snapshots;
import dev.langevin.training.SampleSheet;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.data.Datasets;
import dev.langevin.training.image.ImageGrid;
import dev.langevin.training.image.Png;
import dev.langevin.training.image.Strip;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws new examples from a trained run. */
@Command(name = "sample", mixinStandardHelpOptions = true, header = "Draw new examples from a trained run, as a picture.",
        footer = {"", "Examples: langevin sample --run runs/mnist --n 64 --sampler pc --steps 500 --out digits.png --strip strip.png",
            "          langevin sample --run runs/mnist-conditional --label all --guidance 2 --n 100",
            "          langevin sample --run runs/mnist --label 3 --classifier runs/noise-classifier-mnist --guidance 2"})
final class SampleCommand implements Runnable {
    /** Examples whose way from noise the strip shows. */
    private static final int STRIP_ROWS = 8;
    private static final int STRIP_COLUMNS = 10;
    private static final int MOST = 100_000;

    @Mixin
    private Console console;
    @Mixin
    private Compute compute;
    @Mixin
    private SamplerChoice choice;
    @Mixin
    private Condition condition;

    @Option(names = "--run", required = true, paramLabel = "DIR", description = "Folder of the run.")
    private Path run;

    @Option(names = "--n", paramLabel = "N", description = "How many examples. Default: the run's own number.")
    private Integer n;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Seed of the noise. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--out", paramLabel = "FILE.png", description = "The picture. Default: samples.png in the run's folder.")
    private Path out;

    @Option(names = "--strip", paramLabel = "FILE.png", description = "Also a picture of the first examples on their way from noise to data.")
    private Path strip;

    @Option(names = "--weights", defaultValue = "ema", paramLabel = "ema|model",
            description = "Moving averages, or the weights themselves. Default: ${DEFAULT-VALUE}.")
    private TrainedRun.Weights weights;

    @Override
    public void run() {
        condition.check();
        try (Backend backend = compute.open(console); TrainedRun trained = TrainedRun.open(run, weights, backend); Condition given = condition) {
            draw(backend, trained, given);
        }
    }

    private void draw(Backend backend, TrainedRun trained, Condition given) {
        TrainConfig config = trained.config();
        int[] shape = config.exampleShape();
        int count = n != null ? n : config.sampling().n();
        if (count < 1 || count > MOST) {
            throw new InputException("--n " + count + ": give a number from 1 to " + MOST);
        }
        int length = SampleSheet.length(count, shape);
        if (strip != null && shape.length != 3) {
            throw new InputException("--strip: this run makes points, not images; leave the option out");
        }
        if (choice.bounds() && shape.length != 3) {
            throw new InputException("--threshold: this run makes points, whose range is not that of images; leave the option out");
        }
        CountingScore score = new CountingScore(choice.bounded(given.score(trained, count, backend), trained.score().sde()));
        Sampler method = choice.sampler(config.sampling());
        SampleOptions options = choice.options(method, config.sampling().steps(), seed);
        Path file = out != null ? out : run.resolve("samples.png");
        OutputFile.check("--out", file);
        if (strip != null) {
            OutputFile.check("--strip", strip);
        }
        long begin = System.nanoTime();
        float[] images = images(score, trained.score().sde(), method, options, count, shape, length);
        double seconds = (System.nanoTime() - begin) * 1e-9;
        int columns = SampleSheet.columns(count, given.all() ? given.classes(trained) : 0);
        Png.write(file, shape.length == 3 ? ImageGrid.of(images, count, shape[0], shape[1], shape[2], columns)
                : SampleSheet.picture(images, Datasets.open(config.data(), null, config.seed(), console::note)));
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("n", count);
        figures.put("sampler", method.name());
        figures.put("steps", method.adaptive() ? null : options.steps());
        figures.put("seed", seed);
        figures.put("label", given.label());
        figures.put("guidance", given.weight());
        figures.put("training_steps", trained.step());
        figures.put("evaluations", (double) score.images() / count);
        figures.put("seconds", seconds);
        figures.put("images_per_second", count / seconds);
        figures.putAll(Compute.figures(backend));
        figures.put("out", file.toString());
        figures.put("strip", strip == null ? null : strip.toString());
        console.result("%d examples by %s in %s, %.1f evaluations of the network each, %.1f s", count, method.name(),
                method.adaptive() ? "steps of its own" : options.steps() + " steps", (double) score.images() / count, seconds);
        console.result("%s", file);
        if (strip != null) {
            console.result("%s", strip);
        }
        console.figures(figures);
    }

    private float[] images(ScoreFunction score, Sde sde, Sampler method, SampleOptions options, int count, int[] shape, int length) {
        int first = strip == null ? 0 : Math.min(count, STRIP_ROWS);
        Snapshots snapshots = new Snapshots(STRIP_COLUMNS);
        float[] images = new float[length];
        long[] done = {0};
        try (Progress progress = console.progress("sampling", "example", 0, count)) {
            SampleListener shown = (step, steps, t, x) -> {
                progress.at(done[0] + (long) x.dim(0) * step / steps, String.format("t %.3f", t));
                done[0] += step == steps ? x.dim(0) : 0;
            };
            if (first > 0) {
                float[] part = SampleSheet.draw(score.forImages(IntStream.range(0, first).toArray()), sde, method, first, shape,
                        options.withListener(shown.and(snapshots)));
                System.arraycopy(part, 0, images, 0, part.length);
                List<Snapshots.Snapshot> taken = snapshots.taken();
                BufferedImage picture = Strip.of(taken.stream().map(Snapshots.Snapshot::values).toList(),
                        taken.stream().mapToDouble(Snapshots.Snapshot::t).toArray(), first, shape[0], shape[1], shape[2]);
                Png.write(strip, picture);
            }
            if (count > first) {
                float[] rest = SampleSheet.draw(score.forImages(IntStream.range(first, count).toArray()), sde, method, count - first, shape,
                        options.withFirstImage(first).withListener(shown));
                System.arraycopy(rest, 0, images, length - rest.length, rest.length);
            }
        }
        return images;
    }
}
