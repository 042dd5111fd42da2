package dev.langevin.cli;

import dev.langevin.engine.InputException;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Datasets;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a command that takes images has them from: a file, or the run's data. */
final class ImageSource {
    private static final int USUAL = 8;
    private static final int MOST = 1000;
    /** Images that are held out are sampled from, all together, with gradients. */
    private static final int MOST_SAMPLED = 64;

    @Option(names = "--image", paramLabel = "FILE.png", description = "An image; it is converted to grey where the network is for grey images.")
    private Path image;

    @Option(names = "--from-data", paramLabel = "N", description = "How many examples of the data, without --image. Default: 8.")
    private Integer fromData;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with the data set's files. Default: that of the training, or the cache folder, filled when they are not there.")
    private Path data;

    /** The file, or null for the data. */
    Path image() {
        if (image != null && fromData != null) {
            throw new InputException("--image and --from-data: give one of them");
        }
        if (image != null && data != null) {
            throw new InputException("--image and --data: give one of them");
        }
        return image;
    }

    /**
     * Height, width and channels of the images that a run makes.
     *
     * @param run its folder, for the message
     */
    static int[] shape(TrainedRun trained, Path run) {
        int[] shape = trained.config().exampleShape();
        if (shape.length != 3) {
            throw new InputException(run + ": makes points, not images; give a run of images");
        }
        return shape;
    }

    /** The first examples of the data that the run was trained on, one after the other. */
    float[] trained(TrainedRun trained, Console console) {
        return examples(trained, console, false, fromData != null ? fromData : USUAL, 1);
    }

    /** The first examples that the run was not trained on; of a data set that holds none out, of all. */
    float[] heldOut(TrainedRun trained, Console console) {
        return examples(trained, console, true, fromData != null ? fromData : USUAL, 1);
    }

    /** As {@link #heldOut}, two for each that was asked for. */
    float[] pairs(TrainedRun trained, Console console) {
        return examples(trained, console, true, fromData != null ? fromData : USUAL, 2);
    }

    /** @param each examples that belong to one of {@code count} */
    private float[] examples(TrainedRun trained, Console console, boolean heldOut, int count, int each) {
        String name = trained.config().data();
        long seed = trained.config().seed();
        Path folder = trained.data(data);
        Dataset examples = heldOut && !name.equals(Datasets.FOLDER) ? Datasets.openTest(name, folder, seed, console::note)
                : Datasets.open(name, folder, trained.config().exampleShape(), seed, console::note);
        trained.config().check(examples);
        if (heldOut && name.equals(Datasets.FOLDER)) {
            console.note("these images were trained on: a folder's are all for training");
        }
        int most = Math.min(heldOut ? MOST_SAMPLED : MOST, examples.size()) / each;
        if (count < 1 || count > most) {
            throw new InputException("--from-data " + count + ": give a number from 1 to " + most);
        }
        int size = examples.exampleSize();
        float[] values = new float[count * each * size];
        for (int i = 0; i < count * each; i++) {
            examples.copy(i, values, i * size);
        }
        return values;
    }
}
