package dev.langevin.tests.data;

import static dev.langevin.tests.io.Messages.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Datasets;
import dev.langevin.training.data.FolderDataset;
import dev.langevin.training.data.ImageFolder;
import dev.langevin.training.data.Pixels;
import dev.langevin.training.image.Png;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder of images (row D-FOLDER): order, classes, colours, size; whatever is no image for it is refused by name. */
class ImageFolderTest {
    private static final int[] GREY = {4, 4, 1};
    private static final int[] COLOUR = {4, 4, 3};

    @TempDir
    Path folder;
    private final List<String> progress = new ArrayList<>();

    @Test
    void imagesComeInTheOrderOfTheirPathsAndSubfoldersAreClasses() throws IOException {
        png("zebra/2.png", plain(4, 4, 0x020202));
        png("zebra/deep/er/1.PNG", plain(4, 4, 0x030303));
        png("ant/9.png", plain(8, 4, 0x010101));
        png("ant/10.png", plain(4, 4, 0x000000));
        Files.writeString(folder.resolve("ant/notes.txt"), "passed over");
        Files.writeString(folder.resolve(".hidden.png"), "passed over");
        ImageFolder listed = ImageFolder.list(folder);
        assertEquals(List.of("ant", "zebra"), listed.classes());
        assertArrayEquals(new int[] {2, 2}, listed.counts());
        assertEquals(1, listed.passedOver());
        Dataset data = open(GREY);
        assertEquals(4, data.size());
        assertEquals(2, data.classes());
        for (int i = 0; i < 4; i++) {
            assertEquals(i, firstByte(data, i), "10 before 9, zebra/2 before zebra/deep");
            assertEquals(i / 2, data.label(i));
        }
        assertTrue(progress.getFirst().contains("reading 4 images") && progress.getFirst().contains("1 files that are not"), progress.getFirst());
    }

    @Test
    void aFlatFolderHasNoClasses() throws IOException {
        png("b.png", plain(4, 4, 0xffffff));
        png("a.png", plain(4, 4, 0x808080));
        Dataset data = open(COLOUR);
        assertEquals(0, data.classes());
        assertEquals(128, firstByte(data, 0));
        png("more/c.png", plain(4, 4, 0));
        refused(folder, "images both in it (such as a.png) and in its subfolders", f -> open(COLOUR));
    }

    /** Luma of ITU-R BT.601; a grey file keeps its bytes, in a network of colours too; palettes and one bit are expanded. */
    @Test
    void coloursAndGreys() throws IOException {
        png("a.png", plain(4, 4, 0xff8040));
        BufferedImage grey = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY);
        grey.getRaster().setSample(0, 0, 0, 77);
        png("b.png", grey);
        BufferedImage bit = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_BINARY);
        bit.setRGB(0, 0, 0xffffffff);
        png("c.png", bit);
        BufferedImage opaque = new BufferedImage(4, 4, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 16; i++) {
            opaque.setRGB(i % 4, i / 4, 0xff112233);
        }
        png("d.png", opaque);
        Dataset inGrey = open(GREY);
        assertEquals(Math.round(0.299 * 255 + 0.587 * 128 + 0.114 * 64), firstByte(inGrey, 0));
        assertEquals(77, firstByte(inGrey, 1));
        assertEquals(255, firstByte(inGrey, 2));
        Dataset inColour = open(COLOUR);
        assertArrayEquals(new int[] {255, 128, 64}, pixel(inColour, 0));
        assertArrayEquals(new int[] {77, 77, 77}, pixel(inColour, 1));
        assertArrayEquals(new int[] {0x11, 0x22, 0x33}, pixel(inColour, 3));
    }

    /** 12 x 8 to 4 x 4: areas of 2 x 2 of the middle 8 x 8. JPEG's blocks of one colour come back within its rounding. */
    @Test
    void largerImagesAreScaledAndCroppedInTheMiddle() throws IOException {
        BufferedImage wide = plain(8, 12, 0xff0000);
        for (int y = 0; y < 8; y++) {
            for (int x = 2; x < 10; x++) {
                wide.setRGB(x, y, x % 2 == 0 ? 0x204060 : 0x406080);
            }
        }
        png("wide.png", wide);
        Files.write(folder.resolve("x.jpeg"), jpeg(null, plain(16, 16, 0x406080)));
        Dataset data = open(COLOUR);
        float[] image = new float[48];
        data.copy(0, image, 0);
        for (int i = 0; i < 48; i++) {
            assertEquals(0x30 + 0x20 * (i % 3), Pixels.toByte(image[i]), "element " + i);
        }
        int[] jpeg = pixel(data, 1);
        for (int c = 0; c < 3; c++) {
            assertEquals(0x40 + 0x20 * c, jpeg[c], 3);
        }
    }

    @Test
    void filesThatAreRefused() throws IOException {
        Path file = folder.resolve("x.png");
        refused(folder.resolve("none"), "no such folder", f -> Datasets.listed(f));
        refused("data set folder", "--data", () -> Datasets.listed(null));
        refused(folder, "holds no images", f -> open(COLOUR));
        Files.writeString(file, "no image");
        refused(file, "not a PNG or JPEG image", f -> open(COLOUR));
        byte[] whole = Png.encode(noise());
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        refused(file, "damaged image", f -> open(COLOUR));
        png("x.png", new BufferedImage(4, 4, BufferedImage.TYPE_INT_ARGB));
        refused(file, "transparent pixels", f -> open(COLOUR));
        png("x.png", new BufferedImage(4, 4, BufferedImage.TYPE_USHORT_GRAY));
        refused(file, "16 bits", f -> open(COLOUR));
        png("x.png", plain(4, 3, 0));
        refused(file, "is 3 x 4 pixels, smaller than the network's 4 x 4", f -> open(COLOUR));
        ByteArrayOutputStream gif = new ByteArrayOutputStream();
        ImageIO.write(plain(4, 4, 0), "gif", gif);
        Files.write(file, gif.toByteArray());
        refused(file, "in the format gif", f -> open(COLOUR));
        WritableRaster cmyk = Raster.createInterleavedRaster(0, 8, 8, 4, null);
        Files.write(file, jpeg(cmyk, null));
        refused(file, "a JPEG in CMYK", f -> open(COLOUR));
        Files.delete(file);
        png("a.png", plain(4, 4, 0));
        refused(folder, "1 images take 0 MiB at 4 x 4, and there are 0 MiB", f -> FolderDataset.read(ImageFolder.list(f), GREY, 15, progress::add));
        refused("data set folder", "1 or 3 channels", () -> open(new int[] {4, 4, 2}));
        refused("data set folder", "--split train", () -> Datasets.openTest("folder", folder, 1, progress::add));
    }

    private Dataset open(int[] shape) {
        return Datasets.open("folder", folder, shape, 1, progress::add);
    }

    private static int firstByte(Dataset data, int index) {
        return pixel(data, index)[0];
    }

    private static int[] pixel(Dataset data, int index) {
        float[] image = new float[data.exampleSize()];
        data.copy(index, image, 0);
        int[] pixel = new int[data.exampleShape()[2]];
        for (int c = 0; c < pixel.length; c++) {
            pixel[c] = Pixels.toByte(image[c]);
        }
        return pixel;
    }

    private void png(String name, BufferedImage image) throws IOException {
        Files.createDirectories(folder.resolve(name).getParent());
        Files.write(folder.resolve(name), Png.encode(image));
    }

    static BufferedImage plain(int height, int width, int rgb) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < height * width; i++) {
            image.setRGB(i % width, i / width, rgb);
        }
        return image;
    }

    private static BufferedImage noise() {
        BufferedImage image = plain(32, 32, 0);
        Random random = new Random(1);
        for (int i = 0; i < 1024; i++) {
            image.setRGB(i % 32, i / 32, random.nextInt());
        }
        return image;
    }

    /** A JPEG of a picture, or, where it is null, of a raster as it is. */
    private static byte[] jpeg(Raster raster, BufferedImage image) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (var out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(image == null ? new IIOImage(raster, null, null) : new IIOImage(image, null, null));
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
