package dev.langevin.kernels.emulator;

/** What an instruction does to the lanes of a warp that {@code mask} names. */
@FunctionalInterface
interface Op {
    void run(Warp w, int mask);
}
