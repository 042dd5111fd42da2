package dev.langevin.engine;

import java.util.Arrays;

/**
 * A backend that computes nothing: tensors have shapes and no elements, kernels do not run, and what is read back is zero. Its pool
 * is that of a real backend, so that {@link #bytesHeld} after some work is what the real one would hold.
 */
public final class ShapesOnly implements Backend {
    private static final class Empty extends Storage {
        Empty(ShapesOnly backend, int size) {
            super(backend, size);
        }
    }

    private final StoragePool<Empty> pool;
    private final KernelTable kernels;

    /**
     * @param kernels of the backend that it stands for, which decide what is done by one op and what by several; taken over and emptied
     * @param bytesPerElement of that backend
     */
    public ShapesOnly(KernelTable kernels, int bytesPerElement) {
        this.pool = new StoragePool<>(bytesPerElement, size -> new Empty(this, size));
        this.kernels = kernels;
        kernels.wrap(kernel -> (op, in, out) -> { });
    }

    @Override
    public String name() {
        return "shapes only";
    }

    @Override
    public KernelTable kernels() {
        return kernels;
    }

    @Override
    public Storage allocate(int size) {
        return pool.take(size);
    }

    @Override
    public void recycle(Storage storage) {
        pool.give((Empty) storage);
    }

    @Override
    public void upload(Storage target, double[] source, int offset, int length) {
    }

    @Override
    public void upload(Storage target, float[] source, int offset, int length) {
    }

    @Override
    public void download(Storage source, double[] target, int length) {
        Arrays.fill(target, 0, length, 0);
    }

    @Override
    public void download(Storage source, float[] target, int length) {
        Arrays.fill(target, 0, length, 0);
    }

    @Override
    public void copy(Storage target, Storage source, int length) {
    }

    @Override
    public long bytesHeld() {
        return pool.bytes();
    }

    @Override
    public void close() {
        pool.clear();
    }
}
