package dev.langevin.model.io;

import dev.langevin.engine.InputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Named arrays in the safetensors format: 8 bytes with the length of the header (little-endian), a JSON header with
 * dtype, shape and data_offsets of each tensor and an optional {@code __metadata__} map of strings, then the raw
 * little-endian data without gaps. Reads F32, F64, F16 and BF16; writes F32 and F64.
 * The layouts are the writer's: Langevin keeps PyTorch's names and layouts in such files.
 */
public final class Safetensors {
    private Safetensors() {
    }

    /** One tensor: its shape and its elements in row-major order, in float and in double precision. */
    public static final class Entry {
        private final int[] shape;
        private final float[] data;
        private final double[] exact; // null unless the file holds (or is to hold) F64

        /** An F32 tensor. The arrays are not copied. */
        public Entry(int[] shape, float[] data) {
            this.shape = shape;
            this.data = data;
            this.exact = null;
            check(data.length);
        }

        /** An F64 tensor; {@link #data()} holds its elements rounded to float. The arrays are not copied. */
        public Entry(int[] shape, double[] data) {
            this.shape = shape;
            this.data = new float[data.length];
            this.exact = data;
            for (int i = 0; i < data.length; i++) {
                this.data[i] = (float) data[i];
            }
            check(data.length);
        }

        private void check(int length) {
            if (Arrays.stream(shape).mapToLong(d -> d).reduce(1, (a, b) -> a * b) != length) {
                throw new IllegalArgumentException("shape " + Arrays.toString(shape) + " does not hold "
                        + length + " elements");
            }
        }

        /** Lengths of the axes, outermost first; empty for a scalar. */
        public int[] shape() {
            return shape;
        }

        /** The elements as float: exact for F32, F16 and BF16, rounded for F64. */
        public float[] data() {
            return data;
        }

        /** The elements as double, without rounding for every dtype that is read. */
        public double[] doubles() {
            if (exact != null) {
                return exact;
            }
            double[] wide = new double[data.length];
            for (int i = 0; i < wide.length; i++) {
                wide[i] = data[i];
            }
            return wide;
        }

        /** Whether the entry is stored as F64; otherwise it is written as F32. */
        public boolean isDouble() {
            return exact != null;
        }
    }

    /** What a file holds: tensors in the order of its header, and its string metadata (empty when there is none). */
    public record Contents(LinkedHashMap<String, Entry> tensors, Map<String, String> metadata) {
    }

    /**
     * Reads a whole file. Memory used is bounded by the file's size, whatever its header claims.
     *
     * @throws InputException in one line with the file's name, when it cannot be read, is truncated, damaged or of
     *         another format, or holds a dtype that is not read
     */
    public static Contents read(Path file) {
        return new SafetensorsReader(file).read();
    }

    /**
     * Writes a file atomically (see {@link AtomicFile}). The bytes depend on names, shapes, elements and metadata
     * alone, not on the order of the maps: F64 before F32 (so that every tensor is aligned), then by name.
     *
     * @throws InputException when the file cannot be written; an older file of this name is then untouched
     */
    public static void write(Path file, Map<String, Entry> tensors, Map<String, String> metadata) {
        SafetensorsWriter.write(file, tensors, metadata);
    }
}
