package dev.langevin.engine.cpu;

import dev.langevin.engine.Backend;
import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Storage;
import dev.langevin.engine.StoragePool;
import dev.langevin.engine.Tensor;

/**
 * float32 on the machine's cores through the JDK's Vector API, with no native library. The same seed gives the same
 * bits for any number of threads ({@link Parallel}).
 */
public final class CpuBackend implements Backend {
    private static final class Floats extends Storage {
        final float[] data;
        private KeptWeights kept;

        Floats(CpuBackend backend, int size) {
            super(backend, size);
            data = new float[size];
        }

        @Override
        protected void overwritten() {
            kept = null;
        }
    }

    private final StoragePool<Floats> pool = new StoragePool<>(Float.BYTES, size -> new Floats(this, size));
    private final KernelTable kernels = CpuKernels.table();

    /** The elements of a tensor of this backend; the array may be longer. Null for a null tensor. */
    static float[] data(Tensor tensor) {
        return tensor == null ? null : ((Floats) tensor.storage()).data;
    }

    /** Where convolutions keep what they make of these weights. */
    static KeptWeights kept(Tensor weights) {
        Floats floats = (Floats) weights.storage();
        if (floats.kept == null) {
            floats.kept = new KeptWeights();
        }
        return floats.kept;
    }

    @Override
    public String name() {
        return "cpu";
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
        ((Floats) storage).overwritten();
        pool.give((Floats) storage);
    }

    @Override
    public void upload(Storage target, double[] source, int offset, int length) {
        float[] data = ((Floats) target).data;
        for (int i = 0; i < length; i++) {
            data[i] = (float) source[offset + i];
        }
        ((Floats) target).overwritten();
    }

    @Override
    public void upload(Storage target, float[] source, int offset, int length) {
        System.arraycopy(source, offset, ((Floats) target).data, 0, length);
        ((Floats) target).overwritten();
    }

    @Override
    public void download(Storage source, double[] target, int length) {
        float[] data = ((Floats) source).data;
        for (int i = 0; i < length; i++) {
            target[i] = data[i];
        }
    }

    @Override
    public void download(Storage source, float[] target, int length) {
        System.arraycopy(((Floats) source).data, 0, target, 0, length);
    }

    @Override
    public void copy(Storage target, Storage source, int length) {
        System.arraycopy(((Floats) source).data, 0, ((Floats) target).data, 0, length);
        ((Floats) target).overwritten();
    }

    @Override
    public String explain(Object op, Tensor[] in, Tensor[] out) {
        return CpuKernels.explain(op, in, out);
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
