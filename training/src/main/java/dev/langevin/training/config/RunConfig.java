package dev.langevin.training.config;

import dev.langevin.engine.InputException;

/**
 * How long a run goes on, and what it writes when.
 *
 * @param steps training steps
 * @param logEvery steps between rows of the log; a checkpoint has a row too
 * @param checkpointEvery steps between checkpoints
 * @param keep checkpoints that are kept
 * @param sampleEvery steps between sample grids; 0 for one at the end only
 */
public record RunConfig(long steps, int logEvery, int checkpointEvery, int keep, int sampleEvery) {
    public static RunConfig defaults() {
        return new RunConfig(10_000, 10, 1000, 3, 0);
    }

    public RunConfig {
        if (steps < 1 || steps > Integer.MAX_VALUE || logEvery < 1 || checkpointEvery < 1 || keep < 1 || sampleEvery < 0) {
            throw new InputException("steps (at most 2147483647), log-every, checkpoint-every and keep must be at least 1, sample-every at least 0");
        }
    }
}
