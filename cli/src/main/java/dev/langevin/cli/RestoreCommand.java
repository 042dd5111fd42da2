package dev.langevin.cli;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.sampling.inverse.Blur;
import dev.langevin.sampling.inverse.ConjugateGradients;
import dev.langevin.sampling.inverse.LinearOperator;
import dev.langevin.sampling.inverse.MatrixOperator;
import java.util.Locale;
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
    private static final double USUAL_WIDTH = 1.5;
    private static final int USUAL_ANGLES = 8;

    /** What is seen. */
    enum Seen { BLUR, PROJECTIONS, TOMOGRAPHY }

    @Mixin
    private Restoration restoration;

    @Option(names = "--operator", required = true, paramLabel = "blur|projections|tomography",
            description = "blur: a Gaussian blur, of which --image is the result. projections: random projections, tomography: parallel beams, of the data or of --image.")
    private Seen seen;

    @Option(names = "--width", paramLabel = "W", description = "Of blur: its standard deviation in pixels, above 0. Default: 1.5.")
    private Double width;

    @Option(names = "--measurements", paramLabel = "M", description = "Of projections: how many, at least 1. Default: a fourth of the numbers in an image.")
    private Integer measurements;

    @Option(names = "--angles", paramLabel = "K", description = "Of tomography: directions of the beams, spread over half a turn, at least 1. Default: 8.")
    private Integer angles;

    @Override
    public void run() {
        check("--width", width, Seen.BLUR);
        check("--measurements", measurements, Seen.PROJECTIONS);
        check("--angles", angles, Seen.TOMOGRAPHY);
        restoration.run("restored", Restoration.Method.POSTERIOR, this::state);
    }

    /** Refuses an option of another operator, and a value that is none. */
    private void check(String option, Number value, Seen owner) {
        if (value != null && owner != seen) {
            throw new InputException(option + ": is of operator '" + name(owner) + "', and '" + name(seen) + "' takes no notice of it; leave it out, or choose another with --operator");
        }
        if (value != null && !(owner == Seen.BLUR ? value.doubleValue() > 0 && Double.isFinite(value.doubleValue()) : value.intValue() >= 1)) {
            throw new InputException(option + " " + value + ": give a number " + (owner == Seen.BLUR ? "above 0" : "of at least 1"));
        }
    }

    private static String name(Seen seen) {
        return seen.name().toLowerCase(Locale.ROOT);
    }

    private Restoration.Problem state(ImageWork.Opened run) {
        LinearOperator operator = operator(run.shape());
        Tensor images = restoration.work().images(run);
        if (seen != Seen.BLUR) {
            Tensor y = restoration.measure(operator, images, Restoration.Method.POSTERIOR);
            Tensor leastSquares = leastSquares(operator, y);
            return new Restoration.Problem(operator, y, images, ImageWork.named("image", images, "least squares", leastSquares), Map.of("least squares", leastSquares));
        }
        if (restoration.work().ofFile()) {
            return new Restoration.Problem(operator, images, null, ImageWork.named("blurred", images), Map.of());
        }
        Tensor y = restoration.measure(operator, images, Restoration.Method.POSTERIOR);
        return new Restoration.Problem(operator, y, images, ImageWork.named("image", images, "blurred", y), Map.of("blurred", y));
    }

    private LinearOperator operator(int[] shape) {
        Shape image = Shape.of(shape);
        int size = image.size();
        int m = measurements != null ? measurements : Math.max(1, size / 4);
        int directions = angles != null ? angles : USUAL_ANGLES;
        long rows = seen == Seen.PROJECTIONS ? m : seen == Seen.TOMOGRAPHY ? (long) directions * 2 * Math.max(shape[0], shape[1]) * shape[2] : 0;
        if (rows * size > MOST_ELEMENTS) {
            throw new InputException((seen == Seen.PROJECTIONS ? "--measurements: " : "--angles: ") + rows + " measurements of images of " + size
                    + " numbers take more memory than is sensible; give fewer");
        }
        return switch (seen) {
            case BLUR -> new Blur(shape[0], shape[1], width != null ? width : USUAL_WIDTH);
            case PROJECTIONS -> MatrixOperator.random(m, image, restoration.seed());
            case TOMOGRAPHY -> MatrixOperator.parallelBeams(directions, image);
        };
    }

    /** A^T (A A^T + e I)^-1 y: the mean for white data of variance 1, with e as small as 100 steps resolve. */
    private static Tensor leastSquares(LinearOperator operator, Tensor y) {
        return operator.adjoint(ConjugateGradients.solve(v -> operator.apply(operator.adjoint(v)).add(v.mul(1e-2)), y, STEPS));
    }
}
