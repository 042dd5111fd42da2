package dev.langevin.training.data;

import dev.langevin.engine.InputException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * An array of unsigned bytes in the IDX format of the MNIST files: magic number 0x0000080R with rank R, R big-endian
 * lengths, then the elements in row-major order.
 *
 * @param dims lengths of the axes: (count) for labels, (count, rows, columns) for images
 * @param data the elements, unsigned
 */
public record Idx(int[] dims, byte[] data) {
    /**
     * Reads an IDX file of rank 1 (labels) or 3 (images), plain or compressed with gzip.
     *
     * @throws InputException naming the file, when it cannot be read, is truncated, has another magic number or
     *         bytes after its end
     */
    public static Idx read(Path file) {
        return parse(file.toString(), Gzip.expand(file, Gzip.read(file)));
    }

    /** The array that {@code bytes} hold; {@code name} stands in the messages. */
    public static Idx parse(String name, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int magic = bytes.length < 4 ? -1 : in.getInt();
        if (bytes.length >= 4 && magic != 0x0801 && magic != 0x0803) {
            throw new InputException(String.format("%s: not an IDX file: it begins with 0x%08x, expected 0x00000801 "
                    + "(labels) or 0x00000803 (images); delete it or give another with --data", name, magic));
        }
        int rank = magic & 0xff;
        if (bytes.length < 4 || in.remaining() < 4 * rank) {
            throw new InputException(name + ": truncated IDX file: it has " + bytes.length
                    + " bytes, fewer than its header; delete it or give another with --data");
        }
        int[] dims = new int[rank];
        long size = 1;
        for (int i = 0; i < rank; i++) {
            dims[i] = in.getInt();
            if (dims[i] < 0) {
                throw new InputException(name + ": damaged IDX file: a length of " + dims[i]
                        + "; delete it or give another with --data");
            }
            // Saturating: three lengths below 2^31 overflow a long.
            size = Math.multiplyHigh(size, dims[i]) == 0 && size * dims[i] >= 0 ? size * dims[i] : Long.MAX_VALUE;
        }
        if (size != in.remaining()) {
            throw new InputException(name + (size > in.remaining() ? ": truncated IDX file: " : ": damaged IDX file: ")
                    + in.remaining() + " bytes of data, expected " + size + " for " + Arrays.toString(dims)
                    + "; delete it or give another with --data");
        }
        return new Idx(dims, Arrays.copyOfRange(bytes, in.position(), bytes.length));
    }
}
