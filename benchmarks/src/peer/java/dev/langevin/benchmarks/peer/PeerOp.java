package dev.langevin.benchmarks.peer;

import dev.langevin.engine.LangevinException;
import java.util.List;

/** An op of both libraries. */
interface PeerOp {
    /** Name for people, and for choosing. */
    String name();

    /**
     * What is to be timed. A scope of each library must be open, and stay open while it is.
     *
     * @throws LangevinException when the libraries disagree
     */
    List<Match> matches();
}
