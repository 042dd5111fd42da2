package dev.langevin.training.data;

import java.io.BufferedInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/** Files below package/data of a package of the npm registry, where npm is what reaches the outside. */
final class NpmPackage {
    private static final String FOLDER = "package/data/";
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
        try (InputStream in = new BufferedInputStream(new GZIPInputStream(Files.newInputStream(archive)))) {
            return Tar.read(in, FOLDER, names);
        } catch (IOException e) {
            throw new FetchException("the archive is damaged (" + e.getMessage() + ")");
        }
    }
}
