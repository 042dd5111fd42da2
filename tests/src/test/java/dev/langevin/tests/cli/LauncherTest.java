package dev.langevin.tests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher, a bash script, in a copy of the project's folder that holds what this test runs on in place of the
 * build's result, and with a Maven of the test's own.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a bash script")
class LauncherTest {
    @TempDir
    Path folder;
    private Path home;
    private Path target;
    private Path stamp;
    private Path work;
    private Path bin;

    private record Result(int status, String out, String err) {
    }

    @BeforeEach
    void copyOfTheProject() throws IOException {
        home = Files.createDirectories(folder.resolve("a home"));
        work = Files.createDirectories(folder.resolve("work"));
        bin = Files.createDirectories(folder.resolve("bin"));
        target = Files.createDirectories(home.resolve("cli/target"));
        Files.copy(Path.of("../langevin"), home.resolve("langevin"));
        script(home.resolve("langevin"), Files.readString(home.resolve("langevin")));
        Files.writeString(home.resolve("pom.xml"), "");
        Files.createDirectories(home.resolve("engine/src/main/java"));
        Files.createDirectories(target.resolve("lib"));
        Files.createDirectories(target.resolve("classes"));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                copyTree(path, target.resolve("classes"));
            } else if (Files.exists(path)) {
                Files.createSymbolicLink(target.resolve("lib").resolve(path.getFileName()), path);
            }
        }
        stamp = Files.writeString(target.resolve("built"), "");
        Files.setLastModifiedTime(stamp, FileTime.from(Instant.now().plusSeconds(60)));
    }

    /** JUnit warns of every link that it finds in a temporary folder. */
    @AfterEach
    void linksRemoved() throws IOException {
        try (var links = Files.list(target.resolve("lib"))) {
            for (Path link : links.toList()) {
                Files.delete(link);
            }
        }
        Files.deleteIfExists(bin.resolve("langevin-link"));
    }

    @Test
    void runsFromAnywhereThroughALinkAndWarnsOfNothing() throws Exception {
        Path link = Files.createSymbolicLink(bin.resolve("langevin-link"), home.resolve("langevin"));
        Cli.write(work.resolve("points.toml"), Cli.POINTS);
        Result result = launch(Map.of(), link.toString(), "train", "--config", "points.toml", "--json");
        assertEquals(0, result.status, result.err);
        assertTrue(result.out.startsWith("{\"steps\":4,"), result.out);
        assertFalse(result.err.contains("incubator"), result.err);
        assertTrue(Files.exists(work.resolve("runs/points/config.toml")), "paths are the user's, not the project's");
    }

    @Test
    void aMistakeIsOneLineAndStatusTwo() throws Exception {
        Result result = launch(Map.of(), home.resolve("langevin").toString(), "trian");
        assertEquals(2, result.status);
        assertEquals("", result.out);
        assertTrue(result.err.lines().count() == 1 && result.err.contains("did you mean 'train'"), result.err);
    }

    /** What the JVM itself says goes through the launcher's filter, and must not be lost there. */
    @Test
    void flagsOfTheUserReachTheVirtualMachine() throws Exception {
        Result result = launch(Map.of("LANGEVIN_OPTS", "-Xmx200m -Xshare:auto"), home.resolve("langevin").toString(), "devices");
        assertTrue(result.status == 0 && result.out.contains(" MiB for the heap"), result.err);
        result = launch(Map.of("JAVA_TOOL_OPTIONS", "-Dlangevin.none=1"), home.resolve("langevin").toString(), "devices");
        assertTrue(result.status == 0 && result.err.contains("Picked up JAVA_TOOL_OPTIONS") && !result.err.contains("incubator"), result.err);
        result = launch(Map.of("LANGEVIN_OPTS", "-XX:+NoSuchFlagOfTheJvm"), home.resolve("langevin").toString(), "devices");
        assertTrue(result.status != 0 && result.err.contains("NoSuchFlagOfTheJvm"), result.err);
    }

    @Test
    void buildsOnceWhenASourceIsNewer() throws Exception {
        script(bin.resolve("mvn"), "#!/bin/sh\necho \"$@\" >> '" + folder.resolve("built-with") + "'\n");
        Path source = Files.writeString(home.resolve("engine/src/main/java/New.java"), "");
        Files.setLastModifiedTime(stamp, FileTime.from(Instant.now().minusSeconds(60)));
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().minusSeconds(30)));
        Map<String, String> environment = Map.of("PATH", bin + ":" + System.getenv("PATH"));
        Result first = launch(environment, home.resolve("langevin").toString(), "devices");
        assertEquals(0, first.status, first.err);
        assertTrue(first.err.contains("building (once)"), first.err);
        Result second = launch(environment, home.resolve("langevin").toString(), "devices");
        assertEquals("", second.err);
        assertEquals(List.of("-B -q -ntp -Dstyle.color=never -DskipTests -pl cli -am package"), Files.readAllLines(folder.resolve("built-with")));
    }

    @Test
    void aBuildThatFailsShowsWhyAndIsTriedAgain() throws Exception {
        script(bin.resolve("mvn"), "#!/bin/sh\necho '[ERROR] no such symbol'\nexit 1\n");
        Files.delete(stamp);
        Map<String, String> environment = Map.of("PATH", bin + ":" + System.getenv("PATH"));
        for (int i = 0; i < 2; i++) {
            Result result = launch(environment, home.resolve("langevin").toString(), "devices");
            assertEquals(1, result.status);
            assertTrue(result.err.contains("[ERROR] no such symbol") && result.out.isEmpty(), result.err);
        }
    }

    /** A disk that is full, as far as one process can make it so: no file may grow beyond 8 KiB. */
    @Test
    void aFullDiskCostsNoCheckpoint() throws Exception {
        Path run = Cli.pointsRun(folder);
        Path last = run.resolve("checkpoints/step-00000004.safetensors");
        Files.delete(last);
        Path before = run.resolve("checkpoints/step-00000003.safetensors");
        byte[] sound = Files.readAllBytes(before);
        Result result = launch(Map.of("LANGEVIN_OPTS", "-XX:-UsePerfData"), "bash", "-c", "ulimit -f 8; exec \"$0\" train --resume \"$1\"",
                home.resolve("langevin").toString(), run.toString());
        assertEquals(2, result.status, result.err);
        assertTrue(result.err.lines().anyMatch(line -> line.startsWith("langevin: ") && line.contains("cannot be written")), result.err);
        assertFalse(Files.exists(last));
        assertArrayEquals(sound, Files.readAllBytes(before));
        assertEquals(0, Cli.run("train", "--resume", run).status());
        assertTrue(Files.exists(last));
    }

    /** Reads both streams to their ends: the launcher's filter may write after the program has gone. */
    private Result launch(Map<String, String> environment, String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().putAll(environment);
        Process process = builder.start();
        CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
        String out = text(process.getInputStream());
        return new Result(process.waitFor(), out, err.join());
    }

    private static String text(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.UTF_8);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void copyTree(Path from, Path to) throws IOException {
        List<Path> files;
        try (var walk = Files.walk(from)) {
            files = walk.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            Path copy = to.resolve(from.relativize(file).toString());
            Files.createDirectories(copy.getParent());
            if (!Files.exists(copy)) {
                Files.copy(file, copy);
            }
        }
    }
}
