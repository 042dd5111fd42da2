package dev.langevin.cli;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.editing.Interpolation;
import dev.langevin.sampling.ode.DpmSolver;
import dev.langevin.sampling.ode.Inversion;
import dev.langevin.training.Denoising;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws images between two. */
@Command(name = "interpolate", mixinStandardHelpOptions = true, header = "Draw images between two, through their noises.",
        description = {"", "Images are taken to noise along the probability-flow ODE, joined there on a great circle, and taken back, by DPM-Solver-2. A row of the picture is an "
            + "image, the way from it to another by the share of that one, and that one.", ""},
        footer = {"", "Examples: langevin interpolate --run runs/mnist --from-data 4",
            "          langevin interpolate --run runs/mnist --image one.png --to two.png --between 10"})
final class InterpolateCommand implements Runnable {
    private static final int MOST = 100;

    @Mixin
    private ImageWork work;

    @Option(names = "--to", paramLabel = "FILE.png", description = "The other image, beside --image. Without both, the first examples of the data are taken in pairs.")
    private Path to;

    @Option(names = "--between", paramLabel = "K", defaultValue = "8", description = "Images on the way, both ends among them, at least 2. Default: ${DEFAULT-VALUE}.")
    private int between;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "50", description = "Steps of the solver each way, at two evaluations each. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Override
    public void run() {
        if (between < 2 || between > MOST) {
            throw new InputException("--between " + between + ": give a number from 2 to " + MOST);
        }
        if (steps < 1) {
            throw new InputException("--steps " + steps + ": give a number of at least 1");
        }
        if (work.ofFile() != (to != null)) {
            throw new InputException("--image and --to: give both, or neither");
        }
        work.open("interpolated", this::interpolate);
    }

    private void interpolate(ImageWork.Opened run) {
        Console console = work.console();
        Tensor both = to != null ? Tensor.concat(0, work.images(run), ImageWork.image(to, run.shape())) : work.pairs(run);
        Tensor from = each(both, 0);
        Tensor end = each(both, 1);
        double[] weights = IntStream.range(0, between).mapToDouble(k -> (double) k / (between - 1)).toArray();
        List<Tensor> path;
        try (Progress progress = console.progress("interpolating", "step", 0, (long) (between + 2) * steps)) {
            long[] done = {0};
            SampleOptions options = SampleOptions.of(steps, 1).withListener((step, of, t, x) -> progress.at(done[0] += step > 0 ? 1 : 0, ""));
            path = Autograd.noGrad(() -> new Interpolation(new Inversion(new DpmSolver(2))).between(run.score(), run.trained().score().sde(), from, end, weights, options));
        }
        SequencedMap<String, Tensor> columns = new LinkedHashMap<>();
        columns.put("from", from);
        for (int k = 0; k < between; k++) {
            columns.put(String.format(Locale.ROOT, "%.2f", weights[k]), path.get(k));
        }
        columns.put("to", end);
        run.writeColumns(columns);
        double error = Math.max(error(from, path.getFirst()), error(end, path.getLast()));
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("n", from.dim(0));
        figures.put("between", between);
        figures.put("steps", steps);
        work.figures(figures);
        figures.put("ends_rmse", error);
        figures.put("out", run.picture().toString());
        console.result("%d pairs, %d images on the way; the ends come back within %.3g (root mean square)", from.dim(0), between, error);
        console.result("%s", run.picture());
        console.figures(figures);
    }

    /** The first or the second of each pair of neighbours. */
    private static Tensor each(Tensor pairs, int which) {
        int n = pairs.dim(0) / 2;
        Shape image = Shape.of(n, pairs.dim(1), pairs.dim(2), pairs.dim(3));
        return pairs.reshape(n, 2, image.dim(1), image.dim(2), image.dim(3)).slice(1, which, which + 1).reshape(image);
    }

    private static double error(Tensor image, Tensor back) {
        return Math.sqrt(Denoising.meanSquaredError(image.toArray(), back.toArray()));
    }
}
