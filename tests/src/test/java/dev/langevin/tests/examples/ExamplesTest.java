package dev.langevin.tests.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.cpu.Parallel;
import dev.langevin.examples.DensityOfASpiral;
import dev.langevin.examples.EnergyLandscape;
import dev.langevin.examples.OwnSampler;
import dev.langevin.examples.OwnSchedule;
import dev.langevin.examples.ThreeWaysToTheScore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row U-EX: every example runs and its own checks hold, with shorter training where that is long; one that is too short is refused. */
class ExamplesTest {
    private final int threads = Parallel.threads();

    @TempDir
    private Path folder;

    /** The networks are too small for a second thread. */
    @BeforeEach
    void oneThread() {
        Parallel.setThreads(1);
    }

    @AfterEach
    void allThreads() {
        Parallel.setThreads(threads);
    }

    /** What an example prints. */
    private static String printed(Runnable example) {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(out);
            example.run();
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static long checks(String printed) {
        return printed.lines().filter(line -> line.startsWith("ok  ")).count();
    }

    private void assertPicture(String name, int width, int height) throws IOException {
        var image = ImageIO.read(folder.resolve(name).toFile());
        assertEquals(width, image.getWidth());
        assertEquals(height, image.getHeight());
    }

    @Test
    void ownSampler() {
        assertEquals(3, checks(printed(() -> OwnSampler.main(new String[0]))));
    }

    @Test
    void ownSchedule() {
        String printed = printed(() -> OwnSchedule.main(new String[0]));
        assertEquals(5, checks(printed));
        assertTrue(printed.contains("breaks \"(ln a)' = f\" at t = "), printed);
    }

    @Test
    void energyLandscape() throws IOException {
        assertEquals(3, checks(printed(() -> EnergyLandscape.main(new String[] {folder.toString(), "400"}))));
        assertPicture("energy.png", 3 * 256 + 8, 256 + 4);
    }

    @Test
    void threeWaysToTheScore() {
        assertEquals(6, checks(printed(() -> ThreeWaysToTheScore.main(new String[0]))));
    }

    /** After 200 steps the density is one, but not yet the spiral's. */
    @Test
    void aDensityThatIsNotTheDatasIsRefused() throws IOException {
        RuntimeException wrong = assertThrows(RuntimeException.class, () -> printed(() -> DensityOfASpiral.main(new String[] {folder.toString(), "200"})));
        assertTrue(wrong.getMessage().startsWith("nats below the data's own is "), wrong.getMessage());
        assertFalse(wrong.getMessage().contains("\n"));
        assertPicture("spiral.png", 2 * 192 + 6, 192 + 4);
    }
}
