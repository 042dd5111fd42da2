package dev.langevin.engine.cuda;

import dev.langevin.kernels.Grid;

/**
 * How the group normalisation of an image is spread over blocks: a pure function of the shape and the tuning, so the device
 * has no say in the bits. The kernels' contract is at the head of {@code group_norm.cu}.
 *
 * @param vector elements of an access
 * @param tile channels of a block
 * @param rows rows of tile / vector threads
 * @param pixels pixels of a block; all of the image where {@code chunks} is 1
 * @param chunks blocks that share the pixels of an image
 */
record GroupNormPlan(int vector, int tile, int rows, int pixels, int chunks) {
    private static final int BLOCK = 256;
    /** Bytes that memory gives at least: shorter runs of a pixel's channels cost as much. */
    private static final int SECTOR = 32;
    /** Least bytes of a pixel that a block should read. */
    private static final int SHORTEST_RUN = 2 * SECTOR;
    private static final int LONGEST_RUN = 512;
    /** Most channels of a block: their coefficients must fit beside the rest. */
    private static final int WIDEST = 1024;
    /** Accesses that a thread should have. */
    private static final int PER_THREAD = 4;

    /**
     * The plan of a shape, or null for groups so wide that a block does not take a pixel of them: more than 1024
     * channels, or 256 where 16 bytes do not divide the channels.
     *
     * @param tensors tensors that a block keeps when it has a whole image: 1 forward, 2 backward
     * @param size bytes of an element
     */
    static GroupNormPlan of(GroupNormTuning tuning, int hw, int channels, int group, int size, int tensors) {
        int vector = channels % (16 / size) == 0 ? 16 / size : 1;
        int unit = vector;
        while (unit % group != 0) {
            unit += vector;
        }
        GroupNormPlan best = null;
        GroupNormPlan split = null;
        for (int tile = unit; tile <= Math.min(channels, Math.min(BLOCK * vector, WIDEST)); tile += unit) {
            if (channels % tile != 0) {
                continue;
            }
            GroupNormPlan whole = of(vector, tile, hw, hw);
            if (whole.shared(group, size, tensors, tensors == 2) <= tuning.mostShared()
                    && (best == null || best.tile * size < SHORTEST_RUN
                    || (long) tensors * hw * tile * size <= tuning.kept() && tile * size <= LONGEST_RUN)) {
                best = whole;
            }
            if (split == null || split.tile * size < 2 * SHORTEST_RUN) {
                int chunks = (int) Math.min(hw, ((long) hw * tile * size + tuning.kept() - 1) / tuning.kept());
                int pixels = (hw + chunks - 1) / chunks;
                split = of(vector, tile, hw, pixels);
            }
        }
        boolean wasteful = best != null && best.tile * size < SECTOR && best.tile < channels;
        return best == null || wasteful ? split : best;
    }

    private static GroupNormPlan of(int vector, int tile, int hw, int pixels) {
        int columns = tile / vector;
        int rows = Math.clamp((pixels + PER_THREAD - 1) / PER_THREAD, 1, BLOCK / columns);
        return new GroupNormPlan(vector, tile, rows, pixels, (hw + pixels - 1) / pixels);
    }

    /** Bytes of dynamic shared memory of a block that keeps {@code tensors} tensors. */
    private int shared(int group, int size, int tensors, boolean backward) {
        long kept = tensors * (((long) pixels * tile * size + 15) / 16 * 16);
        int unit = Math.min(vector, Integer.lowestOneBit(group));
        long sums = backward ? 2L * rows * tile + 2L * tile : 2L * (rows * (tile / unit) + tile / group);
        return (int) Math.min(Integer.MAX_VALUE, kept + 4 * ((backward ? 10L : 6L) * tile + sums));
    }

    /** Blocks for some images. */
    Grid grid(int images, int channels, int group, int size, int tensors, boolean backward) {
        int block = (rows * (tile / vector) + 31) / 32 * 32;
        return new Grid(Math.multiplyExact(images, chunks * (channels / tile)), 1, 1, block, shared(group, size, tensors, backward));
    }
}
