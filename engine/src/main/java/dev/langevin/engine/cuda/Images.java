package dev.langevin.engine.cuda;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.kernels.Grid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A batch of {@code n} images of {@code size} elements as kernels walk over it (images.cuh): in pieces of four elements
 * that never cross an image's end.
 */
record Images(int n, int size) {
    private static final int MOST_PARTS = 32;
    private static final int QUADS_A_PART = 1024;
    private static final int BLOCK = 256;
    private static final int STRUCT_BYTES = 20;
    private static final int KEY_BYTES = 32;

    /** Axis 0 counts images. */
    static Images of(Tensor tensor) {
        return new Images(tensor.dim(0), tensor.shape().product(1, tensor.rank()));
    }

    /** Pieces of one image. */
    int quads() {
        return size / 4 + (size % 4 == 0 ? 0 : 1);
    }

    /** Pieces of the batch. */
    int count() {
        return n * quads();
    }

    /** Into how many parts an image is split where it is summed: a function of its size alone. */
    int parts() {
        return Math.clamp((quads() + QUADS_A_PART - 1) / QUADS_A_PART, 1, MOST_PARTS);
    }

    /** One block for each part of each image, with no more threads than a part has pieces. */
    Grid blocksOfParts() {
        int length = (quads() + parts() - 1) / parts();
        return Grid.of(n * parts(), Math.clamp((length + 31) / 32 * 32L, 32, BLOCK));
    }

    /** The {@code Images} structure. */
    ByteBuffer struct() {
        ByteBuffer bytes = buffer(STRUCT_BYTES).putInt(size);
        Axes.divisor(bytes, Math.max(1, quads()));
        return bytes.putInt(count()).flip();
    }

    /** The {@code NoiseKey} structure, with the step as an {@code IntValue} at its start. */
    static ByteBuffer key(RandomKey key) {
        return buffer(KEY_BYTES).putLong(0).putInt(key.step()).putInt(0)
                .putInt((int) key.seed()).putInt((int) (key.seed() >>> 32)).putInt(key.purpose()).putInt(key.firstImage()).flip();
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }
}
