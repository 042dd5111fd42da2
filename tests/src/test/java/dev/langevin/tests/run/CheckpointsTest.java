package dev.langevin.tests.run;

import static dev.langevin.tests.io.Messages.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.model.io.Safetensors;
import dev.langevin.model.io.Safetensors.Entry;
import dev.langevin.training.run.Checkpoints;
import dev.langevin.training.run.Checkpoints.Checkpoint;
import dev.langevin.training.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints (row R-CKPT): whole or not there, kept by count, every changed bit found, nothing lost on failure. */
class CheckpointsTest {
    @TempDir
    Path folder;
    private Checkpoints checkpoints;

    @BeforeEach
    void open() {
        checkpoints = new Checkpoints(folder, 3);
    }

    @Test
    void theNewestComesBackToTheBit() {
        checkpoints.write(9, tensors(9), Map.of("seed", "5"));
        Path file = checkpoints.write(1000, tensors(1000), Map.of("seed", "5", "sha256", "from the one resumed"));
        assertEquals(folder.resolve("step-00001000.safetensors"), file);
        Checkpoint newest = checkpoints.latest();
        assertEquals(1000, newest.step());
        assertEquals(Map.of("seed", "5", "step", "1000"), newest.metadata());
        assertArrayEquals(new float[] {1000, -0f, 3}, newest.tensors().get("model.w").data(), 0);
        assertArrayEquals(new double[] {1 / 3.0}, newest.tensors().get("adam.m.w").doubles(), 0);
    }

    /** Java writes numbers in the digits of the machine's language unless it is told not to. */
    @Test
    void namesAreTheSameInEveryLanguage() {
        Locale before = Locale.getDefault(Locale.Category.FORMAT);
        Locale.setDefault(Locale.Category.FORMAT, Locale.forLanguageTag("ar-EG"));
        try {
            assertEquals("step-00000012.safetensors", checkpoints.write(12, tensors(12), Map.of()).getFileName().toString());
            assertEquals(12, checkpoints.latest().step());
            assertEquals("step-000012.png", new RunFolder(folder).sample(12).getFileName().toString());
        } finally {
            Locale.setDefault(Locale.Category.FORMAT, before);
        }
    }

    @Test
    void onlyTheNewestAreKeptInTheOrderOfTheirSteps() throws IOException {
        for (long step : new long[] {99_999_999, 1, 20, 100_000_000, 300}) {
            checkpoints.write(step, tensors(step), Map.of());
        }
        assertEquals(List.of("step-00000300.safetensors", "step-99999999.safetensors", "step-100000000.safetensors"),
                names());
        // A run resumed from step 300 must not meet the later ones again, nor what a kill left behind.
        Files.write(folder.resolve("step-00000400.safetensors.tmp"), new byte[10]);
        checkpoints.discardAfter(300);
        assertEquals(300, checkpoints.latest().step());
        try (var left = Files.list(folder)) {
            assertEquals(1, left.count());
        }
    }

    @Test
    void anUnfinishedFileIsPassedOver() throws IOException {
        refused(folder, "holds no checkpoint yet", f -> checkpoints.latest());
        checkpoints.write(5, tensors(5), Map.of());
        Files.write(folder.resolve("step-00000006.safetensors.tmp"), new byte[100]);
        Files.write(folder.resolve("notes.txt"), new byte[1]);
        assertEquals(5, checkpoints.latest().step());
    }

    @Test
    void everyFlippedBitIsFound() throws IOException {
        Path file = checkpoints.write(7, tensors(7), Map.of("seed", "12"));
        byte[] good = Files.readAllBytes(file);
        int padding = new String(good, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("}}") + 2;
        for (int i = 0; i < good.length; i++) {
            if (i >= padding && good[i] == ' ') {
                continue; // the spaces that fill up the header mean nothing
            }
            byte[] bad = good.clone();
            bad[i] ^= (byte) (1 << (i % 8));
            Files.write(file, bad);
            refused(file, "", Checkpoints::read);
        }
    }

    @Test
    void aDamagedNewestNamesTheOlderOneAndIsNotReplacedInSilence() throws IOException {
        checkpoints.write(10, tensors(10), Map.of());
        Path newest = checkpoints.write(20, tensors(20), Map.of());
        byte[] bytes = Files.readAllBytes(newest);
        bytes[bytes.length - 1] ^= 1;
        Files.write(newest, bytes);
        String message = refused(newest, "damaged checkpoint", f -> checkpoints.latest());
        assertTrue(message.contains("delete it to continue from step-00000010.safetensors"), message);
        Files.delete(newest);
        assertEquals(10, checkpoints.latest().step());
    }

    @Test
    void foreignFilesAreRefused() throws IOException {
        Path file = folder.resolve("step-00000001.safetensors");
        Safetensors.write(file, tensors(1), Map.of("format", "pt"));
        refused(file, "not a checkpoint", f -> checkpoints.latest());
        Files.write(file, new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13});
        String message = refused(file, "not a safetensors file", f -> checkpoints.latest());
        assertTrue(message.contains("it is the only checkpoint"), message);
        refused(folder.resolve("none"), "no such file", f -> new Checkpoints(f, 1).list());
        refused("checkpoints to keep", "got 0", () -> new Checkpoints(folder, 0));
    }

    @Test
    void aFullDiskLeavesTheOlderOnesUntouched() throws IOException {
        Path full = Path.of("/dev/full");
        org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(full), "no /dev/full on this system");
        checkpoints = new Checkpoints(folder, 1);
        Path older = checkpoints.write(10, tensors(10), Map.of());
        byte[] before = Files.readAllBytes(older);
        Path temporary = folder.resolve("step-00000020.safetensors.tmp");
        Files.createSymbolicLink(temporary, full);
        refused(folder.resolve("step-00000020.safetensors"), "No space left on device",
                f -> checkpoints.write(20, tensors(20), Map.of()));
        assertFalse(Files.isSymbolicLink(temporary));
        assertArrayEquals(before, Files.readAllBytes(older));
        assertEquals(10, checkpoints.latest().step());
    }

    @Test
    void equalContentGivesEqualFiles() throws IOException {
        Path one = checkpoints.write(3, tensors(3), Map.of("a", "1", "b", "2"));
        byte[] first = Files.readAllBytes(one);
        checkpoints.write(3, tensors(3), Map.of("b", "2", "a", "1"));
        assertArrayEquals(first, Files.readAllBytes(one));
    }

    private List<String> names() {
        return checkpoints.list().stream().map(f -> f.getFileName().toString()).toList();
    }

    private static Map<String, Entry> tensors(long step) {
        return Map.of("model.w", new Entry(new int[] {3}, new float[] {step, -0f, 3}),
                "ema.w", new Entry(new int[] {3, 1}, new float[] {step, 5, 3}),
                "adam.m.w", new Entry(new int[] {1}, new double[] {1 / 3.0}));
    }
}
