package dev.langevin.tests.data;

import static dev.langevin.tests.io.Messages.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.langevin.training.data.Idx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** IDX files (row D-MNIST): labels and images, plain and compressed; every damage refused by the file's name. */
class IdxTest {
    static final byte[] LABELS = {0, 0, 8, 1, 0, 0, 0, 3, 7, 0, (byte) 255};
    static final byte[] IMAGES = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, (byte) 200};

    @TempDir
    Path folder;

    @Test
    void readsLabelsAndImagesPlainAndCompressed() throws IOException {
        for (boolean compressed : new boolean[] {false, true}) {
            Idx labels = Idx.read(file("labels", compressed ? gzip(LABELS) : LABELS));
            assertArrayEquals(new int[] {3}, labels.dims());
            assertArrayEquals(new byte[] {7, 0, (byte) 255}, labels.data());
            Idx images = Idx.read(file("images", compressed ? gzip(IMAGES) : IMAGES));
            assertArrayEquals(new int[] {2, 1, 3}, images.dims());
            assertArrayEquals(new byte[] {1, 2, 3, 4, 5, (byte) 200}, images.data());
        }
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] packed = gzip(IMAGES);
        for (int length = 0; length < IMAGES.length; length++) {
            refused(file("cut", Arrays.copyOf(IMAGES, length)), "truncated IDX file", Idx::read);
        }
        for (int length = 2; length < packed.length; length++) {
            refused(file("cut.gz", Arrays.copyOf(packed, length)), "damaged gzip file", Idx::read);
        }
    }

    @Test
    void foreignAndDamagedFilesAreRefused() throws IOException {
        refused(file("longer", Arrays.copyOf(IMAGES, IMAGES.length + 1)), "7 bytes of data, expected 6", Idx::read);
        refused(file("int32", bytes(0x0C01, 1, 9)), "begins with 0x00000c01", Idx::read);
        refused(file("image.png", bytes(0x89504E47, 0x0D0A1A0A)), "not an IDX file", Idx::read);
        refused(file("negative", bytes(0x0801, -1)), "a length of -1", Idx::read);
        int most = Integer.MAX_VALUE;
        refused(file("huge", bytes(0x0803, most, most, most)), "truncated IDX file", Idx::read);
        refused(file("wraps", bytes(0x0803, 1 << 30, 1 << 30, 16)), "truncated IDX file", Idx::read);
        byte[] garbled = gzip(IMAGES);
        garbled[garbled.length - 6] ^= 1;
        refused(file("crc.gz", garbled), "damaged gzip file", Idx::read);
        refused(folder.resolve("none"), "no such file", Idx::read);
    }

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static byte[] bytes(int... words) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * words.length);
        Arrays.stream(words).forEach(buffer::putInt);
        return buffer.array();
    }

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }
}
