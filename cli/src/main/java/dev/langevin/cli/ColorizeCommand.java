package dev.langevin.cli;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.sampling.inverse.GreyProjection;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Gives grey images colours. */
@Command(name = "colorize", mixinStandardHelpOptions = true, header = "Give grey images colours.",
        description = {"", "Grey is the mean of red, green and blue, and stays what it is; the two other coordinates of an orthonormal basis of colours are drawn. The "
            + "picture's rows are the image, its grey, and the result.", ""},
        footer = {"", "Example: langevin colorize --run runs/cifar10 --image grey.png --out colours.png"})
final class ColorizeCommand implements Runnable {
    @Mixin
    private Restoration restoration;

    @Option(names = "--method", paramLabel = "replacement|repaint|posterior", defaultValue = "repaint",
            description = "As for inpaint. Default: ${DEFAULT-VALUE}.")
    private Restoration.Method method;

    @Override
    public void run() {
        restoration.run("colorized", method, this::state);
    }

    private Restoration.Problem state(ImageWork.Opened run) {
        if (run.shape()[2] != 3) {
            throw new InputException("--run: this run makes grey images, which have no colours; give a run of colour images");
        }
        Tensor images = restoration.work().images(run);
        GreyProjection grey = new GreyProjection();
        Tensor y = restoration.measure(grey, images, method);
        Tensor seen = grey.adjoint(y);
        return new Restoration.Problem(grey, y, restoration.work().ofFile() ? null : images, ImageWork.named("image", images, "grey", seen), Map.of("grey", seen));
    }
}
