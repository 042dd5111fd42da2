package dev.langevin.kernels.driver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The machine as the search for libraries sees it.
 *
 * @param root the folder that stands for {@code /} where fixed places are looked at
 * @param environment its variables
 * @param named value of the property {@code langevin.cuda.path}, or null
 * @param commands runs programs
 */
public record Machine(Path root, Map<String, String> environment, String named, Commands commands) {
    private static final long SECONDS = 20;

    /** Runs programs. */
    @FunctionalInterface
    public interface Commands {
        /** The lines that a program prints on its standard output; none when it is missing, fails or takes too long. */
        List<String> lines(String... command);
    }

    /**
     * The one that this process runs on. Where the driver's files lie under another folder than {@code /}, as a container with the
     * driver has them, the property {@code langevin.cuda.root} names it.
     */
    public static Machine here() {
        return new Machine(Path.of(System.getProperty("langevin.cuda.root", "/")), System.getenv(), System.getProperty(SearchFolders.PROPERTY), Machine::run);
    }

    /** A fixed place of the file system. */
    Path at(String absolute) {
        return root.resolve(absolute.substring(1));
    }

    /** What in a folder matches a pattern, by name; nothing when there is no such folder. */
    List<Path> list(Path folder, String glob) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
            entries.forEach(found::add);
        } catch (IOException | DirectoryIteratorException e) {
            return List.of(); // a folder that cannot be read holds nothing for us
        }
        found.sort(null);
        return found;
    }

    /** What a file holds, a letter a byte; nothing when it cannot be read. */
    String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    private static List<String> run(String... command) {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException e) {
            return List.of();
        }
        try {
            process.getOutputStream().close();
            CompletableFuture<String> out = CompletableFuture.supplyAsync(() -> text(process));
            if (process.waitFor(SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0) {
                return out.get(1, TimeUnit.SECONDS).lines().toList();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | ExecutionException | TimeoutException e) {
            return List.of(); // its output could not be read
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return List.of();
    }

    private static String text(Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
