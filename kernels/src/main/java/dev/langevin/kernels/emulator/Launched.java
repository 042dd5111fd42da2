package dev.langevin.kernels.emulator;

import dev.langevin.kernels.Grid;
import java.nio.ByteBuffer;

/**
 * A launch.
 *
 * @param number counts the launches of a runtime
 * @param arguments little-endian
 * @param budget how often a warp may branch back
 */
record Launched(Program program, Grid grid, ByteBuffer arguments, long number, long budget) {
    long blocks() {
        return (long) grid.x() * grid.y() * grid.z();
    }
}
