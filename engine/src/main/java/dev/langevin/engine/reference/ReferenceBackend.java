package dev.langevin.engine.reference;

import dev.langevin.engine.Backend;
import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Storage;
import dev.langevin.engine.StoragePool;
import dev.langevin.engine.Tensor;

/**
 * Double precision, plain loops, one thread, primitive ops only: the executable specification of the engine and the
 * oracle of its tests. Fused ops run as their twins.
 */
public final class ReferenceBackend implements Backend {
    private static final class Doubles extends Storage {
        final double[] data;

        Doubles(ReferenceBackend backend, int size) {
            super(backend, size);
            data = new double[size];
        }
    }

    private final StoragePool<Doubles> pool = new StoragePool<>(Double.BYTES, size -> new Doubles(this, size));
    private final KernelTable kernels = ReferenceKernels.table();

    /** The elements of a tensor of this backend; the array may be longer. */
    static double[] data(Tensor tensor) {
        return ((Doubles) tensor.storage()).data;
    }

    @Override
    public String name() {
        return "reference";
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
        pool.give((Doubles) storage);
    }

    @Override
    public void upload(Storage target, double[] source, int offset, int length) {
        System.arraycopy(source, offset, ((Doubles) target).data, 0, length);
    }

    @Override
    public void upload(Storage target, float[] source, int offset, int length) {
        double[] data = ((Doubles) target).data;
        for (int i = 0; i < length; i++) {
            data[i] = source[offset + i];
        }
    }

    @Override
    public void download(Storage source, double[] target, int length) {
        System.arraycopy(((Doubles) source).data, 0, target, 0, length);
    }

    @Override
    public void download(Storage source, float[] target, int length) {
        double[] data = ((Doubles) source).data;
        for (int i = 0; i < length; i++) {
            target[i] = (float) data[i];
        }
    }

    @Override
    public void copy(Storage target, Storage source, int length) {
        System.arraycopy(((Doubles) source).data, 0, ((Doubles) target).data, 0, length);
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
