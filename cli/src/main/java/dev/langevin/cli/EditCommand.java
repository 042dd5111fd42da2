package dev.langevin.cli;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.editing.SdEdit;
import dev.langevin.training.Denoising;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.image.ImageGrid;
import dev.langevin.training.image.Png;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes images more like the data. */
@Command(name = "edit", mixinStandardHelpOptions = true, header = "Make images more like the data (SDEdit): noise them, and sample from there.",
        description = {"", "The picture's rows are input and result.", ""},
        footer = {"", "Example: langevin edit --run runs/mnist --image scribble.png --strength 0.5 --out digit.png"})
final class EditCommand implements Runnable {
    @Mixin
    private Console console;
    @Mixin
    private Compute compute;
    @Mixin
    private SamplerChoice choice;
    @Mixin
    private ImageSource source;

    @Option(names = "--run", required = true, paramLabel = "DIR", description = "Folder of the run.")
    private Path run;

    @Option(names = "--strength", required = true, paramLabel = "S",
            description = "How far back to noise, from 0, which leaves the image as it is, to 1, which is a sample that does not know it.")
    private double strength;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Seed of all noise. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--out", paramLabel = "FILE.png", description = "The picture. Default: edited.png in the run's folder.")
    private Path out;

    @Override
    public void run() {
        if (!(strength >= 0 && strength <= 1)) {
            throw new InputException("--strength " + strength + ": give a number from 0 to 1");
        }
        Path file = out != null ? out : run.resolve("edited.png");
        try (Backend backend = compute.open(console); TrainedRun trained = TrainedRun.open(run, TrainedRun.Weights.EMA, backend);
                Scope scope = Scope.open(backend)) {
            int[] shape = ImageSource.shape(trained, run);
            OutputFile.check("--out", file);
            Sampler sampler = choice.sampler(trained.config().sampling());
            SampleOptions options = choice.options(sampler, trained.config().sampling().steps(), seed);
            Tensor images = Restoration.images(source.image() != null ? Png.read(source.image(), shape[0], shape[1], shape[2])
                    : source.heldOut(trained, console), shape);
            int n = images.dim(0);
            Tensor result;
            try (Progress progress = console.progress("editing", "image", 0, n)) {
                SampleOptions told = options.withListener((step, steps, t, x) -> progress.at((long) n * step / steps, String.format("t %.3f", t)));
                result = Autograd.noGrad(() -> new SdEdit(sampler).edit(choice.bounded(trained.score(), trained.score().sde()), trained.score().sde(), images,
                        strength, told));
            }
            Png.write(file, ImageGrid.of(Tensor.concat(0, images, result).toArray(), 2 * n, shape[0], shape[1], shape[2], n));
            double change = Denoising.meanSquaredError(images.toArray(), result.toArray());
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("n", n);
            figures.put("strength", strength);
            figures.put("sampler", sampler.name());
            figures.put("seed", seed);
            figures.put("mean_squared_change", change);
            figures.put("out", file.toString());
            console.result("%d images, strength %.3g, mean squared change %.5f", n, strength, change);
            console.result("%s", file);
            console.figures(figures);
        }
    }
}
