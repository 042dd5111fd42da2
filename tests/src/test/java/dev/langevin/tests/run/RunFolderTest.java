package dev.langevin.tests.run;

import static dev.langevin.tests.io.Messages.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.training.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders of runs (rows R-CONF, R-CKPT): made once, opened again, and nobody's files overwritten. */
class RunFolderTest {
    @TempDir
    Path folder;

    @Test
    void aNewRunIsMadeAndOpenedAgain() throws IOException {
        Path root = folder.resolve("runs/first");
        RunFolder run = RunFolder.create(root);
        assertTrue(Files.isDirectory(run.samples()) && Files.isDirectory(run.checkpointFolder()));
        refused(root, "not a run", RunFolder::open);
        Files.writeString(run.config(), "seed = 1\n");
        assertEquals(run, RunFolder.open(root));
        assertEquals(root.resolve("samples/step-000500.png"), run.sample(500));
        assertEquals(root.resolve("log.csv"), run.log());
        assertEquals(root.resolve("loss.png"), run.lossPlot());
    }

    @Test
    void aFolderWithContentOrAFileIsRefused() throws IOException {
        Files.writeString(folder.resolve("thesis.tex"), "all my work");
        refused(folder, "is not empty", RunFolder::create);
        refused(folder.resolve("thesis.tex"), "is a file", RunFolder::create);
        refused(folder.resolve("thesis.tex/run"), "cannot be made a run's folder", RunFolder::create);
        assertEquals("all my work", Files.readString(folder.resolve("thesis.tex")));
        RunFolder.create(Files.createDirectory(folder.resolve("empty")));
    }

    /** A run that was killed after its folders were made and before config.toml can be neither resumed nor lost: it begins again. */
    @Test
    void aRunKilledBeforeItsConfigurationBeginsAgain() throws IOException {
        Path root = folder.resolve("run");
        RunFolder run = RunFolder.create(root);
        assertEquals(run, RunFolder.create(root));
        Files.delete(run.checkpointFolder());
        assertEquals(run, RunFolder.create(root));
        assertTrue(Files.isDirectory(run.checkpointFolder()));
        Path picture = Files.writeString(run.sample(1), "kept");
        refused(root, "is not empty", RunFolder::create);
        assertEquals("kept", Files.readString(picture));
        Files.delete(picture);
        Files.writeString(root.resolve("config.toml"), "");
        refused(root, "is not empty", RunFolder::create);
    }

    @Test
    void resumingFromWhatIsNoRunIsRefused() throws IOException {
        refused(folder.resolve("none"), "no such folder", RunFolder::open);
        refused(folder, "not a run", RunFolder::open);
        refused(Files.writeString(folder.resolve("file"), ""), "no such folder", RunFolder::open);
    }
}
