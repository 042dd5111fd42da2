package dev.langevin.engine;

import dev.langevin.engine.op.Op;
import java.util.function.LongConsumer;

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

    /**
     * Memory for the output of {@code op} on {@code in}. A backend that stores numbers in several ways chooses here.
     *
     * @param output which output
     */
    default Storage allocate(Op op, Tensor[] in, int output, int size) {
        return allocate(size);
    }

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

    /**
     * A step that will be run many times, with the same ops on the same shapes each time. {@code run(k)} is
     * {@code step.accept(k)}, but a backend may record what the step issues and replay it, going through the step once more
     * on the host to learn its numbers. So the step must do nothing but compute, must not read values back from the device,
     * and what it leaves must be in tensors that were made before it.
     */
    default Repeated repeated(LongConsumer step) {
        return step::accept;
    }

    /**
     * For people: which of several ways this backend takes to compute {@code op} on tensors like these, and why. Empty where
     * it has one way.
     *
     * @param op  an op or an update
     * @param out its outputs; null where it was not asked for
     */
    default String explain(Object op, Tensor[] in, Tensor[] out) {
        return "";
    }

    /** Bytes that this backend holds, in use and pooled. */
    long bytesHeld();

    /** Gives all memory back; tensors of this backend are unusable afterwards. */
    @Override
    void close();
}
