package dev.langevin.training.run;

import dev.langevin.engine.InputException;
import dev.langevin.model.io.AtomicFile;
import dev.langevin.model.io.Reason;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.io.Safetensors.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The checkpoints of a run: one safetensors file for each, {@code step-00001000.safetensors}, with the tensors of
 * the groups {@code model.}, {@code ema.}, {@code adam.m.} and {@code adam.v.}, and as metadata the step and whatever
 * else the trainer needs. A file is written beside and renamed, holds a SHA-256 of all its content, and
 * is verified whenever it is read. The newest {@code keep} files stay.
 */
public final class Checkpoints {
    /** Metadata key of the step, set by {@link #write}. */
    public static final String STEP = "step";

    private static final Pattern NAME = Pattern.compile("step-(\\d{1,18})\\.safetensors");

    /** What one file holds: the step, the tensors by name, and the trainer's metadata. */
    public record Checkpoint(long step, Map<String, Entry> tensors, Map<String, String> metadata) {
    }

    private final Path folder;
    private final int keep;

    /**
     * @param folder an existing folder
     * @param keep how many of the newest stay when one is written, at least 1
     */
    public Checkpoints(Path folder, int keep) {
        if (keep < 1) {
            throw new InputException("checkpoints to keep: expected at least 1, got " + keep);
        }
        this.folder = folder;
        this.keep = keep;
    }

    /**
     * Writes the checkpoint of a step, then deletes the oldest beyond {@code keep}.
     *
     * @param step steps done, at least 0
     * @param metadata strings to keep beside the tensors; the keys {@code step} and {@code sha256} are set here
     * @return the file
     * @throws InputException when it cannot be written; older checkpoints are then untouched
     */
    public Path write(long step, Map<String, Entry> tensors, Map<String, String> metadata) {
        Map<String, String> all = new TreeMap<>(metadata);
        all.put(STEP, Long.toString(step));
        all.remove(ContentHash.KEY);
        all.put(ContentHash.KEY, ContentHash.of(tensors, all));
        Path file = folder.resolve(String.format(Locale.ROOT, "step-%08d.safetensors", step));
        Safetensors.write(file, tensors, all);
        List<Path> files = list();
        files.subList(0, Math.max(0, files.size() - keep)).forEach(Checkpoints::delete);
        return file;
    }

    /**
     * Deletes what a resumed run must not meet again: checkpoints of later steps than the one it resumes from, and
     * files that a killed run left unfinished.
     */
    public void discardAfter(long step) {
        list().stream().filter(file -> step(file) > step).forEach(Checkpoints::delete);
        try (var files = Files.list(folder)) {
            files.filter(f -> f.getFileName().toString().endsWith(AtomicFile.TEMPORARY)).toList()
                    .forEach(Checkpoints::delete);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** The files of the folder, oldest step first; unfinished ones are passed over. */
    public List<Path> list() {
        try (var files = Files.list(folder)) {
            return files.filter(f -> NAME.matcher(f.getFileName().toString()).matches())
                    .sorted(Comparator.comparingLong(Checkpoints::step)).toList();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /**
     * Reads the newest checkpoint.
     *
     * @throws InputException when there is none, or when the newest is damaged: an older one is named, not taken
     */
    public Checkpoint latest() {
        List<Path> files = list();
        if (files.isEmpty()) {
            throw new InputException(folder + ": holds no checkpoint yet; start the run again");
        }
        try {
            Checkpoint newest = read(files.getLast());
            if (newest.step() != step(files.getLast())) {
                throw new InputException(files.getLast() + ": holds step " + newest.step()
                        + ", not the one of its name: a file of another run or one renamed");
            }
            return newest;
        } catch (InputException e) {
            String hint = files.size() == 1 ? "it is the only checkpoint"
                    : "delete it to continue from " + files.get(files.size() - 2).getFileName();
            throw new InputException(e.getMessage() + "; " + hint, e);
        }
    }

    /**
     * Reads and verifies one checkpoint.
     *
     * @throws InputException when it is damaged or no checkpoint
     */
    public static Checkpoint read(Path file) {
        Safetensors.Contents contents = Safetensors.read(file);
        Map<String, String> metadata = new TreeMap<>(contents.metadata());
        String expected = metadata.remove(ContentHash.KEY);
        if (expected == null || !metadata.getOrDefault(STEP, "").matches("\\d{1,18}")) {
            throw new InputException(file + ": not a checkpoint (its metadata holds no step and sha256)");
        }
        String actual = ContentHash.of(contents.tensors(), metadata);
        if (!actual.equals(expected)) {
            throw new InputException(file + ": damaged checkpoint: the SHA-256 of its content is " + actual
                    + ", expected " + expected);
        }
        return new Checkpoint(Long.parseLong(metadata.get(STEP)), contents.tensors(), metadata);
    }

    private static long step(Path file) {
        Matcher matcher = NAME.matcher(file.getFileName().toString());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(file.toString());
        }
        return Long.parseLong(matcher.group(1));
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be deleted (" + Reason.of(e) + ")", e);
        }
    }

    private InputException unreadable(IOException e) {
        return new InputException(folder + ": cannot be read (" + Reason.of(e) + ")", e);
    }
}
