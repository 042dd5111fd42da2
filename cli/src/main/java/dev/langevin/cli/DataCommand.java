package dev.langevin.cli;

import dev.langevin.engine.InputException;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Datasets;
import dev.langevin.training.data.ImageFolder;
import dev.langevin.training.data.LabelledImages;
import dev.langevin.training.data.PublishedImages;
import dev.langevin.training.image.ImageFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches and checks data sets. */
@Command(name = "data", mixinStandardHelpOptions = true, header = "Fetch and check a data set.",
        description = {"", "Fetches a data set where it is not there yet, checks its files, and says what it is, where it lies, and how many examples of each",
            "class it holds, to train with and for test.", ""},
        footer = {"", "Example: langevin data mnist"})
final class DataCommand implements Runnable {
    @Mixin
    private Console console;

    @Parameters(arity = "0..1", paramLabel = "NAME", description = "A data set's name.")
    private String name;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with the files. Default: the cache folder, filled when they are not there.")
    private Path folder;

    @Option(names = "--list", description = "List the data sets there are.")
    private boolean list;

    @Override
    public void run() {
        if (list == (name != null)) {
            throw new InputException("data: give a data set's name or --list; there are " + String.join(", ", Datasets.names()));
        }
        if (list) {
            Datasets.names().forEach(n -> console.result("%s", n));
            console.figures(Map.of("data_sets", Datasets.names()));
            return;
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("name", name);
        Optional<PublishedImages> images = Datasets.images(name);
        if (name.equals(Datasets.FOLDER)) {
            describe(Datasets.listed(folder), figures);
        } else if (images.isPresent()) {
            describe(images.get(), figures);
        } else {
            Dataset train = Datasets.open(name, folder, 1, console::note);
            figures.put("train", train.size());
            figures.put("shape", Arrays.stream(train.exampleShape()).boxed().toList());
        }
        figures.forEach((key, value) -> {
            if (value instanceof Map<?, ?> classes) {
                classes.forEach((c, counts) -> console.result("%-11s %s: %s", key, c, counts));
            } else {
                console.result("%-11s %s", key, value);
            }
        });
        console.figures(figures);
    }

    private static void describe(ImageFolder images, Map<String, Object> figures) {
        int[] least = {Integer.MAX_VALUE, Integer.MAX_VALUE};
        int[] most = {0, 0};
        for (Path file : images.files()) {
            int[] size = ImageFile.size(file);
            for (int axis = 0; axis < 2; axis++) {
                least[axis] = Math.min(least[axis], size[axis]);
                most[axis] = Math.max(most[axis], size[axis]);
            }
        }
        figures.put("about", "PNG and JPEG images of your own; training scales them to cover the network's size and crops them in the middle");
        figures.put("train", images.files().size());
        figures.put("folder", images.root().toAbsolutePath().toString());
        figures.put("height", List.of(least[0], most[0]));
        figures.put("width", List.of(least[1], most[1]));
        figures.put("passed_over", images.passedOver());
        Map<String, Object> classes = new LinkedHashMap<>();
        for (int c = 0; c < images.classes().size(); c++) {
            classes.put(images.classes().get(c), images.counts()[c]);
        }
        figures.put("classes", classes);
    }

    private void describe(PublishedImages set, Map<String, Object> figures) {
        LabelledImages train = set.train().load(folder, console::note);
        LabelledImages test = set.test().load(folder, console::note);
        figures.put("about", set.about());
        figures.put("train", train.count());
        figures.put("test", test.count());
        figures.put("shape", List.of(train.height(), train.width(), train.channels()));
        figures.put("folder", train.files().getFirst().toAbsolutePath().getParent().toString());
        figures.put("checksums", train.checked() && test.checked() ? "as published" : "not checked: none are published for files that were unpacked");
        Map<String, Object> classes = new LinkedHashMap<>();
        for (int c = 0; c < train.classes().size(); c++) {
            classes.put(train.classes().get(c), List.of(train.counts()[c], test.counts()[c]));
        }
        figures.put("classes", classes);
    }
}
