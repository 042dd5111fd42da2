package dev.langevin.engine.cuda;

import dev.langevin.engine.LangevinException;
import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.DenseMath;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Takes down what a step issues: its numbers into a row on the host, everything else as a list of fingerprints. While
 * the runtime captures, the work goes on into the graph, with every number read from the row on the device. Afterwards
 * a step only fills a row, and must issue what was captured.
 */
final class RecordingIssue extends EagerIssue {
    /** Thrown through a step that does not issue what was captured. */
    static final class Diverged extends RuntimeException {
        private static final long serialVersionUID = 1;

        Diverged() {
            super("this step is not the captured one", null, false, false);
        }
    }

    private static final int ALIGNMENT = 256;

    private final DevicePool pool;
    private final long deviceRow;
    private final int rowBytes;
    private ByteBuffer row;
    private boolean capturing = true;
    private long[] fingerprints = new long[256];
    private int length;
    private int next;
    private int used;

    /**
     * @param pool from which the step takes its memory
     * @param deviceRow where the row lies when the graph runs
     * @param rowBytes its size
     */
    RecordingIssue(CudaRuntime runtime, DenseMath dense, DevicePool pool, long deviceRow, int rowBytes) {
        super(runtime, dense);
        this.pool = pool;
        this.deviceRow = deviceRow;
        this.rowBytes = rowBytes;
    }

    /** Begins a step whose numbers go into {@code row}. */
    void begin(ByteBuffer row) {
        this.row = row.clear();
        next = 0;
        used = 0;
    }

    /** Ends the step that was captured; those that follow are compared with it. */
    void captured() {
        capturing = false;
        length = next;
    }

    /** Ends a compared step. */
    void finish() {
        if (next != length) {
            throw new Diverged();
        }
    }

    /** Bytes of the row that hold numbers. */
    int used() {
        return used;
    }

    private void note(long fingerprint) {
        if (capturing) {
            if (next == fingerprints.length) {
                fingerprints = Arrays.copyOf(fingerprints, 2 * next);
            }
            fingerprints[next] = fingerprint;
        } else if (next >= length || fingerprints[next] != fingerprint) {
            throw new Diverged();
        }
        next++;
    }

    private static long mix(long hash, long value) {
        long h = (hash ^ value) * 0x9E3779B97F4A7C15L;
        return h ^ h >>> 29;
    }

    private static long mix(long... values) {
        long hash = 17;
        for (long v : values) {
            hash = mix(hash, v);
        }
        return hash;
    }

    private int reserve(int bytes, int alignment) {
        int at = (used + alignment - 1) / alignment * alignment;
        if (at + bytes > rowBytes) {
            throw new Diverged();
        }
        used = at + bytes;
        return at;
    }

    @Override
    public void launch(Kernel kernel, Grid grid, ByteBuffer arguments, int[] values, int count) {
        for (int i = 0; i < count; i++) {
            int at = reserve(Float.BYTES, Float.BYTES);
            row.putInt(at, arguments.getInt(values[i] + Long.BYTES));
            arguments.putLong(values[i], deviceRow + at).putInt(values[i] + Long.BYTES, 0);
        }
        long hash = mix(System.identityHashCode(kernel), grid.x(), grid.y(), grid.z(), grid.block(), grid.shared());
        int i = 0;
        for (; i + Long.BYTES <= arguments.limit(); i += Long.BYTES) {
            hash = mix(hash, arguments.getLong(i));
        }
        for (; i < arguments.limit(); i++) {
            hash = mix(hash, arguments.get(i));
        }
        note(hash);
        if (capturing) {
            super.launch(kernel, grid, arguments, values, count);
        }
    }

    @Override
    public void copy(long target, long source, long bytes) {
        note(mix(1, target, source, bytes));
        if (capturing) {
            super.copy(target, source, bytes);
        }
    }

    @Override
    public void zero(long target, long bytes) {
        note(mix(2, target, bytes));
        if (capturing) {
            super.zero(target, bytes);
        }
    }

    /** Memory of the step itself is not copied to: it lies in the row. */
    @Override
    public void upload(DeviceStorage target, ByteBuffer float32) {
        int bytes = float32.remaining();
        int at = reserve(bytes, ALIGNMENT);
        row.put(at, float32, float32.position(), bytes);
        if (target.pool == pool) {
            target.address = deviceRow + at;
            note(mix(3, bytes));
        } else {
            copy(target.address, deviceRow + at, bytes);
        }
    }

    @Override
    public void download(ByteBuffer target, long source) {
        throw new LangevinException("a repeated step must not read values back from the device (item, toArray): write them to"
                + " a tensor that was made before the step, and read that after it; -Dlangevin.cuda.graphs=false runs every step as written");
    }

    @Override
    public void gemm(DenseMath.Gemm shape, long a, long b, long c) {
        note(mix(4, shape.hashCode(), a, b, c));
        if (capturing) {
            super.gemm(shape, a, b, c);
        }
    }

    @Override
    public void convForward(DenseMath.Conv shape, long x, long w, long bias, long residual, long y) {
        note(mix(5, shape.hashCode(), x, w, bias, residual, y));
        if (capturing) {
            super.convForward(shape, x, w, bias, residual, y);
        }
    }

    @Override
    public void convBackwardData(DenseMath.Conv shape, long dy, long w, long dx) {
        note(mix(6, shape.hashCode(), dy, w, dx));
        if (capturing) {
            super.convBackwardData(shape, dy, w, dx);
        }
    }

    @Override
    public void convBackwardFilter(DenseMath.Conv shape, long x, long dy, long dw) {
        note(mix(7, shape.hashCode(), x, dy, dw));
        if (capturing) {
            super.convBackwardFilter(shape, x, dy, dw);
        }
    }
}
