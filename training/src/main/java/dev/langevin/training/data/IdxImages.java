package dev.langevin.training.data;

import dev.langevin.engine.InputException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Grey images of ten classes as MNIST's four IDX files hold them: training images and labels, test images and labels. */
final class IdxImages {
    private IdxImages() {
    }

    /**
     * Reads one half.
     *
     * @param first index in the source of the images, before that of their labels
     * @throws InputException as {@link FileStore#load}, or when images and labels are not of one set
     */
    static LabelledImages load(FileStore store, FileSource source, int first, List<String> classes, Path data, Consumer<String> progress) {
        FileStore.Loaded<Idx> images = store.load(source.files().get(first), data, Idx::parse, progress);
        FileStore.Loaded<Idx> labels = store.load(source.files().get(first + 1), data, Idx::parse, progress);
        int[] dims = images.value().dims();
        if (dims.length != 3) {
            throw new InputException(images.file() + ": holds labels, not images; delete it or give another with --data");
        }
        if (labels.value().dims().length != 1 || labels.value().dims()[0] != dims[0]) {
            throw new InputException(labels.file() + ": not the labels of the " + dims[0] + " images in " + images.file()
                    + "; delete it or give another with --data");
        }
        for (byte label : labels.value().data()) {
            if ((label & 0xff) >= classes.size()) {
                throw new InputException(labels.file() + ": holds a label " + (label & 0xff) + ", above " + (classes.size() - 1)
                        + "; delete it or give another with --data");
            }
        }
        return new LabelledImages(images.value().data(), labels.value().data(), dims[0], dims[1], dims[2], 1, classes,
                List.of(images.file(), labels.file()), images.checked() && labels.checked());
    }
}
