package dev.langevin.cli;

import dev.langevin.engine.InputException;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Datasets;
import dev.langevin.training.data.IdxStore;
import dev.langevin.training.data.Mnist;
import dev.langevin.training.data.ToySets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches and checks data sets. */
@Command(name = "data", mixinStandardHelpOptions = true, header = "Fetch and check a data set.",
        description = {"", "Fetches a data set where it is not there yet, checks its files, and says what it holds.", ""},
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
            throw new InputException("data: give a data set's name or --list; there are " + String.join(", ", names()));
        }
        if (list) {
            names().forEach(n -> console.result("%s", n));
            console.figures(Map.of("data_sets", names()));
            return;
        }
        Dataset train = Datasets.open(name, folder, 1, console::note);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("name", name);
        figures.put("train", train.size());
        if (name.equals("mnist")) {
            figures.put("test", Mnist.test(folder, console::note).count());
            figures.put("folder", (folder != null ? folder : IdxStore.cacheFolder(System.getenv()).resolve(Mnist.SOURCE.folder())).toString());
        }
        figures.put("shape", Arrays.stream(train.exampleShape()).boxed().toList());
        figures.forEach((key, value) -> console.result("%-7s %s", key, value));
        console.figures(figures);
    }

    private static List<String> names() {
        return Stream.concat(Stream.of("mnist"), ToySets.ALL.stream().map(set -> set.name())).toList();
    }
}
