package dev.langevin.cli;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.sampling.inverse.BlockAverage;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws images of which a coarse version is given. */
@Command(name = "super-resolve", mixinStandardHelpOptions = true, header = "Draw images of which a coarse version is given.",
        description = {"", "A coarse pixel is the mean of a block of pixels. The picture's rows are the image (where it is of the data), its coarse version, and the result.", ""},
        footer = {"", "Examples: langevin super-resolve --run runs/mnist --from-data 8 --factor 4",
            "          langevin super-resolve --run runs/mnist --image 7x7.png --factor 4 --out digit.png"})
final class SuperResolveCommand implements Runnable {
    @Mixin
    private Restoration restoration;

    @Option(names = "--factor", required = true, paramLabel = "F", description = "Side of a block in pixels, a divisor of the images' height and width, such as 2, 4 or 7.")
    private int factor;

    @Option(names = "--method", paramLabel = "replacement|repaint|posterior", defaultValue = "posterior",
            description = "As for inpaint. Default: ${DEFAULT-VALUE}.")
    private Restoration.Method method;

    @Override
    public void run() {
        restoration.run("super-resolved", method, this::state);
    }

    private Restoration.Problem state(ImageWork.Opened run) {
        int[] shape = run.shape();
        if (factor < 2 || shape[0] % factor != 0 || shape[1] % factor != 0) {
            throw new InputException("--factor " + factor + ": give a number of at least 2 that divides " + shape[0] + (shape[0] == shape[1] ? "" : " and " + shape[1]));
        }
        BlockAverage operator = new BlockAverage(factor);
        int height = shape[0] / factor;
        int width = shape[1] / factor;
        if (restoration.work().ofFile()) {
            Tensor y = restoration.work().image(height, width, shape[2]);
            return new Restoration.Problem(operator, y, null, ImageWork.named("coarse", y.upsampleNearest(factor)), Map.of());
        }
        Tensor images = restoration.work().images(run);
        Tensor y = restoration.measure(operator, images, method);
        Tensor nearest = y.upsampleNearest(factor);
        Map<String, Tensor> baselines = new LinkedHashMap<>();
        baselines.put("nearest", nearest);
        baselines.put("bilinear", ImageWork.tensor(bilinear(y.toArray(), y.dim(0), height, width, shape[2]), shape));
        return new Restoration.Problem(operator, y, images, ImageWork.named("image", images, "coarse", nearest), baselines);
    }

    /** Between the four nearest block centres; beyond the outermost ones as at them. */
    private float[] bilinear(float[] coarse, int n, int height, int width, int channels) {
        float[] fine = new float[coarse.length * factor * factor];
        for (int i = 0; i < fine.length; i++) {
            int c = i % channels;
            int column = i / channels % (width * factor);
            int row = i / channels / (width * factor) % (height * factor);
            int image = i / channels / (width * factor) / (height * factor);
            double y = Math.clamp((row + 0.5) / factor - 0.5, 0, height - 1);
            double x = Math.clamp((column + 0.5) / factor - 0.5, 0, width - 1);
            int top = (int) y;
            int left = (int) x;
            double sum = 0;
            for (int corner = 0; corner < 4; corner++) {
                int r = Math.min(top + corner / 2, height - 1);
                int s = Math.min(left + corner % 2, width - 1);
                double weight = (corner / 2 == 0 ? 1 - (y - top) : y - top) * (corner % 2 == 0 ? 1 - (x - left) : x - left);
                sum += weight * coarse[((image * height + r) * width + s) * channels + c];
            }
            fine[i] = (float) sum;
        }
        return fine;
    }
}
