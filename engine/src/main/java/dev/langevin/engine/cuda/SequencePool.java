package dev.langevin.engine.cuda;

import dev.langevin.engine.cuda.RecordingIssue.Diverged;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory of a captured step: the n-th piece that the step asks for is the same each time, as its addresses stand in
 * the graph. Nothing else gets these pieces, so what the rest of the program keeps is never overwritten by a replay.
 */
final class SequencePool extends DevicePool {
    private final List<DeviceStorage> sequence = new ArrayList<>();
    private boolean recording = true;
    private int next;

    SequencePool(CudaBackend backend, boolean exact) {
        super(backend, exact);
    }

    /** Ends the recording; from now on pieces are handed out again in the order in which they were. */
    void recorded() {
        recording = false;
    }

    /** Starts from the first piece. */
    void rewind() {
        next = 0;
    }

    @Override
    DeviceStorage take(int units) {
        if (recording) {
            DeviceStorage piece = super.take(units);
            sequence.add(piece);
            return piece;
        }
        if (next == sequence.size() || sequence.get(next).size() != rounded(units)) {
            throw new Diverged();
        }
        return sequence.get(next++);
    }

    @Override
    void give(DeviceStorage piece) {
        if (recording && !exact()) {
            super.give(piece);
        } else {
            piece.address = piece.piece;
        }
    }

    /** Nothing: also free pieces stand in the graph. */
    @Override
    void trim() {
    }
}
