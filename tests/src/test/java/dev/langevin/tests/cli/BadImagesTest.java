package dev.langevin.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.langevin.tests.data.CifarFiles;
import dev.langevin.training.image.Png;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Images and folders of images that are none (rows D-FOLDER, D-CIFAR, A-INPAINT, A-SDEDIT from the command line): one line that names the file
 * and says what to do, exit status 2, no file written and none lost.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadImagesTest {
    @TempDir
    static Path folder;
    private Path run;
    private Path config;

    @BeforeAll
    void files() throws IOException {
        run = Cli.imageRun(folder);
        config = Cli.write(folder.resolve("folder.toml"), "data = \"folder\"\n" + Cli.IMAGES);
        byte[] png = Png.encode(image(8, 8));
        Files.write(folder.resolve("sound.png"), png);
        Files.writeString(folder.resolve("text.png"), "no picture");
        Files.write(folder.resolve("truncated.png"), Arrays.copyOf(png, png.length / 2));
        Files.write(folder.resolve("empty.png"), new byte[0]);
        Files.createDirectory(folder.resolve("directory.png"));
        Files.write(folder.resolve("transparent.png"), Png.encode(new BufferedImage(8, 8, BufferedImage.TYPE_INT_ARGB)));
        ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
        ImageIO.write(image(8, 8), "jpeg", jpeg);
        Files.write(folder.resolve("broken.jpg"), Arrays.copyOf(jpeg.toByteArray(), 40));
    }

    private static BufferedImage image(int height, int width) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < height * width; i++) {
            image.setRGB(i % width, i / width, i * 0x123457);
        }
        return image;
    }

    /** Every file below the folder, and a hash of what it holds. */
    private static Map<Path, Integer> tree() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            Map<Path, Integer> tree = new TreeMap<>();
            for (Path file : all.toList()) {
                tree.put(file, Files.isRegularFile(file) ? Arrays.hashCode(Files.readAllBytes(file)) : 0);
            }
            return tree;
        }
    }

    private void refused(List<Object> words, String... pieces) throws IOException {
        Map<Path, Integer> before = tree();
        Cli.run(words.toArray()).mustRefuse(pieces);
        assertEquals(before, tree());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "text.png        | not an image that can be read; give a PNG file",
        "empty.png       | not an image that can be read; give a PNG file",
        "truncated.png   | cannot be read as an image (",
        "broken.jpg      | cannot be read as an image (",
        "directory.png   | not an image that can be read; give a PNG file",
        "transparent.png | has transparent pixels",
        "none.png        | cannot be read as an image (no such file or folder); give a PNG file"})
    void imagesThatAreNone(String name, String piece) throws IOException {
        Path file = folder.resolve(name);
        refused(List.of("edit", "--run", run, "--image", file, "--strength", 0.5), file.toString(), piece);
        refused(List.of("inpaint", "--run", run, "--image", folder.resolve("sound.png"), "--mask", file), file.toString(), piece);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "edit --strength=-0.1             | --strength -0.1: give a number from 0 to 1",
        "edit --strength NaN              | --strength NaN: give a number from 0 to 1",
        "edit --strength half             | --strength",
        "super-resolve --factor 3         | --factor 3: give a number of at least 2 that divides 8",
        "super-resolve --factor 1         | --factor 1: give a number of at least 2",
        "super-resolve --factor 0         | --factor 0: give a number of at least 2",
        "colorize                         | makes grey images, which have no colours; give a run of colour images",
        "inpaint --mask half --label 1    | --label 1: this run was trained without classes"})
    void numbersThatDoNotFit(String command, String piece) throws IOException {
        List<Object> words = new ArrayList<>(List.of(command.strip().split(" ")));
        words.addAll(List.of("--run", run, "--image", folder.resolve("sound.png")));
        refused(words, piece);
    }

    private Path sub(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    private void trainRefused(Path data, String... pieces) throws IOException {
        refused(List.of("train", "--config", config, "--data", data, "--out", folder.resolve("never")), pieces);
    }

    /** Larger images are scaled and cropped, and it is said; smaller ones, and broken ones among many, are named. */
    @Test
    void foldersOfImages() throws IOException {
        Path mixed = sub("mixed");
        for (int i = 0; i < 20; i++) {
            Files.write(mixed.resolve(i + ".png"), Png.encode(image(8 + i % 3, 8 + i)));
        }
        Cli trained = Cli.run("train", "--config", config, "--data", mixed, "--steps", 1, "--out", folder.resolve("mixed-run"));
        assertEquals(0, trained.status(), trained.err());
        assertTrue(trained.err().contains("reading 20 images of " + mixed + ", scaled down and cropped to 8 x 8"), trained.err());
        Path small = Files.write(mixed.resolve("20.png"), Png.encode(image(8, 7)));
        trainRefused(mixed, small.toString(), "is 7 x 8 pixels, smaller than the network's 8 x 8; take it out, or choose a smaller image-size");
        Files.delete(small);
        for (String broken : new String[] {"text.png", "truncated.png", "empty.png", "broken.jpg", "transparent.png"}) {
            Path copy = Files.copy(folder.resolve(broken), mixed.resolve("7-" + broken));
            trainRefused(mixed, copy.toString(), broken.equals("transparent.png") ? "save it without an alpha channel" : "delete it or replace it");
            Files.delete(copy);
        }
        Path none = sub("none");
        trainRefused(none, none + ": holds no images (.png, .jpg, .jpeg); give the folder of the images with --data");
        trainRefused(folder.resolve("sound.png"), "no such folder; give the folder of the images with --data");
    }

    /** Not as the administrator, who may read all. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void foldersThatCannotBeRead() throws IOException {
        Path locked = sub("locked/deeper");
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("---------"));
        try {
            assumeFalse(Files.isReadable(locked));
            Cli.run("train", "--config", config, "--data", locked.getParent(), "--out", folder.resolve("never"))
                    .mustRefuse(locked.getParent().toString(), "cannot be read");
        } finally {
            Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void cifarFiles() throws IOException {
        Path data = CifarFiles.write(folder.resolve("cifar"), 2);
        Path file = data.resolve("data_batch_2.bin");
        byte[] sound = Files.readAllBytes(file);
        byte[] label = sound.clone();
        label[3073] = 10;
        for (byte[] content : new byte[][] {Arrays.copyOf(sound, 3000), Arrays.copyOf(sound, sound.length + 1), label}) {
            Files.write(file, content);
            String piece = content == label ? "record 1 has the label 10, above 9" : content.length + " bytes are not whole records of 3073";
            refused(List.of("train", "cifar10", "--data", data, "--out", folder.resolve("never")), file.toString(), piece, "delete it or give another with --data");
            refused(List.of("data", "cifar10", "--data", data), file.toString(), piece);
        }
    }
}
