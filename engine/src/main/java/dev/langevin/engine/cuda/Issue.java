package dev.langevin.engine.cuda;

import dev.langevin.kernels.DenseMath;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import java.nio.ByteBuffer;

/**
 * Where the work of a backend goes: to the device at once, into a graph, or only into a comparison with what a graph
 * holds already ({@link StepGraph}).
 */
interface Issue {
    /**
     * Launches a kernel.
     *
     * @param values offsets in {@code arguments} of {@code Value} structures {slot, now}, whose numbers change from step
     *     to step, and how many there are
     */
    void launch(Kernel kernel, Grid grid, ByteBuffer arguments, int[] values, int count);

    void copy(long target, long source, long bytes);

    void zero(long target, long bytes);

    /** Puts float32 numbers from the host into a tensor's memory; may move {@code target.address}. */
    void upload(DeviceStorage target, ByteBuffer float32);

    void download(ByteBuffer target, long source);

    void gemm(DenseMath.Gemm shape, long a, long b, long c);

    void convForward(DenseMath.Conv shape, long x, long w, long bias, long residual, long y);

    void convBackwardData(DenseMath.Conv shape, long dy, long w, long dx);

    void convBackwardFilter(DenseMath.Conv shape, long x, long dy, long dw);
}
