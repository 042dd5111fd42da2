package dev.langevin.cli;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.editing.SdEdit;
import dev.langevin.training.Denoising;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes images more like the data. */
@Command(name = "edit", mixinStandardHelpOptions = true, header = "Make images more like the data (SDEdit): noise them, and sample from there.",
        description = {"", "The picture's rows are the image, what it is when it is noised, where sampling starts (cut at black and white), and the result.", ""},
        footer = {"", "Examples: langevin edit --run runs/mnist --image scribble.png --strength 0.5 --out digit.png",
            "          langevin edit --run runs/mnist-conditional --image scribble.png --strength 0.6 --label 3 --guidance 2"})
final class EditCommand implements Runnable {
    @Mixin
    private ImageWork work;
    @Mixin
    private SamplerChoice choice;

    @Option(names = "--strength", required = true, paramLabel = "S",
            description = "How far back to noise, from 0, which leaves the image as it is, to 1, which is a sample that does not know it.")
    private double strength;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Seed of all noise. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Override
    public void run() {
        if (!(strength >= 0 && strength <= 1)) {
            throw new InputException("--strength " + strength + ": give a number from 0 to 1");
        }
        work.open("edited", this::edit);
    }

    private void edit(ImageWork.Opened run) {
        Console console = work.console();
        Sampler sampler = choice.sampler(run.trained().config().sampling());
        SampleOptions options = choice.options(sampler, run.trained().config().sampling().steps(), seed);
        Tensor images = work.images(run);
        int n = images.dim(0);
        Sde sde = run.trained().score().sde();
        float[][] start = {images.toArray()}; // of strength 0, which samples nothing
        Tensor result;
        try (Progress progress = console.progress("editing", "image", 0, n)) {
            SampleOptions told = options.withListener((step, steps, t, x) -> {
                progress.at((long) n * step / steps, String.format("t %.3f", t));
                start[0] = step == 0 ? x.toArray() : start[0];
            });
            result = Autograd.noGrad(() -> new SdEdit(sampler).edit(choice.bounded(run.score(), sde), sde, images, strength, told));
        }
        run.write(ImageWork.named("image", images, "noised", ImageWork.tensor(start[0], run.shape()), "result", result));
        double change = Denoising.meanSquaredError(images.toArray(), result.toArray());
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("n", n);
        figures.put("strength", strength);
        figures.put("sampler", sampler.name());
        work.figures(figures);
        figures.put("seed", seed);
        figures.put("mean_squared_change", change);
        figures.put("out", run.picture().toString());
        console.result("%d images, strength %.3g, mean squared change %.5f", n, strength, change);
        console.result("%s", run.picture());
        console.figures(figures);
    }
}
