package dev.langevin.training.run;

import dev.langevin.engine.InputException;
import dev.langevin.model.io.AtomicFile;
import dev.langevin.model.io.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A training run on disk:
 * <pre>
 * config.toml                              everything that defines the run
 * log.csv                                  one row for each logged step
 * loss.png                                 the loss curve
 * samples/step-000500.png                  sample grids
 * checkpoints/step-00001000.safetensors    see {@link Checkpoints}
 * data-folder.txt                          where the user's data lie, where that was said
 * </pre>
 *
 * @param root the folder itself
 */
public record RunFolder(Path root) {
    /**
     * Makes the folders of a new run; {@code root} may exist only when it is empty, or holds no more than these folders,
     * empty: what is left of a run that was killed before its configuration was written.
     *
     * @throws InputException when it holds something, is a file, or cannot be written
     */
    public static RunFolder create(Path root) {
        try {
            if (Files.isDirectory(root)) {
                if (!holdsNothing(root)) {
                    throw new InputException(root + ": is not empty; name another folder with --out, or continue "
                            + "the run in it with --resume " + root);
                }
            } else if (Files.exists(root)) {
                throw new InputException(root + ": is a file; name a folder with --out");
            }
            RunFolder run = new RunFolder(root);
            Files.createDirectories(run.samples());
            Files.createDirectories(run.checkpointFolder());
            return run;
        } catch (IOException e) {
            throw new InputException(root + ": cannot be made a run's folder (" + Reason.of(e)
                    + "); name one that can be written with --out", e);
        }
    }

    private static boolean holdsNothing(Path root) throws IOException {
        RunFolder run = new RunFolder(root);
        for (Path entry : entries(root)) {
            boolean own = entry.equals(run.samples()) || entry.equals(run.checkpointFolder());
            if (!own || !Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS) || !entries(entry).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private static List<Path> entries(Path folder) throws IOException {
        try (var content = Files.list(folder)) {
            return content.toList();
        }
    }

    /**
     * The folder of a run that was started before.
     *
     * @throws InputException when there is none
     */
    public static RunFolder open(Path root) {
        RunFolder run = new RunFolder(root);
        if (!Files.isDirectory(root)) {
            throw new InputException(root + ": no such folder; give the folder of a run, the one named with --out");
        }
        if (!Files.isRegularFile(run.config()) || !Files.isDirectory(run.checkpointFolder())) {
            throw new InputException(root + ": not a run (config.toml or checkpoints is missing); give the folder of "
                    + "a run, the one named with --out");
        }
        return run;
    }

    public Path config() {
        return root.resolve("config.toml");
    }

    public Path log() {
        return root.resolve("log.csv");
    }

    public Path lossPlot() {
        return root.resolve("loss.png");
    }

    public Path samples() {
        return root.resolve("samples");
    }

    /** The sample grid of a step. */
    public Path sample(long step) {
        return samples().resolve(String.format(Locale.ROOT, "step-%06d.png", step));
    }

    public Path checkpointFolder() {
        return root.resolve("checkpoints");
    }

    private Path dataNote() {
        return root.resolve("data-folder.txt");
    }

    /**
     * Where the data of this run lie.
     *
     * @param given what the user says now, or null
     * @return that, or else what was said before; null where nothing was
     */
    public Path data(Path given) {
        if (given != null || !Files.exists(dataNote())) {
            return given;
        }
        try {
            String noted = Files.readString(dataNote()).strip();
            if (!noted.isEmpty()) {
                return Path.of(noted);
            }
        } catch (IOException | InvalidPathException e) {
            throw new InputException(dataNote() + ": cannot be read (" + (e instanceof IOException io ? Reason.of(io) : e.getMessage()) + "); give the folder with --data", e);
        }
        throw new InputException(dataNote() + ": names no folder; give it with --data");
    }

    /** Notes where the data lie, so that it need not be said again. */
    public void noteData(Path data) {
        AtomicFile.write(dataNote(), (data.toAbsolutePath().normalize() + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
