package dev.langevin.cli;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.sampling.inverse.GreyProjection;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.image.Png;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Gives grey images colours. */
@Command(name = "colorize", mixinStandardHelpOptions = true, header = "Give grey images colours.",
        description = {"", "Grey is the mean of red, green and blue, and stays what it is; the two other coordinates of an orthonormal basis of colours are drawn. The "
            + "picture's rows are the image (of the data), its grey, and the result.", ""},
        footer = {"", "Example: langevin colorize --run runs/cifar10 --image grey.png --out colours.png"})
final class ColorizeCommand implements Runnable {
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

    @Option(names = "--method", paramLabel = "replacement|repaint|posterior", defaultValue = "repaint",
            description = "As for inpaint. Default: ${DEFAULT-VALUE}.")
    private Restoration.Method method;

    @Override
    public void run() {
        restoration.run(console, compute, run, "colorized", method, this::state);
    }

    private Restoration.Problem state(TrainedRun trained, int[] shape) {
        if (shape[2] != 3) {
            throw new InputException(run + ": makes grey images, which have no colours; give a run of colour images");
        }
        boolean file = source.image() != null;
        Tensor images = Restoration.images(file ? Png.read(source.image(), shape[0], shape[1], 3) : source.heldOut(trained, console), shape);
        GreyProjection grey = new GreyProjection();
        Tensor y = restoration.measure(grey, images, method);
        Tensor shown = grey.adjoint(y);
        return new Restoration.Problem(grey, y, file ? null : images, shown, Map.of("grey", shown));
    }
}
