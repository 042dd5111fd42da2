package dev.langevin.engine;

/**
 * Where tensors live and ops run. A backend is memory and a {@link KernelTable}; what an op means is written in the
 * op, never here. For one thread at a time: nothing here is synchronized, and kernels spread their own work over threads.
 */
public interface Backend extends AutoCloseable {
    /** Short name for messages and the command line: {@code reference}, {@code cpu}, {@code cuda}. */
    String name();

    /** Which kernel runs which op. */
    KernelTable kernels();

    /**
     * Memory for {@code size} elements, taken from the pool when it holds a fitting piece; contents undefined.
     *
     * @throws LangevinException when the device has no memory left
     */
    Storage allocate(int size);

    /** Gives a piece of memory back to the pool; called by {@link Storage} when the last tensor over it is gone. */
    void recycle(Storage storage);

    /** Copies {@code length} host elements from {@code source} at {@code offset} to the start of {@code target}. */
    void upload(Storage target, double[] source, int offset, int length);

    /** As {@link #upload(Storage, double[], int, int)}, from float32. */
    void upload(Storage target, float[] source, int offset, int length);

    /** Copies the first {@code length} elements of {@code source} to the host, waiting for what still computes them. */
    void download(Storage source, double[] target, int length);

    /** As {@link #download(Storage, double[], int)}, to float32. */
    void download(Storage source, float[] target, int length);

    /** Copies the first {@code length} elements from one storage of this backend to another. */
    void copy(Storage target, Storage source, int length);

    /** Bytes that this backend holds, in use and pooled. */
    long bytesHeld();

    /** Gives all memory back; tensors of this backend are unusable afterwards. */
    @Override
    void close();
}
