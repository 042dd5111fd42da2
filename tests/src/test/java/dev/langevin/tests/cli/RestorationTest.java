package dev.langevin.tests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.TrainingRun;
import dev.langevin.training.data.ImageDataset;
import dev.langevin.training.data.Pixels;
import dev.langevin.training.image.ImageGrid;
import dev.langevin.training.image.Png;
import dev.langevin.training.run.TomlConfig;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Rows A-INPAINT, A-REPAINT, A-COLOR, A-SR, A-INV, A-SDEDIT, A-INTERP as seen from the command line: the picture shows input, measurement
 * and result, what is known is in the result, and wrong input is refused in one line.
 */
class RestorationTest {
    /** From one image of a picture to the next. */
    private static final int CELL = 8 + 8;

    @TempDir
    static Path folder;
    private static Path grey;
    private static Path colour;
    private static Path points;

    @BeforeAll
    static void makeRuns() {
        grey = Cli.imageRun(folder);
        points = Cli.pointsRun(folder);
        colour = folder.resolve("colour-run");
        String text = Cli.IMAGES.replace("image-size = 8", "image-size = 8\nchannels = 3");
        TrainConfig config = TomlConfig.read(Cli.write(folder.resolve("colours.toml"), text), TrainConfig.class);
        byte[] pixels = new byte[8 * 192];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (i * 41);
        }
        try (CpuBackend backend = new CpuBackend()) {
            TrainingRun.create(colour, config, new ImageDataset(pixels, 8, 8, 8, 3), new TrainingRun.Listener() {
                @Override
                public void step(long step, long steps, Trainer.StepResult result, double imagesPerSecond) {
                }

                @Override
                public void wrote(Path file) {
                }
            }).train(backend, Double.POSITIVE_INFINITY);
        }
        picture("image.png", 8);
        picture("other.png", 8);
        picture("small.png", 4);
        float[] mask = new float[64];
        Arrays.fill(mask, -1);
        Arrays.fill(mask, 0, 24, 1);
        Png.write(folder.resolve("mask.png"), ImageGrid.single(mask, 8, 8, 1));
    }

    private static void picture(String name, int side) {
        float[] values = new float[side * side * 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(0.37 * i * name.length());
        }
        Png.write(folder.resolve(name), ImageGrid.single(values, side, side, 3));
    }

    /** A command with RUN, COLOUR, POINTS and file names put in; its picture goes to out.png. */
    private static Object[] words(String command) {
        List<Object> words = new ArrayList<>();
        for (String word : command.strip().split("\\s+")) {
            words.add(switch (word) {
                case "RUN" -> grey;
                case "COLOUR" -> colour;
                case "POINTS" -> points;
                default -> word.endsWith(".png") ? folder.resolve(word) : word;
            });
        }
        words.addAll(List.of("--out", folder.resolve("out.png")));
        return words.toArray();
    }

    private static BufferedImage picture() {
        try {
            return ImageIO.read(folder.resolve("out.png").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Image {@code row} of a picture of one column, as RGB; names stand left of it. */
    private static int[] cell(int row) {
        BufferedImage picture = picture();
        return picture.getRGB(picture.getWidth() - CELL, CELL - 10 + row * CELL, 8, 8, null, 0, 8);
    }

    /** Dots of the name left of row {@code row}. */
    private static long dots(int row) {
        BufferedImage picture = picture();
        int width = picture.getWidth() - CELL;
        return Arrays.stream(picture.getRGB(0, CELL - 10 + row * CELL, width, CELL - 6, null, 0, width)).filter(rgb -> rgb == 0xffe0e0e0).count();
    }

    /** Input, mask or measurement, and result are there, each under its name. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "inpaint --run COLOUR --image image.png --mask mask.png --method replacement | 4",
        "colorize --run COLOUR --image image.png --method replacement              | 3",
        "super-resolve --run COLOUR --image small.png --factor 2                   | 2",
        "restore --run COLOUR --operator blur --image image.png                    | 2",
        "restore --run COLOUR --operator tomography --angles 2 --image image.png   | 3",
        "edit --run COLOUR --image image.png --strength 0.5                        | 3"})
    void thePictureSaysWhichIsWhich(String command, int rows) {
        Cli.figures(words(command));
        assertEquals(6 + rows * CELL, picture().getHeight());
        for (int row = 0; row < rows; row++) {
            assertTrue(dots(row) > 20, "row " + row);
        }
        int[] input = cell(0);
        if (!command.startsWith("super")) {
            float[] given = Png.read(folder.resolve("image.png"), 8, 8, 3);
            for (int i = 0; i < given.length; i++) {
                assertEquals(Pixels.toByte(given[i]), input[i / 3] >> 8 * (2 - i % 3) & 0xff);
            }
        }
        if (command.startsWith("inpaint")) {
            for (int i = 0; i < 64; i++) {
                assertEquals(i < 24 ? 0xffffffff : 0xff000000, cell(1)[i], "mask");
                assertEquals(i < 24 ? input[i] : 0xff808080, cell(2)[i], "known");
            }
        }
        for (int rgb : command.startsWith("colorize") ? cell(1) : new int[0]) {
            assertTrue((rgb & 0xff) == (rgb >> 8 & 0xff) && (rgb & 0xff) == (rgb >> 16 & 0xff), "grey");
        }
        assertFalse(Arrays.equals(cell(rows - 2), cell(rows - 1)));
    }

    @ParameterizedTest
    @CsvSource({"replacement, 0", "repaint, 0", "posterior, 0.05"})
    void inpaint(String method, double noise) {
        JsonNode figures = Cli.figures(words("inpaint --run RUN --image image.png --mask mask.png --method " + method));
        assertEquals(noise, figures.get("noise").doubleValue());
        assertTrue(figures.get("evaluations").doubleValue() == (method.equals("repaint") ? 20 : 2), figures.toString());
        if (noise == 0) {
            assertEquals(0, figures.get("residual").doubleValue());
            assertArrayEquals(Arrays.copyOf(cell(0), 24), Arrays.copyOf(cell(3), 24));
        }
    }

    @Test
    void colorize() {
        JsonNode figures = Cli.figures(words("colorize --run COLOUR --image image.png --method replacement"));
        assertTrue(figures.get("residual").doubleValue() < 1e-5, figures.toString());
    }

    @Test
    void superResolve() {
        JsonNode figures = Cli.figures(words("super-resolve --run COLOUR --image small.png --factor 2 --method replacement"));
        assertTrue(figures.get("residual").doubleValue() < 1e-5, figures.toString());
        Cli.figures(words("super-resolve --run RUN --image small.png --factor 2"));
    }

    @Test
    void restore() {
        JsonNode blur = Cli.figures(words("restore --run RUN --operator blur --image image.png"));
        assertTrue(blur.get("psnr") == null && blur.get("residual").doubleValue() > 0, blur.toString());
        for (String operator : new String[] {"tomography", "projections"}) {
            JsonNode figures = Cli.figures(words("restore --run RUN --image image.png --operator " + operator));
            assertTrue(figures.get("psnr").isNumber() && figures.get("psnr_least_squares").isNumber(), figures.toString());
        }
    }

    @Test
    void editAndInterpolate() {
        assertEquals(0, Cli.figures(words("edit --run RUN --image image.png --strength 0")).get("mean_squared_change").doubleValue());
        assertArrayEquals(cell(0), cell(1));
        assertArrayEquals(cell(0), cell(2));
        assertTrue(Cli.figures(words("edit --run RUN --image image.png --strength 0.5")).get("mean_squared_change").doubleValue() > 0);
        JsonNode figures = Cli.figures(words("interpolate --run RUN --image image.png --to other.png --between 3 --steps 3"));
        assertEquals(3, figures.get("between").intValue());
        assertTrue(figures.get("ends_rmse").isNumber(), figures.toString());
        int column = 23 + 6; // as wide as its name
        assertEquals(6 + 5 * column, picture().getWidth());
        assertEquals(19 + CELL, picture().getHeight());
        float[] from = Png.read(folder.resolve("image.png"), 8, 8, 1);
        float[] to = Png.read(folder.resolve("other.png"), 8, 8, 1);
        for (int i = 0; i < 64; i++) {
            assertEquals(Pixels.toByte(from[i]), picture().getRGB(6 + i % 8, 19 + i / 8) & 0xff);
            assertEquals(Pixels.toByte(to[i]), picture().getRGB(6 + 4 * column + i % 8, 19 + i / 8) & 0xff);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "inpaint --run RUN --image image.png --mask small.png                     | small.png: is 4 x 4 pixels",
        "inpaint --run RUN --image small.png --mask half                          | small.png: is 4 x 4 pixels",
        "inpaint --run RUN --image none.png --mask half                           | none.png: cannot be read",
        "inpaint --run RUN --image image.png --mask none.png                      | none.png: cannot be read",
        "inpaint --run RUN --image image.png --from-data 2 --mask half            | --image and --from-data: give one of them",
        "inpaint --run RUN --image image.png                                      | --mask",
        "inpaint --run POINTS --mask half                                         | makes points, not images",
        "inpaint --run RUN --image image.png --mask half --method replacement --sampler rk45 | --sampler rk45: chooses its steps itself",
        "inpaint --run RUN --image image.png --mask half --sampler ddim           | --sampler: repaint takes its steps by ancestral sampling",
        "inpaint --run RUN --image image.png --mask half --eta 1                  | --eta: repaint takes its steps by ancestral sampling",
        "inpaint --run RUN --image image.png --mask half --noise 0                | --noise 0",
        "inpaint --run RUN --image image.png --mask half --noise 0.1              | --noise: method 'repaint' takes no notice of it",
        "inpaint --run RUN --image image.png --data . --mask half                 | --image and --data: give one of them",
        "colorize --run RUN --image image.png                                     | makes grey images",
        "super-resolve --run RUN --image small.png --factor 3                     | --factor 3",
        "super-resolve --run RUN --image image.png --factor 2                     | image.png: is 8 x 8 pixels",
        "restore --run RUN --image image.png --operator blur --width 0            | --width 0.0: give a number above 0",
        "restore --run RUN --image image.png --operator tomography --width 1.5    | --width: is of operator 'blur', and 'tomography' takes no notice of it",
        "restore --run RUN --image image.png --operator blur --measurements 9     | --measurements: is of operator 'projections', and 'blur' takes no notice",
        "restore --run RUN --image image.png --operator projections --angles 8    | --angles: is of operator 'tomography', and 'projections' takes no notice",
        "restore --run RUN --image image.png --operator tomography --angles 0     | --angles 0: give a number of at least 1",
        "restore --run RUN --image image.png --operator projections --measurements 9999999 | take more memory than is sensible",
        "restore --run RUN --image image.png --operator fog                       | --operator",
        "edit --run RUN --image image.png --strength 1.5                          | --strength 1.5",
        "edit --run POINTS --strength 0.5                                         | makes points, not images",
        "interpolate --run RUN --image image.png                                  | --image and --to: give both",
        "interpolate --run RUN --image image.png --to other.png --between 1       | --between 1"})
    void refused(String command, String piece) {
        Cli.refused(List.of(words(command)), piece);
    }
}
