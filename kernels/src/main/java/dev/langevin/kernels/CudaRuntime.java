package dev.langevin.kernels;

import java.nio.ByteBuffer;

/**
 * All that is asked of a CUDA device: memory, copies, launches, capture, in the order of one stream. Behind it is a GPU
 * ({@code driver}) or the emulator; what is built on it cannot tell which. Addresses are plain numbers, 0 stands for
 * none. Not for several threads at once.
 */
public interface CudaRuntime extends AutoCloseable {
    /** The device, for messages and tables: {@code NVIDIA H100 80GB HBM3}, {@code emulator}. */
    String device();

    /** Streaming multiprocessors, at least 1. */
    int multiprocessors();

    /**
     * Device memory with undefined contents, aligned to 256 bytes.
     *
     * @throws OutOfMemoryError when the device has none left
     */
    long allocate(long bytes);

    /** Gives back what {@link #allocate} gave; waits for work that may still use it. Not while capturing. */
    void free(long address);

    /** Page-locked host memory in native byte order, zeroed; it lives as long as this runtime. */
    ByteBuffer pinned(int bytes);

    /**
     * Copies {@code source}'s remaining bytes to the device. From pinned memory this returns at once, and the bytes must
     * stay as they are until the copy has run ({@link #synchronize}); other memory may be changed on return. The position is kept.
     */
    void upload(long target, ByteBuffer source);

    /** Fills {@code target}'s remaining bytes from the device, after all work issued before. Not while capturing. */
    void download(ByteBuffer target, long source);

    /** Copies between places on the device that do not overlap. */
    void copy(long target, long source, long bytes);

    /** Sets bytes to zero. */
    void zero(long target, long bytes);

    /**
     * Launches a kernel.
     *
     * @param arguments a direct buffer that holds every parameter at its offset in {@link Kernel#parameters}, from 0 to its limit;
     *     may be changed on return
     * @throws CudaException when the arguments or the grid do not fit the kernel
     */
    void launch(Kernel kernel, Grid grid, ByteBuffer arguments);

    /** Waits until all that was issued is done. */
    void synchronize();

    /** From now on launches, copies and library calls are recorded instead of run. */
    void beginCapture();

    /** What was recorded since {@link #beginCapture}, ready to be replayed. */
    Graph endCapture();

    /** Ends a capture that went wrong. */
    void abandonCapture();

    /** Notes the time at this point of the stream; give it to {@link #milliseconds} or {@link #await}. Not while capturing. */
    long mark();

    /** Time between two marks, in milliseconds, waiting for the second; both marks are used up. */
    double milliseconds(long from, long to);

    /** Waits until the stream has come to a mark, which is used up. */
    void await(long mark);

    /** Bytes of device memory that are free and that there are in all. */
    long[] memory();

    @Override
    void close();

    /** Recorded work. */
    interface Graph extends AutoCloseable {
        /** Issues all of it again, with the same addresses and arguments. */
        void launch();

        /** Number of kernels, copies and fills in it. */
        int nodes();

        @Override
        void close();
    }
}
