package dev.langevin.tests.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small files in CIFAR-10's binary format. */
public final class CifarFiles {
    private static final int PLANE = 32 * 32;

    private CifarFiles() {
    }

    /**
     * Records whose class is their number modulo 10; colour c of pixel p of record i is {@link #value}.
     *
     * @param first number of the first record
     */
    public static byte[] records(int first, int count) {
        byte[] bytes = new byte[count * (1 + 3 * PLANE)];
        for (int i = 0; i < count; i++) {
            int from = i * (1 + 3 * PLANE);
            bytes[from] = (byte) ((first + i) % 10);
            for (int c = 0; c < 3; c++) {
                for (int p = 0; p < PLANE; p++) {
                    bytes[from + 1 + c * PLANE + p] = (byte) value(first + i, p, c);
                }
            }
        }
        return bytes;
    }

    /** A byte that tells records, pixels and colours apart. */
    public static int value(int record, int pixel, int colour) {
        return 31 * record + 7 * (pixel / 32) + 3 * (pixel % 32) + 85 * colour & 0xff;
    }

    /** Five files to train with and one for test, of {@code each} records, numbered on from file to file. */
    public static Path write(Path folder, int each) throws IOException {
        Files.createDirectories(folder);
        for (int file = 0; file < 6; file++) {
            Files.write(folder.resolve(file < 5 ? "data_batch_" + (file + 1) + ".bin" : "test_batch.bin"), records(file * each, each));
        }
        return folder;
    }
}
