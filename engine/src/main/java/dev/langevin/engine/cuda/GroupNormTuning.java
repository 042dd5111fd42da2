package dev.langevin.engine.cuda;

/**
 * Sizes in bytes that decide how group normalisation is spread over blocks and launches, and so the order of its sums.
 *
 * @param mostShared most dynamic shared memory of a block that keeps a whole image; no more than the device grants
 * @param kept most bytes of tensors that a block keeps when there is a choice, so that blocks are many and overlap
 * @param atATime bytes of tensors that launches in stages go through at a time, so that the second finds in the cache what
 *     the first has read
 */
public record GroupNormTuning(int mostShared, int kept, long atATime) {
    /**
     * For an H100: two or more blocks fit on a multiprocessor, and a third of the cache is used. Devices of all generations
     * from sm_80 on grant a block that much.
     */
    public static final GroupNormTuning DEFAULT = new GroupNormTuning(96 << 10, 16 << 10, 16L << 20);
}
