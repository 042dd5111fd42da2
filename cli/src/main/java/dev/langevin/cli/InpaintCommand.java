package dev.langevin.cli;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.inverse.Mask;
import dev.langevin.training.data.RandomMasks;
import dev.langevin.training.image.Png;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws the hidden part of images. */
@Command(name = "inpaint", mixinStandardHelpOptions = true, header = "Draw the hidden part of images.",
        description = {"", "The picture's rows are the image, the mask (hidden is black), what is known, and the result. PSNR, for images of the data, is of the whole image, "
            + "beside that of hidden pixels filled with the nearest known one.", ""},
        footer = {"", "Examples: langevin inpaint --run runs/mnist --from-data 8 --mask center",
            "          langevin inpaint --run runs/mnist --image damaged.png --mask mask.png --method repaint --steps 100",
            "          langevin inpaint --run runs/mnist-inpaint --mask strokes --method conditional"})
final class InpaintCommand implements Runnable {
    @Mixin
    private Restoration restoration;

    @Option(names = "--mask", required = true, paramLabel = "half|center|random|box|strokes|FILE.png",
            description = "What is hidden: the right half, the middle quarter of the area; of each image its own at random: half of the pixels, a box, what a free "
                    + "hand wipes out with a thick brush; or the black pixels of a picture.")
    private String mask;

    @Option(names = "--method", paramLabel = "replacement|repaint|posterior|conditional", defaultValue = "repaint",
            description = "replacement puts what is known into every step; repaint also goes back and repeats, with ten times the evaluations, by ancestral sampling; "
                    + "posterior is guided by the gradient through the denoised image; conditional tells the network what is known, for runs of preset mnist-inpaint. Default: ${DEFAULT-VALUE}.")
    private Restoration.Method method;

    @Override
    public void run() {
        restoration.run("inpainted", method, this::state);
    }

    private Restoration.Problem state(ImageWork.Opened run) {
        int[] shape = run.shape();
        Tensor images = restoration.work().images(run);
        Tensor known = known(shape, images.dim(0));
        Mask operator = new Mask(known);
        Tensor y = restoration.measure(operator, images, method).mul(known);
        Tensor mask = known.mul(2).add(-1).broadcastTo(images.shape());
        Map<String, Tensor> baselines = new LinkedHashMap<>();
        baselines.put("nearest known pixel", ImageWork.tensor(nearest(images.mul(known).toArray(), known.toArray(), shape, images.dim(0)), shape));
        return new Restoration.Problem(operator, y, restoration.work().ofFile() ? null : images, ImageWork.named("image", images, "mask", mask, "known", y), baselines);
    }

    /** (n, height, width, 1). */
    private Tensor known(int[] shape, int n) {
        int height = shape[0];
        int width = shape[1];
        if (mask.equals("random")) {
            Shape pixels = Shape.of(n, height, width, 1);
            return Tensor.uniform(pixels, new RandomKey(restoration.seed(), Purpose.OPERATOR.code(), 0, 0)).greater(Tensor.scalar(0.5));
        }
        if (mask.equals("box") || mask.equals("strokes")) {
            RandomMasks masks = RandomMasks.of(mask.equals("box") ? RandomMasks.Kind.BOX : RandomMasks.Kind.STROKES);
            return Tensor.of(Shape.of(n, height, width, 1), masks.draw(restoration.seed(), Purpose.OPERATOR.code(), 0, 0, n, height, width));
        }
        float[] values = mask.equals("half") || mask.equals("center") ? new float[height * width] : Png.read(Path.of(mask), height, width, 1);
        for (int i = 0; i < values.length; i++) {
            int row = i / width;
            int column = i % width;
            boolean seen = switch (mask) {
                case "half" -> column < width / 2;
                case "center" -> row < height / 4 || row >= height - height / 4 || column < width / 4 || column >= width - width / 4;
                default -> values[i] > 0;
            };
            values[i] = seen ? 1 : 0;
        }
        return Tensor.of(Shape.of(1, height, width, 1), values).broadcastTo(Shape.of(n, height, width, 1));
    }

    /** Each hidden pixel as the nearest known one; left at 0 where an image has none. */
    private static float[] nearest(float[] images, float[] known, int[] shape, int n) {
        int height = shape[0];
        int width = shape[1];
        int channels = shape[2];
        float[] filled = images.clone();
        for (int i = 0; i < n * height * width; i++) {
            int image = i / (height * width) * height * width;
            int best = -1;
            long distance = Long.MAX_VALUE;
            for (int j = image; known[i] == 0 && j < image + height * width; j++) {
                long dy = (j - image) / width - (i - image) / width;
                long dx = (j - image) % width - (i - image) % width;
                if (known[j] != 0 && dx * dx + dy * dy < distance) {
                    best = j;
                    distance = dx * dx + dy * dy;
                }
            }
            if (best >= 0) {
                System.arraycopy(images, best * channels, filled, i * channels, channels);
            }
        }
        return filled;
    }
}
