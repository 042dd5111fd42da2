package dev.langevin.training.data;

/** Points of a {@link ToySet}, computed when asked for: example i is the set's point first + i under the seed. */
public final class PointDataset implements Dataset {
    private final ToySet set;
    private final int first;
    private final int size;
    private final long seed;
    private final double[] point = new double[2];

    /** The set's points from 0 on. */
    public PointDataset(ToySet set, int size, long seed) {
        this(set, 0, size, seed);
    }

    /** The set's points from {@code first} on: others than those before them. */
    public PointDataset(ToySet set, int first, int size, long seed) {
        this.set = set;
        this.first = first;
        this.size = size;
        this.seed = seed;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int[] exampleShape() {
        return new int[] {2};
    }

    /** Not to be called by two threads at once. */
    @Override
    public void copy(int index, float[] into, int offset) {
        set.point(seed, first + index, point);
        into[offset] = (float) point[0];
        into[offset + 1] = (float) point[1];
    }
}
