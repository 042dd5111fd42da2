package dev.langevin.training.data;

import dev.langevin.engine.InputException;
import dev.langevin.model.io.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * CIFAR-10 (Krizhevsky, 2009), binary version: colour images of ten classes, 32 x 32, five files of 10,000 to train with and
 * one for test. It is read from its archive, whose MD5 its page gives (cs.toronto.edu/~kriz/cifar.html, "binary version"), or from the files that
 * were in it, which have none.
 */
public final class Cifar10 {
    /** Rows, and columns, of an image. */
    public static final int SIDE = 32;

    /** The archive, and where it can be had; no npm package holds it. */
    public static final FileSource SOURCE = new FileSource("CIFAR-10", "cifar10", List.of(URI.create("https://www.cs.toronto.edu/~kriz/")), null,
            List.of(new FileSource.File("cifar-10-binary.tar", "c32a1d4ab5d03f1284b67883e8d87530", FileSource.Checksum.PACKED)));

    /** Both halves. */
    public static final PublishedImages IMAGES = new PublishedImages("cifar10", "photographs of ten classes, 32 x 32, colour (Krizhevsky, 2009)",
            Cifar10::train, Cifar10::test);

    /** Images in each of the published files. */
    static final int PUBLISHED = 10_000;

    private static final String FOLDER = "cifar-10-batches-bin";
    private static final List<String> TRAIN = List.of("data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin");
    private static final List<String> TEST = List.of("test_batch.bin");
    private static final List<String> CLASSES = List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

    private Cifar10() {
    }

    /**
     * The 50,000 training images, from the archive or the folder of its files that {@code data} is or holds; else as
     * {@link PublishedImages.Half#load}.
     */
    public static LabelledImages train(Path data, Consumer<String> progress) {
        return load(FileStore.standard(SOURCE), TRAIN, data, progress);
    }

    /** The 10,000 test images; as {@link #train}. */
    public static LabelledImages test(Path data, Consumer<String> progress) {
        return load(FileStore.standard(SOURCE), TEST, data, progress);
    }

    private static LabelledImages load(FileStore store, List<String> names, Path data, Consumer<String> progress) {
        FileSource.File archive = SOURCE.files().getFirst();
        FileStore.Format<CifarImages> format = (name, content) -> CifarImages.of(unpacked(name, content, names));
        if (data != null && Files.isRegularFile(data)) {
            return labelled(store.load(archive, data, format));
        }
        Path folder = folder(data);
        return folder == null ? labelled(store.load(archive, data, format, progress)) : loose(folder, names, progress);
    }

    private static Path folder(Path data) {
        for (Path folder : data == null ? List.<Path>of() : List.of(data, data.resolve(FOLDER))) {
            if (Stream.concat(TRAIN.stream(), TEST.stream()).anyMatch(name -> Files.isRegularFile(folder.resolve(name)))) {
                return folder;
            }
        }
        return null;
    }

    private static LabelledImages loose(Path folder, List<String> names, Consumer<String> progress) {
        Map<String, byte[]> contents = new LinkedHashMap<>();
        List<Path> files = new ArrayList<>();
        for (String name : names) {
            Path file = folder.resolve(name);
            files.add(file);
            contents.put(file.toString(), Gzip.read(file));
        }
        CifarImages images = CifarImages.of(contents);
        if (images.count() != names.size() * PUBLISHED) {
            progress.accept(folder + ": holds " + images.count() + " images, not the " + names.size() * PUBLISHED + " of the published files");
        }
        return labelled(images, files, false);
    }

    private static Map<String, byte[]> unpacked(String archive, byte[] tar, List<String> names) {
        Map<String, byte[]> found;
        try {
            found = Tar.read(new ByteArrayInputStream(tar), FOLDER + "/", Set.copyOf(names));
        } catch (IOException e) {
            throw new InputException(archive + ": damaged archive (" + Reason.of(e) + "); delete it or give another with --data", e);
        }
        Map<String, byte[]> contents = new LinkedHashMap<>();
        for (String name : names) {
            if (!found.containsKey(name)) {
                throw new InputException(archive + ": holds no " + FOLDER + "/" + name + "; delete it or give another with --data");
            }
            contents.put(archive + ": " + name, found.get(name));
        }
        return contents;
    }

    private static LabelledImages labelled(FileStore.Loaded<CifarImages> loaded) {
        return labelled(loaded.value(), List.of(loaded.file()), loaded.checked());
    }

    private static LabelledImages labelled(CifarImages images, List<Path> files, boolean checked) {
        return new LabelledImages(images.pixels(), images.labels(), images.count(), SIDE, SIDE, 3, CLASSES, files, checked);
    }
}
