package dev.langevin.kernels.emulator;

/**
 * What kernels have done.
 *
 * @param launches kernels launched
 * @param instructions PTX instructions, each counted once for every thread that ran it
 * @param requests loads, stores and atomic operations of a warp on global memory
 * @param sectors pieces of 32 bytes that these touched, each counted again when lanes in order leave it and come back
 * @param bytes that the threads asked for in them
 */
public record Statistics(long launches, long instructions, long requests, long sectors, long bytes) {
    Statistics plus(Statistics o) {
        return new Statistics(launches + o.launches, instructions + o.instructions, requests + o.requests, sectors + o.sectors, bytes + o.bytes);
    }

    /** What was done since {@code before}. */
    public Statistics since(Statistics before) {
        return new Statistics(launches - before.launches, instructions - before.instructions, requests - before.requests,
                sectors - before.sectors, bytes - before.bytes);
    }
}
