package dev.langevin.tests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langevin.training.image.ImageGrid;
import dev.langevin.training.image.Png;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows G-CLF, G-CFG, G-ADAPT, G-TRUNC from the command line: --label, --guidance and --classifier of sample and of the commands that start from images. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConditionTest {
    @TempDir
    static Path folder;

    private Path plain;
    private Path conditional;
    private Path classifier;
    private Path other;
    private Path image;
    private Path second;
    private Path coarse;
    private Path clean;
    private Path foreign;

    @BeforeAll
    void runs() {
        String images = Cli.IMAGES.replace("steps = 2\ncheckpoint", "steps = 1\ncheckpoint");
        plain = Cli.imageRun(folder, "plain", images, 0);
        String classes = images + "[unet.classes]\nnumber = 3\n";
        conditional = Cli.imageRun(folder, "conditional", classes, 3);
        classifier = Cli.imageRun(folder, "classifier", classes.replace("\"unet\"", "\"classifier\""), 3);
        image = picture("image.png", 8);
        second = picture("second.png", 8);
        coarse = picture("coarse.png", 4);
        other = Cli.imageRun(folder, "other", classes.replace("\"unet\"", "\"classifier\"") + "[sde]\nkind = \"ve\"\n", 3);
        foreign = Cli.imageRun(folder, "foreign", "data = \"fashion-mnist\"\n" + classes.replace("\"unet\"", "\"classifier\""), 3);
        clean = Cli.imageRun(folder, "clean", images.replace("\"unet\"", "\"lenet\"") + "[lenet]\nimage-size = 8\nwidth = 4\nfeatures = 5\nclasses = 3\n", 3);
    }

    private static Path picture(String name, int side) {
        float[] values = new float[side * side];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(0.37 * i * name.length());
        }
        Png.write(folder.resolve(name), ImageGrid.single(values, side, side, 1));
        return folder.resolve(name);
    }

    private byte[] picture(List<Object> words, Object... options) throws IOException {
        List<Object> all = new ArrayList<>(words);
        all.addAll(List.of(options));
        return picture(all.toArray());
    }

    private byte[] picture(Object... options) throws IOException {
        Path out = folder.resolve("out.png");
        Object[] all = Arrays.copyOf(options, options.length + 3);
        all[options.length] = "--out";
        all[options.length + 1] = out;
        all[options.length + 2] = "--json";
        Cli cli = Cli.run(all);
        assertEquals(0, cli.status(), cli.err());
        return Files.readAllBytes(out);
    }

    /** Every option shows in the picture, and the neutral ones do not. */
    @Test
    void optionsAreHeeded() throws IOException {
        byte[] none = picture("sample", "--run", conditional);
        byte[] zero = picture("sample", "--run", conditional, "--label", 0);
        assertFalse(Arrays.equals(none, zero));
        assertFalse(Arrays.equals(zero, picture("sample", "--run", conditional, "--label", 2)));
        assertArrayEquals(zero, picture("sample", "--run", conditional, "--label", 0, "--guidance", 1));
        assertArrayEquals(none, picture("sample", "--run", conditional, "--label", 0, "--guidance", 0));
        assertFalse(Arrays.equals(zero, picture("sample", "--run", conditional, "--label", 0, "--guidance", 20)));
        byte[] unguided = picture("sample", "--run", plain);
        byte[] guided = picture("sample", "--run", plain, "--label", 1, "--classifier", classifier, "--guidance", 500);
        assertFalse(Arrays.equals(unguided, guided));
        assertArrayEquals(unguided, picture("sample", "--run", plain, "--label", 1, "--classifier", classifier, "--guidance", 0));
        assertArrayEquals(unguided, picture("sample", "--run", plain, "--label", 1, "--classifier", classifier, "--guidance-range", "1e6,1e7"));
        assertFalse(Arrays.equals(guided, picture("sample", "--run", plain, "--label", 1, "--classifier", classifier, "--guidance", 500, "--guidance-falls-to", 1)));
    }

    /** The commands that start from images heed the class too; without one they take the unconditional score. */
    @ParameterizedTest
    @ValueSource(strings = {"inpaint --mask half --method repaint", "inpaint --mask half --method posterior", "super-resolve --factor 2 --method replacement",
        "restore --operator blur", "edit --strength 0.9", "interpolate --steps 4 --between 3"})
    void imagesOfAClass(String command) throws IOException {
        List<Object> words = new ArrayList<>(List.of(command.split(" ")));
        words.add("--image");
        words.add(command.startsWith("super") ? coarse : image);
        if (command.startsWith("interpolate")) {
            words.addAll(List.of("--to", second));
        }
        byte[] none = picture(words, "--run", conditional);
        byte[] zero = picture(words, "--run", conditional, "--label", 0);
        assertFalse(Arrays.equals(none, zero));
        assertFalse(Arrays.equals(zero, picture(words, "--run", conditional, "--label", 2)));
        assertArrayEquals(zero, picture(words, "--run", conditional, "--label", 0, "--guidance", 1));
        assertArrayEquals(none, picture(words, "--run", conditional, "--label", 0, "--guidance", 0));
        assertFalse(Arrays.equals(zero, picture(words, "--run", conditional, "--label", 0, "--guidance", 20)));
        byte[] plainOne = picture(words, "--run", plain);
        assertFalse(Arrays.equals(plainOne, picture(words, "--run", plain, "--label", 1, "--classifier", classifier, "--guidance", 500)));
        assertArrayEquals(plainOne, picture(words, "--run", plain, "--label", 1, "--classifier", classifier, "--guidance", 0));
    }

    /** All classes, one in each row: example i is that of its class drawn alone, in the strip's part and after it. */
    @Test
    void allClassesByRow() throws IOException {
        byte[] all = picture("sample", "--run", conditional, "--label", "all", "--n", 12);
        byte[] strip = picture("sample", "--run", conditional, "--label", "all", "--n", 12, "--strip", folder.resolve("strip.png"));
        assertArrayEquals(all, strip);
        for (int y = 0; y < 3; y++) {
            byte[] one = picture("sample", "--run", conditional, "--label", y, "--n", 12);
            assertArrayEquals(row(one, y), row(all, y), "class " + y);
        }
        assertFalse(Arrays.equals(row(all, 0), row(all, 1)));
        JsonNode figures = Cli.figures("sample", "--run", conditional, "--label", "all", "--guidance", 2, "--n", 6, "--out", folder.resolve("six.png"));
        assertEquals("all", figures.get("label").asText());
        assertEquals(2, figures.get("guidance").asDouble());
        assertEquals(4, figures.get("evaluations").asInt() * 2);
    }

    /** The pixels of row y of a grid of three rows of 8 x 8 images. */
    private static int[] row(byte[] png, int y) throws IOException {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
        int padding = (image.getHeight() - 3 * 8) / 4;
        return image.getRGB(0, padding + y * (8 + padding), image.getWidth(), 8, null, 0, image.getWidth());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "CONDITIONAL --label 3              | --label 3: there are classes 0 to 2",
        "CONDITIONAL --label -1             | --label -1: there are classes 0 to 2",
        "CONDITIONAL --label three          | --label three: give a class from 0 to 2, or 'all'",
        "PLAIN --label 1                    | --label 1: this run was trained without classes",
        "PLAIN --label all                  | --label all: this run was trained without classes",
        "CONDITIONAL --guidance 2           | --guidance: guides towards a class; say which with --label",
        "PLAIN --classifier CLASSIFIER      | --classifier: guides towards a class; say which with --label",
        "CONDITIONAL --label 1 --guidance NaN | --guidance NaN: give a number",
        "CONDITIONAL --label 1 --guidance-falls-to 2  | --guidance-falls-to: is of guidance by a classifier",
        "CONDITIONAL --label 1 --guidance-range 1,2   | --guidance-range: is of guidance by a classifier",
        "PLAIN --label 1 --classifier CLASSIFIER --guidance-range 2,1  | 0 <= least < most, got 2.0 and 1.0",
        "PLAIN --label 1 --classifier CLASSIFIER --guidance-range 2    | --guidance-range [2.0]: give MIN,MAX",
        "PLAIN --label 1 --classifier CLASSIFIER --guidance-falls-to 0 | above 0",
        "PLAIN --label 1 --classifier CLASSIFIER --guidance-falls-to 1 --guidance-range 1,2 | give one of them",
        "PLAIN --label 3 --classifier CLASSIFIER      | --label 3: there are classes 0 to 2",
        "PLAIN --label 1 --classifier PLAIN | holds a score, no classifier",
        "PLAIN --label 1 --classifier CLEAN | holds a classifier of clean images, which cannot guide through noise; give a run of preset noise-classifier-mnist",
        "CLEAN                              | holds a classifier, which draws nothing by itself; give a run that trained a score",
        "PLAIN --label 1 --classifier FOREIGN | was trained on data set fashion-mnist, the run on mnist",
        "PLAIN --label 1 --classifier OTHER | was trained under another forward process",
        "PLAIN --label 1 --classifier nowhere | nowhere: no such folder",
        "CLASSIFIER                         | holds a classifier, which draws nothing by itself"})
    void whatIsWrongIsOneLine(String words, String piece) {
        refused("sample --run " + words, piece);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "inpaint --mask half --run CONDITIONAL --label 3          | --label 3: there are classes 0 to 2",
        "inpaint --mask half --run CONDITIONAL --label=-1         | --label -1: there are classes 0 to 2",
        "super-resolve --factor 2 --run CONDITIONAL --label three | --label three: give a class from 0 to 2",
        "restore --operator blur --run PLAIN --label 1            | --label 1: this run was trained without classes",
        "edit --strength 0.5 --run CONDITIONAL --label all        | --label all: each class in turn is for sample; give one class",
        "edit --strength 0.5 --run CONDITIONAL --guidance 2       | --guidance: guides towards a class; say which with --label",
        "interpolate --run PLAIN --classifier CLASSIFIER          | --classifier: guides towards a class; say which with --label",
        "interpolate --run PLAIN --label 1 --classifier OTHER     | was trained under another forward process",
        "colorize --run PLAIN --label 1                           | --label 1: this run was trained without classes",
        "edit --strength 0.5 --run CLASSIFIER                     | holds a classifier, which draws nothing by itself"})
    void ofImagesToo(String words, String piece) {
        refused(words, piece);
    }

    private void refused(String words, String piece) {
        String command = words.strip().replace("PLAIN", plain.toString()).replace("CONDITIONAL", conditional.toString())
                .replace("CLASSIFIER", classifier.toString()).replace("OTHER", other.toString()).replace("FOREIGN", foreign.toString()).replace("CLEAN", clean.toString());
        Cli.refused(List.of(command.split(" +")), piece);
    }

    /** A run of a classifier leaves no samples; other commands say that it is none of theirs. */
    @Test
    void aClassifiersRun() {
        assertTrue(Files.notExists(classifier.resolve("samples/step-000001.png")));
        Cli.refused(List.of("denoise", "--run", classifier.toString(), "--time", "0.3"), "holds a classifier");
    }
}
