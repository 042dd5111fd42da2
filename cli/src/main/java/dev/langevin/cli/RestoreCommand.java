package dev.langevin.cli;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.sampling.inverse.Blur;
import dev.langevin.sampling.inverse.ConjugateGradients;
import dev.langevin.sampling.inverse.LinearOperator;
import dev.langevin.sampling.inverse.MatrixOperator;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.image.Png;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws images from a blurred version, from random projections, or from their shadows. */
@Command(name = "restore", mixinStandardHelpOptions = true, header = "Draw images from a blurred version, from random projections, or from their shadows.",
        description = {"", "Samples of the posterior, guided by the gradient through the denoised image. The picture's rows are the image (of the data, or the one given to "
            + "be measured), what is seen of it, and the result. What is seen is the blurred image, else the least-squares restoration, whose PSNR is printed beside.", ""},
        footer = {"", "Examples: langevin restore --run runs/mnist --operator blur --width 2",
            "          langevin restore --run runs/mnist --operator projections --measurements 150",
            "          langevin restore --run runs/mnist --operator tomography --angles 6"})
final class RestoreCommand implements Runnable {
    private static final int STEPS = 100;
    private static final long MOST_ELEMENTS = 100_000_000;

    /** What is seen. */
    enum Seen { BLUR, PROJECTIONS, TOMOGRAPHY }

    @Mixin
    private Console console;
    @Mixin
    private Compute compute;
    @Mixin
    private Restoration restoration;
    @Mixin
    private ImageSource source;

    @Option(names = "--run", required = true, paramLabel = "DIR", description = "Folder of the run.")
    private Path run;

    @Option(names = "--operator", required = true, paramLabel = "blur|projections|tomography",
            description = "blur: a Gaussian blur, of which --image is the result. projections: random projections, tomography: parallel beams, of the data or of --image.")
    private Seen seen;

    @Option(names = "--width", paramLabel = "W", defaultValue = "1.5", description = "The blur's standard deviation in pixels. Default: ${DEFAULT-VALUE}.")
    private double width;

    @Option(names = "--measurements", paramLabel = "M", description = "Number of projections. Default: a fourth of the numbers in an image.")
    private Integer measurements;

    @Option(names = "--angles", paramLabel = "K", defaultValue = "8", description = "Directions of the beams, spread over half a turn. Default: ${DEFAULT-VALUE}.")
    private int angles;

    @Override
    public void run() {
        restoration.run(console, compute, run, "restored", Restoration.Method.POSTERIOR, this::state);
    }

    private Restoration.Problem state(TrainedRun trained, int[] shape) {
        LinearOperator operator = operator(shape);
        boolean file = source.image() != null;
        Tensor images = Restoration.images(file ? Png.read(source.image(), shape[0], shape[1], shape[2]) : source.heldOut(trained, console), shape);
        boolean blurred = file && seen == Seen.BLUR;
        Tensor y = blurred ? images : restoration.measure(operator, images, Restoration.Method.POSTERIOR);
        Tensor leastSquares = leastSquares(operator, y);
        Tensor shown = seen == Seen.BLUR ? y : leastSquares;
        return new Restoration.Problem(operator, y, blurred ? null : images, shown,
                seen == Seen.BLUR ? Map.of("blurred", y) : Map.of("least squares", leastSquares));
    }

    private LinearOperator operator(int[] shape) {
        Shape image = Shape.of(shape);
        int size = image.size();
        int m = measurements != null ? measurements : Math.max(1, size / 4);
        if (!(width > 0 && Double.isFinite(width)) || m < 1 || angles < 1) {
            throw new InputException("--width, --measurements and --angles: give numbers above 0");
        }
        long rows = seen == Seen.PROJECTIONS ? m : seen == Seen.TOMOGRAPHY ? (long) angles * 2 * Math.max(shape[0], shape[1]) * shape[2] : 0;
        if (rows * size > MOST_ELEMENTS) {
            throw new InputException("--measurements, --angles: " + rows + " measurements of images of " + size + " numbers take more memory than is sensible; give fewer");
        }
        return switch (seen) {
            case BLUR -> new Blur(shape[0], shape[1], width);
            case PROJECTIONS -> MatrixOperator.random(m, image, restoration.seed());
            case TOMOGRAPHY -> MatrixOperator.parallelBeams(angles, image);
        };
    }

    /** A^T (A A^T + e I)^-1 y: the mean for white data of variance 1, with e as small as 100 steps resolve. */
    private static Tensor leastSquares(LinearOperator operator, Tensor y) {
        return operator.adjoint(ConjugateGradients.solve(v -> operator.apply(operator.adjoint(v)).add(v.mul(1e-2)), y, STEPS));
    }
}
