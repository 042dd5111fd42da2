package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import dev.langevin.engine.random.Philox;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Philox4x32-10 in vectors: the same words as {@link Philox}, bit for bit. A vector holds whole blocks, each as the
 * two 64-bit lanes (c0 + c1 2^32, c2 + c3 2^32). So one multiplication of the lanes' lower halves gives high and low
 * words of both products, one shuffle brings them to their places, and the words come out in the order of the
 * elements. Elements of an image: see {@link Philox}.
 */
public final class PhiloxCpu {
    private static final VectorSpecies<Long> L = VectorSpecies.of(long.class, F.vectorShape());
    private static final long LOW = 0xFFFFFFFFL;
    private static final long HIGH = LOW << 32;
    private static final int GRAIN = 8192;
    private static final float UNIT = 0x1p-23f;

    private static final LongVector MULTIPLIERS = LongVector.fromArray(L, alternate(
            Philox.MULTIPLIER_0 & LOW, Philox.MULTIPLIER_1 & LOW), 0);
    private static final IntVector WEYL = LongVector.fromArray(L, alternate(
            Philox.WEYL_0 & LOW, Philox.WEYL_1 & LOW), 0).reinterpretAsInts();
    /** Which block of the vector a lane belongs to, in the lanes that hold c0. */
    private static final LongVector BLOCKS = LongVector.fromArray(L, blocks(), 0);
    private static final LongVector FIRST = LongVector.fromArray(L, alternate(-1, 0), 0);
    private static final LongVector SECOND = LongVector.fromArray(L, alternate(0, -1), 0);
    /** (low 0, high 0, low 1, high 1) to (high 1, low 1, high 0, low 0). */
    private static final VectorShuffle<Integer> REVERSE = VectorShuffle.fromOp(Simd.I, i -> i ^ 3);

    private PhiloxCpu() {
    }

    /**
     * Fills {@code out}, {@code n} images of {@code imageSize} elements, with uniform numbers in (0, 1). Image i gets
     * the numbers of image {@code firstImage + i} of the stream (seed, purpose, step).
     */
    public static void uniform(float[] out, int n, int imageSize, long seed, int purpose, int firstImage, int step) {
        int pieces = (imageSize + GRAIN - 1) / GRAIN;
        Parallel.chunks(n * pieces, Math.max(1, GRAIN / Math.max(1, imageSize)), (from, to) -> {
            for (int i = from; i < to; i++) {
                int image = i / pieces;
                int start = i % pieces * GRAIN;
                uniformRange(out, image * imageSize + start, start, Math.min(imageSize, start + GRAIN),
                        seed, purpose, firstImage + image, step);
            }
        });
    }

    /** As {@link #uniform}, with standard normal numbers. */
    public static void normal(float[] out, int n, int imageSize, long seed, int purpose, int firstImage, int step) {
        int pieces = (imageSize + GRAIN - 1) / GRAIN;
        Parallel.chunks(n * pieces, Math.max(1, GRAIN / Math.max(1, imageSize)), (from, to) -> {
            for (int i = from; i < to; i++) {
                int image = i / pieces;
                int start = i % pieces * GRAIN;
                normalRange(out, image * imageSize + start, start, Math.min(imageSize, start + GRAIN),
                        seed, purpose, firstImage + image, step);
            }
        });
    }

    /**
     * One of the loops that fill a batch, through work space in the first-level cache. They are called through an
     * interface of which each list below has three classes, because HotSpot does not inline such a call. As one
     * compiled body they would pass its limit on nodes, from which on vectors are boxed (measured: 3 to 80 times
     * slower).
     */
    private interface Stage {
        void run(Batch batch);
    }

    private static final Stage[] UNIFORM = {PhiloxCpu::words, PhiloxCpu::units, Batch::store};
    private static final Stage[] NORMAL = {PhiloxCpu::words, PhiloxCpu::radii, PhiloxCpu::boxMuller, Batch::store};

    /** A thread's work space, and which elements of which image are being made. */
    private static final class Batch {
        static final int SIZE = 1024;
        static final ThreadLocal<Batch> CURRENT = ThreadLocal.withInitial(Batch::new);

        final int[] words = new int[SIZE];
        final float[] radii = new float[SIZE / 2];
        final float[] turns = new float[SIZE / 2];
        final float[] result = new float[SIZE];
        private long seed;
        private long image;
        private long step;
        private int start;
        private int size;
        private float[] out;
        private int at;

        void store() {
            System.arraycopy(result, 0, out, at, size);
        }
    }

    /** Uniform numbers of the elements [from, to) of one image into {@code out} from {@code offset} on; 4 divides from. */
    static void uniformRange(float[] out, int offset, int from, int to, long seed, int purpose, int image, int step) {
        fill(UNIFORM, out, offset, from, to, seed, purpose, image, step);
    }

    /** As {@link #uniformRange}, with standard normal numbers. */
    static void normalRange(float[] out, int offset, int from, int to, long seed, int purpose, int image, int step) {
        fill(NORMAL, out, offset, from, to, seed, purpose, image, step);
    }

    private static void fill(Stage[] stages, float[] out, int offset, int from, int to,
            long seed, int purpose, int image, int step) {
        Batch batch = Batch.CURRENT.get();
        batch.seed = seed;
        batch.image = (long) image << 32;
        batch.step = (long) purpose << 32 | (step & LOW);
        batch.out = out;
        for (int e = from; e < to; e += Batch.SIZE) {
            batch.start = e;
            batch.size = Math.min(Batch.SIZE, to - e);
            batch.at = offset + e - from;
            for (Stage stage : stages) {
                stage.run(batch);
            }
        }
        batch.out = null;
    }

    /** The words of the batch's elements, up to a multiple of two vectors. */
    private static void words(Batch batch) {
        int[] words = batch.words;
        IntVector key = FIRST.and(batch.seed & LOW).or(SECOND.and(batch.seed >>> 32)).reinterpretAsInts();
        for (int e = 0; e < batch.size; e += 2 * LANES) {
            LongVector a = counter(batch.image | (batch.start + e) >>> 2, batch.step);
            LongVector b = counter(batch.image | (batch.start + e + LANES) >>> 2, batch.step);
            IntVector k = key;
            for (int i = 0; i < Philox.ROUNDS; i++) {
                a = round(a, k);
                b = round(b, k);
                k = k.add(WEYL);
            }
            a.reinterpretAsInts().intoArray(words, e);
            b.reinterpretAsInts().intoArray(words, e + LANES);
        }
    }

    private static void units(Batch batch) {
        float[] result = batch.result;
        for (int e = 0; e < batch.size; e += LANES) {
            unit(IntVector.fromArray(Simd.I, batch.words, e)).intoArray(result, e);
        }
    }

    /** Zips two vectors of words a and b into (a0, b0, a2, b2, ...), of which radii are made, and turns (a1, b1, ...). */
    private static void radii(Batch batch) {
        int[] words = batch.words;
        float[] radii = batch.radii;
        float[] turns = batch.turns;
        for (int e = 0; e < batch.size; e += 2 * LANES) {
            LongVector a = IntVector.fromArray(Simd.I, words, e).reinterpretAsLongs();
            LongVector b = IntVector.fromArray(Simd.I, words, e + LANES).reinterpretAsLongs();
            FloatVector u = unit(a.and(LOW).or(b.lanewise(VectorOperators.LSHL, 32)).reinterpretAsInts());
            FloatVector v = unit(a.lanewise(VectorOperators.LSHR, 32).or(b.and(HIGH)).reinterpretAsInts());
            VectorMath.log(u).mul(-2f).sqrt().intoArray(radii, e / 2);
            v.intoArray(turns, e / 2);
        }
    }

    /** Normals of radii and turns, zipped back into the order of the elements. */
    private static void boxMuller(Batch batch) {
        float[] radii = batch.radii;
        float[] turns = batch.turns;
        float[] result = batch.result;
        for (int e = 0; e < batch.size; e += 2 * LANES) {
            FloatVector v = FloatVector.fromArray(F, turns, e / 2);
            FloatVector radius = FloatVector.fromArray(F, radii, e / 2);
            LongVector even = VectorMath.cos2Pi(v).mul(radius).reinterpretAsLongs();
            LongVector odd = VectorMath.sin2Pi(v).mul(radius).reinterpretAsLongs();
            FloatVector z0 = even.and(LOW).or(odd.lanewise(VectorOperators.LSHL, 32)).reinterpretAsFloats();
            FloatVector z1 = even.lanewise(VectorOperators.LSHR, 32).or(odd.and(HIGH)).reinterpretAsFloats();
            z0.intoArray(result, e);
            z1.intoArray(result, e + LANES);
        }
    }

    /** The first round's input: in each block the lanes (block, image) and (step, purpose). */
    private static LongVector counter(long first, long second) {
        return FIRST.and(first).or(SECOND.and(second)).add(BLOCKS);
    }

    private static FloatVector unit(IntVector words) {
        FloatVector m = (FloatVector) words.lanewise(VectorOperators.LSHR, 9).convert(VectorOperators.I2F, 0);
        return m.add(0.5f).mul(UNIT);
    }

    private static LongVector round(LongVector state, IntVector key) {
        LongVector products = state.and(LOW).mul(MULTIPLIERS);
        IntVector odd = state.lanewise(VectorOperators.LSHR, 32).reinterpretAsInts();
        return products.reinterpretAsInts().rearrange(REVERSE).lanewise(VectorOperators.XOR, odd)
                .lanewise(VectorOperators.XOR, key).reinterpretAsLongs();
    }

    private static long[] alternate(long first, long second) {
        long[] lanes = new long[L.length()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = i % 2 == 0 ? first : second;
        }
        return lanes;
    }

    private static long[] blocks() {
        long[] lanes = new long[L.length()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = i % 2 == 0 ? i / 2 : 0;
        }
        return lanes;
    }
}
