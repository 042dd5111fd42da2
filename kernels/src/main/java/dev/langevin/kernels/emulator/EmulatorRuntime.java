package dev.langevin.kernels.emulator;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A CUDA device in plain Java: kernels run from their PTX, with checks that a device does not make. Work is done when
 * it is issued. Results are those of float32 arithmetic as PTX defines it; functions that PTX leaves approximate are
 * exact to rounding here. A fault ends the launch, and the memory that it wrote stays as it is.
 */
public final class EmulatorRuntime implements CudaRuntime {
    /** Shared memory of a block at most: what an H100 grants. */
    static final int SHARED_BYTES = 227 * 1024;
    static final int MULTIPROCESSORS = 4;
    private static final long MEMORY = 8L << 30;
    private static final long BUDGET = 20_000_000;

    private final GlobalMemory memory = new GlobalMemory(MEMORY);
    private final Launcher launcher;
    private final List<ByteBuffer> pinned = new ArrayList<>();
    private final Map<Long, Long> marks = new HashMap<>();
    private long nextMark = 1;
    private List<Runnable> recording;

    /** Runs blocks on the calling thread. */
    public EmulatorRuntime() {
        this(1, BUDGET);
    }

    /** Spreads the blocks of a launch over that many threads; results do not depend on it. */
    public EmulatorRuntime(int threads) {
        this(threads, BUDGET);
    }

    /** @param budget how often a warp may branch back before its kernel is taken to run forever */
    public EmulatorRuntime(int threads, long budget) {
        if (threads < 1) {
            throw new CudaException("the emulator needs at least one thread, got " + threads);
        }
        launcher = new Launcher(memory, threads, budget);
    }

    @Override
    public String device() {
        return "emulator";
    }

    @Override
    public int multiprocessors() {
        return MULTIPROCESSORS;
    }

    /** What kernels have done so far. */
    public Statistics statistics() {
        return launcher.statistics();
    }

    // ---- memory ----

    @Override
    public long allocate(long bytes) {
        return memory.allocate(bytes, "");
    }

    @Override
    public void free(long address) {
        notWhileCapturing("free");
        memory.free(address);
    }

    @Override
    public ByteBuffer pinned(int bytes) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        pinned.add(buffer);
        return buffer;
    }

    @Override
    public void upload(long target, ByteBuffer source) {
        ByteBuffer bytes = source.slice();
        if (recording != null && !isPinned(source)) {
            bytes = ByteBuffer.allocate(source.remaining()).put(source.slice()).flip();
        }
        ByteBuffer from = bytes;
        submit(() -> memory.write(target, from));
    }

    private boolean isPinned(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            return false;
        }
        long at = MemorySegment.ofBuffer(buffer).address();
        for (ByteBuffer p : pinned) {
            long start = MemorySegment.ofBuffer(p.duplicate().clear()).address();
            if (at >= start && at + buffer.remaining() <= start + p.capacity()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void download(ByteBuffer target, long source) {
        notWhileCapturing("download");
        memory.read(source, target);
    }

    @Override
    public void copy(long target, long source, long bytes) {
        submit(() -> memory.copy(target, source, bytes));
    }

    @Override
    public void zero(long target, long bytes) {
        submit(() -> memory.zero(target, bytes));
    }

    /** Fills {@code target}'s remaining bytes from device memory; for work given to {@link #submit}. */
    public void read(long address, ByteBuffer target) {
        memory.read(address, target);
    }

    /** Copies {@code source}'s remaining bytes to device memory; for work given to {@link #submit}. */
    public void write(long address, ByteBuffer source) {
        memory.write(address, source);
    }

    @Override
    public long[] memory() {
        return new long[] {memory.limit() - memory.held(), memory.limit()};
    }

    // ---- work ----

    /** Runs the host's own work in the order of the stream: now, or at each replay where it is captured. */
    public void submit(Runnable hostWork) {
        if (recording != null) {
            recording.add(hostWork);
        } else {
            hostWork.run();
        }
    }

    @Override
    public void launch(Kernel kernel, Grid grid, ByteBuffer arguments) {
        Program program = launcher.program(kernel);
        program.check(grid);
        if (arguments.limit() < kernel.parameterBytes()) {
            throw new CudaException("kernel " + kernel + " takes " + kernel.parameterBytes() + " bytes of arguments, got " + arguments.limit());
        }
        ByteBuffer copy = ByteBuffer.allocate(arguments.limit()).order(ByteOrder.LITTLE_ENDIAN).put(arguments.slice(0, arguments.limit()));
        submit(() -> launcher.run(program, grid, copy));
    }

    /**
     * Decodes a kernel now instead of at its first launch.
     *
     * @throws CudaException for an instruction that the emulator does not know
     */
    public void prepare(Kernel kernel) {
        launcher.program(kernel);
    }

    @Override
    public void synchronize() {
        notWhileCapturing("synchronize");
    }

    // ---- capture ----

    @Override
    public void beginCapture() {
        notWhileCapturing("beginCapture");
        recording = new ArrayList<>();
    }

    @Override
    public Graph endCapture() {
        if (recording == null) {
            throw new CudaException("endCapture without beginCapture");
        }
        List<Runnable> work = List.copyOf(recording);
        recording = null;
        return new Recorded(work);
    }

    @Override
    public void abandonCapture() {
        recording = null;
    }

    private void notWhileCapturing(String call) {
        if (recording != null) {
            throw new CudaException(call + " while capturing");
        }
    }

    /** Recorded work. */
    private final class Recorded implements Graph {
        private final List<Runnable> work;
        private boolean closed;

        Recorded(List<Runnable> work) {
            this.work = work;
        }

        @Override
        public void launch() {
            if (closed) {
                throw new CudaException("a closed graph is launched");
            }
            notWhileCapturing("a graph's launch");
            work.forEach(Runnable::run);
        }

        @Override
        public int nodes() {
            return work.size();
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    // ---- time ----

    @Override
    public long mark() {
        notWhileCapturing("mark");
        marks.put(nextMark, System.nanoTime());
        return nextMark++;
    }

    @Override
    public double milliseconds(long from, long to) {
        return (used(to) - used(from)) / 1e6;
    }

    @Override
    public void await(long mark) {
        used(mark);
    }

    private long used(long mark) {
        Long time = marks.remove(mark);
        if (time == null) {
            throw new CudaException("mark " + mark + " was never made, or is used up");
        }
        return time;
    }

    @Override
    public void close() {
        recording = null;
        launcher.clear();
    }
}
