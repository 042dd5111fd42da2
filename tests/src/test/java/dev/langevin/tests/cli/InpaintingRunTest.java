package dev.langevin.tests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langevin.training.image.ImageGrid;
import dev.langevin.training.image.Png;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Row A-INP-COND from the command line: a run whose network is told a part of the image, and inpaint --method conditional. */
class InpaintingRunTest {
    @TempDir
    static Path folder;
    private static Path plain;
    private static Path told;
    private static Path ofClasses;

    @BeforeAll
    static void runs() {
        String images = Cli.IMAGES.replace("image-size = 8", "image-size = 8\ninpainting = true");
        plain = Cli.imageRun(folder);
        told = Cli.imageRun(folder, "told", images, 0);
        ofClasses = Cli.imageRun(folder, "classes", images + "[unet.classes]\nnumber = 3\n", 3);
        float[] values = new float[64];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(1.9 * i);
        }
        Png.write(folder.resolve("image.png"), ImageGrid.single(values, 8, 8, 1));
        float[] half = new float[32];
        Arrays.fill(half, 1);
        Png.write(folder.resolve("small.png"), ImageGrid.single(Arrays.copyOf(half, 16), 4, 4, 1));
    }

    private static Object[] words(String command) {
        return Arrays.stream(command.strip().split("\\s+")).map(word -> switch (word) {
            case "RUN" -> plain;
            case "TOLD" -> told;
            case "CLASSES" -> ofClasses;
            default -> word.endsWith(".png") ? folder.resolve(word) : word;
        }).toArray();
    }

    private static BufferedImage read(Path file) {
        try {
            return ImageIO.read(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Known pixels are in the result to the bit, by solvers of fixed steps and of their own; another seed draws another rest. */
    @ParameterizedTest
    @ValueSource(strings = {"half", "center", "random", "box", "strokes"})
    void conditional(String mask) throws IOException {
        String command = "inpaint --run TOLD --image image.png --method conditional --out out.png --mask " + mask;
        JsonNode figures = Cli.figures(words(command));
        assertEquals("conditional", figures.get("method").asText());
        assertEquals(0, figures.get("residual").doubleValue());
        assertEquals(2, figures.get("evaluations").doubleValue());
        byte[] first = Files.readAllBytes(folder.resolve("out.png"));
        assertEquals(0, Cli.figures(words(command + " --sampler rk45")).get("residual").doubleValue());
        Cli.figures(words(command));
        assertArrayEquals(first, Files.readAllBytes(folder.resolve("out.png")));
        Cli.figures(words(command + " --seed 2"));
        assertFalse(Arrays.equals(first, Files.readAllBytes(folder.resolve("out.png"))));
    }

    /** Where nothing is told, the run is one of an unconditional score like any other. */
    @Test
    void otherCommandsKnowNothing() {
        for (String command : new String[] {"sample --run TOLD --n 4 --out out.png", "edit --run TOLD --image image.png --strength 0.5 --out out.png",
            "inpaint --run TOLD --image image.png --mask half --method replacement --out out.png"}) {
            Cli cli = Cli.run(words(command));
            assertEquals(0, cli.status(), cli.err());
        }
    }

    /** Pairs: what is known is in the second image of each as it is in the first, whose rest is grey. */
    @Test
    void theSheetOfARunShowsPairs() {
        BufferedImage sheet = read(told.resolve("samples/step-000002.png"));
        int pad = ImageGrid.PADDING;
        assertEquals(pad + 4 * (8 + pad), sheet.getWidth());
        assertEquals(pad + 2 * (8 + pad), sheet.getHeight());
        int known = 0;
        int hidden = 0;
        for (int pair = 0; pair < 4; pair++) {
            int left = pad + pair % 2 * 2 * (8 + pad);
            int top = pad + pair / 2 * (8 + pad);
            int[] first = sheet.getRGB(left, top, 8, 8, null, 0, 8);
            int[] second = sheet.getRGB(left + 8 + pad, top, 8, 8, null, 0, 8);
            for (int i = 0; i < 64; i++) {
                boolean grey = (first[i] & 0xff) == 128;
                assertTrue(grey || first[i] == second[i]);
                known += grey ? 0 : 1;
                hidden += grey && first[i] != second[i] ? 1 : 0;
            }
        }
        assertTrue(known > 32 && hidden > 32, known + " known, " + hidden + " hidden");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "inpaint --run RUN --image image.png --mask half --method conditional            | cannot be told a part of the image; give a run of preset mnist-inpaint",
        "inpaint --run CLASSES --image image.png --mask half --method conditional --label 1 | --label: method 'conditional' is told what is known, and no class",
        "inpaint --run TOLD --image image.png --mask small.png --method conditional      | small.png: is 4 x 4 pixels",
        "inpaint --run TOLD --image image.png --mask half --method conditional --noise 0.1 | --noise: method 'conditional' takes no notice of it",
        "restore --run TOLD --image image.png --operator blur --method conditional       | --method",
        "super-resolve --run TOLD --image small.png --factor 2 --method conditional      | --method conditional: the network can be told pixels"})
    void refused(String command, String piece) {
        Cli.refused(List.of(words(command)), piece);
    }
}
