package dev.langevin.cli;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.editing.Interpolation;
import dev.langevin.sampling.ode.DpmSolver;
import dev.langevin.sampling.ode.Inversion;
import dev.langevin.training.Denoising;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.image.ImageGrid;
import dev.langevin.training.image.Png;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws images between two. */
@Command(name = "interpolate", mixinStandardHelpOptions = true, header = "Draw images between two, through their noises.",
        description = {"", "Images are taken to noise along the probability-flow ODE, joined there on a great circle, and taken back, by DPM-Solver-2. A row of the picture is an "
            + "image, the way from it to another, and that one.", ""},
        footer = {"", "Examples: langevin interpolate --run runs/mnist --from-data 4",
            "          langevin interpolate --run runs/mnist --image one.png --to two.png --between 10"})
final class InterpolateCommand implements Runnable {
    private static final int MOST = 100;

    @Mixin
    private Console console;
    @Mixin
    private Compute compute;
    @Mixin
    private ImageSource source;

    @Option(names = "--run", required = true, paramLabel = "DIR", description = "Folder of the run.")
    private Path run;

    @Option(names = "--to", paramLabel = "FILE.png", description = "The other image, beside --image. Without both, the first examples of the data are taken in pairs.")
    private Path to;

    @Option(names = "--between", paramLabel = "K", defaultValue = "8", description = "Images on the way, both ends among them, at least 2. Default: ${DEFAULT-VALUE}.")
    private int between;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "50", description = "Steps of the solver each way, at two evaluations each. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(names = "--out", paramLabel = "FILE.png", description = "The picture. Default: interpolated.png in the run's folder.")
    private Path out;

    @Override
    public void run() {
        if (between < 2 || between > MOST) {
            throw new InputException("--between " + between + ": give a number from 2 to " + MOST);
        }
        if (steps < 1) {
            throw new InputException("--steps " + steps + ": give a number of at least 1");
        }
        if ((source.image() == null) != (to == null)) {
            throw new InputException("--image and --to: give both, or neither");
        }
        Path file = out != null ? out : run.resolve("interpolated.png");
        try (Backend backend = compute.open(console); TrainedRun trained = TrainedRun.open(run, TrainedRun.Weights.EMA, backend);
                Scope scope = Scope.open(backend)) {
            int[] shape = ImageSource.shape(trained, run);
            OutputFile.check("--out", file);
            Tensor from = to != null ? Restoration.images(Png.read(source.image(), shape[0], shape[1], shape[2]), shape) : pairs(trained, shape, 0);
            Tensor end = to != null ? Restoration.images(Png.read(to, shape[0], shape[1], shape[2]), shape) : pairs(trained, shape, 1);
            double[] weights = new double[between];
            for (int k = 0; k < between; k++) {
                weights[k] = (double) k / (between - 1);
            }
            List<Tensor> path;
            try (Progress progress = console.progress("interpolating", "step", 0, (long) (between + 2) * steps)) {
                long[] done = {0};
                SampleOptions options = SampleOptions.of(steps, 1).withListener((step, of, t, x) -> progress.at(done[0] += step > 0 ? 1 : 0, ""));
                path = Autograd.noGrad(() -> new Interpolation(new Inversion(new DpmSolver(2))).between(trained.score(), trained.score().sde(), from, end, weights, options));
            }
            write(file, from, end, path, shape);
            double error = Math.max(error(from, path.getFirst()), error(end, path.getLast()));
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("n", from.dim(0));
            figures.put("between", between);
            figures.put("steps", steps);
            figures.put("ends_rmse", error);
            figures.put("out", file.toString());
            console.result("%d pairs, %d images on the way; the ends come back within %.3g (root mean square)", from.dim(0), between, error);
            console.result("%s", file);
            console.figures(figures);
        }
    }

    /** The first or the second of each pair of neighbours. */
    private Tensor pairs(TrainedRun trained, int[] shape, int which) {
        Tensor all = Restoration.images(source.pairs(trained, console), shape);
        int n = all.dim(0) / 2;
        return all.reshape(n, 2, shape[0], shape[1], shape[2]).slice(1, which, which + 1).reshape(Shape.of(n, shape[0], shape[1], shape[2]));
    }

    private static double error(Tensor image, Tensor back) {
        return Math.sqrt(Denoising.meanSquaredError(image.toArray(), back.toArray()));
    }

    private static void write(Path file, Tensor from, Tensor to, List<Tensor> path, int[] shape) {
        int n = from.dim(0);
        List<Tensor> columns = new ArrayList<>(List.of(from));
        columns.addAll(path);
        columns.add(to);
        Tensor[] cells = new Tensor[n * columns.size()];
        for (int i = 0; i < cells.length; i++) {
            int row = i / columns.size();
            cells[i] = columns.get(i % columns.size()).slice(0, row, row + 1);
        }
        Png.write(file, ImageGrid.of(Tensor.concat(0, cells).toArray(), cells.length, shape[0], shape[1], shape[2], columns.size()));
    }
}
