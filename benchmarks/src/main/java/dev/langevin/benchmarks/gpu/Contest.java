package dev.langevin.benchmarks.gpu;

import dev.langevin.engine.LangevinException;
import dev.langevin.kernels.CudaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All who do one piece of work, in turn: A B C A B C, so that what the machine does meanwhile meets all of them alike.
 *
 * @param row takes the times, and what failed as notes
 * @param perRun calls that one run makes
 * @param host whether the time to issue a run is taken too
 * @param turns of each
 * @param repeats times that are taken in a turn
 * @param leastMs least time between two marks
 */
record Contest(Row row, int perRun, boolean host, int turns, int repeats, double leastMs) {
    private static final int MOST_RUNS = 5000;

    /** Makes a contender; making PyTorch's can fail. */
    interface Maker {
        Contender open() throws Peer.Failed;
    }

    /** A contender that is still to be made. */
    record Opening(String name, Maker maker) {
    }

    /** Opens all, times them, closes them; whoever fails is left out from there on. Whether nobody did. */
    boolean run(List<Opening> openings) {
        List<Contender> opened = new ArrayList<>();
        Map<Contender, Integer> runs = new LinkedHashMap<>();
        for (Opening opening : openings) {
            try {
                Contender contender = opening.maker().open();
                opened.add(contender);
                runs.put(contender, repeats > 1 ? inner(contender, leastMs) : 1);
            } catch (Peer.Failed | Peer.TurnFailed | LangevinException | CudaException e) {
                note(opening.name(), e);
            }
        }
        for (int turn = 0; turn < turns; turn++) {
            for (Contender c : List.copyOf(runs.keySet())) {
                try {
                    row.times.computeIfAbsent(c.name(), k -> new Times()).addAll(c.time(repeats, runs.get(c)).over(perRun));
                    // The trainer waits for its losses, so its time to issue is not seen.
                    if (host && turn + 1 == turns && !c.name().equals("langevin")) {
                        row.host.put(c.name(), c.host(repeats));
                    }
                } catch (Peer.TurnFailed | LangevinException | CudaException e) {
                    note(c.name(), e);
                    runs.remove(c);
                    row.times.remove(c.name());
                }
            }
        }
        // Scopes close in the order opposite to their opening.
        opened.reversed().forEach(Contender::close);
        return row.notes.isEmpty();
    }

    private void note(String who, Exception e) {
        row.notes.add(who + " failed: " + e.getMessage());
        if (!(e instanceof Peer.Failed || e instanceof Peer.TurnFailed)) {
            e.printStackTrace(System.err);
        }
    }

    /** Runs between two marks for them to be {@code leastMs} apart; warms up on the way. */
    static int inner(Contender contender, double leastMs) {
        contender.time(1, 1);
        double ms = contender.time(3, 1).values().stream().mapToDouble(v -> v).min().orElseThrow();
        return (int) Math.clamp(Math.ceil(leastMs / Math.max(ms, 1e-3)), 1, MOST_RUNS);
    }
}
