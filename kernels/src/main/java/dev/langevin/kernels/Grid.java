package dev.langevin.kernels;

/**
 * How many threads run a kernel.
 *
 * @param x blocks along x, at least 1
 * @param y blocks along y, in [1, 65535]
 * @param z blocks along z, in [1, 65535]
 * @param block threads a block, in [1, 1024]; kernels use blocks of one dimension
 * @param shared bytes of dynamic shared memory a block
 */
public record Grid(int x, int y, int z, int block, int shared) {
    /** A row of blocks without dynamic shared memory. */
    public static Grid of(int x, int block) {
        return new Grid(x, 1, 1, block, 0);
    }
}
