package dev.langevin.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.tests.data.CifarFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Row Q-EVAL from the command line: what cannot be evaluated is told in one line, before anything is trained or written. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EvaluateCommandTest {
    /** Images in each of the files of CIFAR-10's format, five of which are for training. */
    private static final int EACH = 60;

    @TempDir
    static Path folder;

    private Path plain;
    private Path conditional;
    private Path classifier;
    private Path own;
    private Path points;
    private Path cifar;
    private Path data;

    @BeforeAll
    void runs() throws IOException {
        String images = Cli.IMAGES.replace("steps = 2\ncheckpoint", "steps = 1\ncheckpoint");
        plain = Cli.imageRun(folder, "plain", images, 0);
        own = Cli.imageRun(folder, "own", "data = \"folder\"\n" + images, 0);
        String classes = images + "[unet.classes]\nnumber = 3\n";
        conditional = Cli.imageRun(folder, "conditional", classes, 3);
        classifier = Cli.imageRun(folder, "classifier", classes.replace("\"unet\"", "\"classifier\""), 3);
        points = Cli.pointsRun(folder);
        data = CifarFiles.write(folder.resolve("data"), EACH);
        cifar = folder.resolve("cifar");
        Path config = Cli.write(folder.resolve("cifar.toml"), "data = \"cifar10\"\n" + images.replace("image-size = 8", "image-size = 32\nchannels = 3"));
        Cli trained = Cli.run("train", "--config", config, "--data", data, "--out", cifar);
        assertEquals(0, trained.status(), trained.err());
    }

    @Test
    void whatCannotBeEvaluated() {
        Cli.refused(List.of("evaluate", "--run", points), "makes points, not images");
        Cli.refused(List.of("evaluate", "--run", classifier), "holds a classifier");
        Cli.refused(List.of("evaluate", "--run", own), "data set folder", "no classifier", "mnist");
        Cli.refused(List.of("evaluate", "--run", folder.resolve("none")), "no such folder");
        Cli.refused(List.of("evaluate", "--run", conditional, "--label", 2), "--label 2", "'all'");
        Cli.refused(List.of("evaluate", "--run", plain, "--guidance", 2), "--guidance", "--label");
        Cli.refused(List.of("evaluate"), "'--run=DIR'");
    }

    @Test
    void whatCannotBeCompared() {
        Cli.refused(List.of("compare", "guidance", "--run", points), "trained without classes", "--classifier");
        Cli.refused(List.of("compare", "guidance", "--run", plain), "trained without classes", "mnist-conditional");
        Cli.refused(List.of("compare", "guidance", "--run", plain, "--classifier", conditional), "holds a score");
        Cli.refused(List.of("compare", "guidance", "--run", conditional, "--weights", "1,-2"), "--weights -2", "at least 0");
        Cli.refused(List.of("compare", "guidance", "--run", conditional, "--guidance-range", "1,2"), "--guidance-range", "--classifier");
        Cli.refused(List.of("compare", "guidance", "--run", plain, "--classifier", classifier, "--guidance-range", "1"), "--guidance-range [1.0]", "MIN,MAX");
    }

    /** Before anything is drawn. */
    @Test
    void samplersThatCannotBeMeasured() {
        Cli.refused(List.of("compare", "samplers", "--run", own, "--measure", 1000), "data set folder", "no classifier");
        Cli.refused(List.of("compare", "samplers", "--run", points, "--measure", 1000), "makes points, not images");
    }

    /** Before data are opened and classifiers trained. */
    @Test
    void howToDrawIsCheckedFirst() {
        Cli.refused(List.of("evaluate", "--run", cifar, "--sampler", "none"), "'none'");
        Cli.refused(List.of("evaluate", "--run", cifar, "--sampler", "rk45", "--steps", 5), "--steps", "rk45");
        Cli.refused(List.of("evaluate", "--run", cifar, "--threshold", 101), "--threshold 101");
        Cli.refused(List.of("compare", "guidance", "--run", conditional, "--sampler", "none"), "'none'");
        Cli.refused(List.of("compare", "guidance", "--run", plain, "--classifier", classifier, "--guidance-range", "3,1"), "noise levels", "3.0 and 1.0");
        Cli.refused(List.of("compare", "samplers", "--run", cifar, "--measure", 5, "--out", folder.resolve("samplers.jpg")), "--out", ".png");
        Cli.run("compare", "samplers", "--run", cifar, "--measure", 5).mustRefuse("--measure 5: 5 samples are too few");
    }

    /** The number that is needed, and where that is not the fault, how many images the data would have to have. */
    @Test
    void tooFewSamples() throws IOException {
        Cli.run("evaluate", "--run", cifar, "--data", data, "--n", 255).mustRefuse("--n 255: 255 samples are too few, at least 256 are needed");
        Cli.run("evaluate", "--run", cifar, "--data", data, "--n", 256).mustRefuse("300 training and 60 held-out images are too few, at least 1024 and 256 are needed");
        try (var left = Files.list(cifar)) {
            assertFalse(left.anyMatch(file -> file.getFileName().toString().startsWith("evaluation")));
        }
    }

    @Test
    void helpHasAnExample() {
        Cli cli = Cli.run("evaluate", "--help");
        assertEquals(0, cli.status());
        assertTrue(cli.out().contains("Examples: langevin evaluate --run runs/mnist") && cli.out().contains("dpmpp-2m in 20"), cli.out());
    }
}
