package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.model.sde.Sde;
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

/** Takes noise out of images in one step. */
@Command(name = "denoise", mixinStandardHelpOptions = true, header = "Take noise out of images in one step.",
        description = {"", "By Tweedie's formula, the mean of all clean images that the noisy one may have come from. Without --image: examples of the run's data are "
            + "made noisy first, and the picture's rows are clean, noisy, denoised.", ""},
        footer = {"", "Examples: langevin denoise --run runs/mnist --time 0.3 --out denoised.png",
            "          langevin denoise --run runs/mnist --image noisy.png --sigma 0.5 --out denoised.png"})
final class DenoiseCommand implements Runnable {
    private static final double USUAL_TIME = 0.3;

    @Mixin
    private Console console;
    @Mixin
    private Compute compute;

    @Option(names = "--run", required = true, paramLabel = "DIR", description = "Folder of the run.")
    private Path run;

    @Mixin
    private ImageSource source;

    @Option(names = "--time", paramLabel = "T", description = "The noise level, as a time of the forward process. Default: 0.3.")
    private Double time;

    @Option(names = "--sigma", paramLabel = "S", description = "The noise level, as the noise's standard deviation where black is -1 and white is 1.")
    private Double sigma;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Seed of the noise that is added. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--out", paramLabel = "FILE.png", description = "The picture. Default: denoised.png in the run's folder.")
    private Path out;

    @Override
    public void run() {
        if (time != null && sigma != null) {
            throw new InputException("--time and --sigma: give one of them");
        }
        Path file = out != null ? out : run.resolve("denoised.png");
        try (Backend backend = compute.open(console); TrainedRun trained = TrainedRun.open(run, TrainedRun.Weights.EMA, backend)) {
            int[] shape = ImageSource.shape(trained, run);
            OutputFile.check("--out", file);
            Sde sde = trained.score().sde();
            double t = sigma != null ? Denoising.time(sde, sigma) : time != null ? time : USUAL_TIME;
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("time", t);
            figures.put("sigma", Denoising.sigma(sde, t));
            if (source.image() != null) {
                ofFile(trained, t, shape, file);
            } else {
                ofData(trained, t, shape, file, figures);
            }
            figures.put("out", file.toString());
            console.result("%s", file);
            console.figures(figures);
        }
    }

    private void ofFile(TrainedRun trained, double t, int[] shape, Path file) {
        float[] noisy = Png.read(source.image(), shape[0], shape[1], shape[2]);
        Denoising result = Denoising.ofNoisy(trained.score(), trained.score().sde(), noisy, shape, t);
        Png.write(file, ImageGrid.single(result.denoised(), shape[0], shape[1], shape[2]));
    }

    private void ofData(TrainedRun trained, double t, int[] shape, Path file, Map<String, Object> figures) {
        float[] clean = source.trained(trained, console);
        int count = clean.length / (shape[0] * shape[1] * shape[2]);
        Denoising result = Denoising.ofClean(trained.score(), trained.score().sde(), clean, shape, t, seed);
        float[] rows = new float[3 * clean.length];
        System.arraycopy(clean, 0, rows, 0, clean.length);
        System.arraycopy(result.noisy(), 0, rows, clean.length, clean.length);
        System.arraycopy(result.denoised(), 0, rows, 2 * clean.length, clean.length);
        Png.write(file, ImageGrid.of(rows, 3 * count, shape[0], shape[1], shape[2], count));
        double noisyError = Denoising.meanSquaredError(clean, result.noisy());
        double denoisedError = Denoising.meanSquaredError(clean, result.denoised());
        figures.put("n", count);
        figures.put("mse_noisy", noisyError);
        figures.put("mse_denoised", denoisedError);
        console.result("time %.4g, mean squared error %.5f noisy, %.5f denoised", t, noisyError, denoisedError);
    }
}
