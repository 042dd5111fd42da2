package dev.langevin.training.data;

import dev.langevin.engine.InputException;
import java.util.Map;

/**
 * The images of files in CIFAR-10's binary format: records of a byte for the class, 0 to 9, and 3072 for the pixels, which are
 * 32 x 32 of red, then of green, then of blue, each row by row.
 *
 * @param pixels (count, 32, 32, 3), unsigned: colours of one pixel lie together
 * @param labels the class of each image
 */
record CifarImages(byte[] pixels, byte[] labels) {
    private static final int PLANE = Cifar10.SIDE * Cifar10.SIDE;
    private static final int RECORD = 1 + 3 * PLANE;
    private static final int CLASSES = 10;

    /**
     * @param contents what each file holds, by the name that messages give it
     * @throws InputException naming the file, when it is empty, ends within a record, or holds a label above 9
     */
    static CifarImages of(Map<String, byte[]> contents) {
        int count = 0;
        for (Map.Entry<String, byte[]> file : contents.entrySet()) {
            int length = file.getValue().length;
            if (length == 0 || length % RECORD != 0) {
                throw new InputException(file.getKey() + ": truncated or no CIFAR-10 file: its " + length + " bytes are not whole records of " + RECORD
                        + " (the published file has " + Cifar10.PUBLISHED * RECORD + "); delete it or give another with --data");
            }
            count += length / RECORD;
        }
        CifarImages images = new CifarImages(new byte[count * 3 * PLANE], new byte[count]);
        int first = 0;
        for (Map.Entry<String, byte[]> file : contents.entrySet()) {
            images.fill(file.getKey(), file.getValue(), first);
            first += file.getValue().length / RECORD;
        }
        return images;
    }

    int count() {
        return labels.length;
    }

    private void fill(String name, byte[] records, int first) {
        for (int i = 0; i < records.length / RECORD; i++) {
            int from = i * RECORD;
            if (records[from] < 0 || records[from] >= CLASSES) {
                throw new InputException(name + ": record " + i + " has the label " + (records[from] & 0xff) + ", above " + (CLASSES - 1)
                        + ": damaged or no CIFAR-10 file; delete it or give another with --data");
            }
            labels[first + i] = records[from];
            int to = (first + i) * 3 * PLANE;
            for (int p = 0; p < PLANE; p++) {
                for (int c = 0; c < 3; c++) {
                    pixels[to + 3 * p + c] = records[from + 1 + c * PLANE + p];
                }
            }
        }
    }
}
