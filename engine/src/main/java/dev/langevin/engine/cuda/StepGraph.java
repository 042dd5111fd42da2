package dev.langevin.engine.cuda;

import dev.langevin.engine.Repeated;
import dev.langevin.engine.cuda.RecordingIssue.Diverged;
import dev.langevin.kernels.CudaRuntime;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/**
 * A step as a CUDA graph. The first run is as written, so that memory, algorithms and shadows are there; the second is
 * captured; from then on a step is one copy of a row of numbers (times, learning rate, noise counters, the batch) and
 * one launch of the graph. To fill its row the step is gone through on the host, which issues nothing and checks that
 * it asks for what was captured; that costs the device nothing, since the host is ahead of it. A step that asks for
 * something else, such as the last one of a sampler, is run as written.
 */
final class StepGraph implements Repeated {
    /** Rows on the host: how far it may be ahead. */
    private static final int ROWS = 4;
    /** Steps in turn that differ before another capture is made. */
    private static final int PATIENCE = 3;

    private final CudaBackend backend;
    private final CudaRuntime runtime;
    private final LongConsumer step;
    private final ByteBuffer[] rows = new ByteBuffer[ROWS];
    private final long[] marks = new long[ROWS];
    private SequencePool pool;
    private RecordingIssue recording;
    private CudaRuntime.Graph graph;
    private long deviceRow;
    private int rowBytes;
    private int current;
    private int different;
    private boolean prepared;
    private boolean diverged;
    private long preparedStep;
    /** What had been issued when the step was prepared: anything since, such as a new weight, may change what it asks for. */
    private long preparedAfter;

    StepGraph(CudaBackend backend, LongConsumer step) {
        this.backend = backend;
        this.runtime = backend.runtime();
        this.step = step;
    }

    @Override
    public void run(long k) {
        if (rowBytes == 0) {
            count(k);
        } else if (graph == null) {
            capture(k);
        } else {
            replay(k);
        }
    }

    @Override
    public boolean replayed() {
        return graph != null && different == 0;
    }

    private void count(long k) {
        CountingIssue counting = new CountingIssue(runtime, backend.dense());
        backend.redirect(counting, null);
        try {
            step.accept(k);
        } finally {
            backend.restore();
        }
        rowBytes = counting.rowBytes();
    }

    private void capture(long k) {
        backend.makeRoom();
        pool = new SequencePool(backend, backend.exactPieces());
        deviceRow = runtime.allocate(rowBytes);
        backend.hold(rowBytes);
        for (int i = 0; i < ROWS; i++) {
            rows[i] = backend.borrowPinned(rowBytes);
        }
        recording = new RecordingIssue(runtime, backend.dense(), pool, deviceRow, rowBytes);
        recording.begin(rows[current]);
        backend.redirect(recording, pool);
        boolean captured = false;
        try {
            runtime.beginCapture();
            step.accept(k);
            graph = runtime.endCapture();
            captured = true;
        } catch (Diverged larger) {
            // It needs more numbers than the step before: run it as written, and count again.
        } finally {
            if (!captured) {
                runtime.abandonCapture();
            }
            backend.restore();
            if (!captured) {
                close();
            }
        }
        if (!captured) {
            count(k);
            return;
        }
        recording.captured();
        pool.recorded();
        launch();
    }

    @Override
    public void prepare(long k) {
        if (graph == null || prepared && preparedStep == k && preparedAfter == backend.issued()) {
            return;
        }
        if (marks[current] != 0) {
            runtime.await(marks[current]);
            marks[current] = 0;
        }
        recording.begin(rows[current]);
        pool.rewind();
        backend.redirect(recording, pool);
        diverged = false;
        try {
            step.accept(k);
            recording.finish();
        } catch (Diverged different) {
            diverged = true;
        } finally {
            backend.restore();
        }
        prepared = true;
        preparedStep = k;
        preparedAfter = backend.issued();
    }

    private void replay(long k) {
        prepare(k);
        prepared = false;
        if (!diverged) {
            different = 0;
            launch();
            return;
        }
        if (++different == PATIENCE) {
            close();
            different = 0;
            count(k);
        } else {
            step.accept(k);
        }
    }

    /** Sends the current row and replays the graph. */
    private void launch() {
        if (recording.used() > 0) {
            runtime.upload(deviceRow, rows[current].clear().limit(recording.used()));
            marks[current] = runtime.mark();
        }
        graph.launch();
        current = (current + 1) % ROWS;
    }

    @Override
    public void close() {
        runtime.synchronize();
        if (graph != null) {
            graph.close();
            graph = null;
        }
        for (int i = 0; i < ROWS && pool != null; i++) {
            if (marks[i] != 0) {
                runtime.await(marks[i]);
                marks[i] = 0;
            }
            backend.returnPinned(rows[i]);
        }
        if (pool != null) {
            pool.close();
            runtime.free(deviceRow);
            backend.hold(-rowBytes);
            pool = null;
        }
        rowBytes = 0;
        prepared = false;
    }
}
