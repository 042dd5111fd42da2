package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Scaled dot-product self-attention (Vaswani et al., 2017): softmax(q k^T / sqrt(d)) v for each image and head, d =
 * c / heads. A task is one image and head; its queries are taken a block at a time, and only the scores of a block
 * against all keys are ever held, as a matrix (keys, queries): a lane of a vector is a query, so that the softmax needs no sum
 * across lanes. Backward computes them again.
 */
public final class AttentionCpu {
    /** Queries taken at once: their scores against 200 keys stay in the L1 cache. */
    private static final int FORWARD_QUERIES = 32;
    /**
     * Queries taken at once: enough that adding up the gradients of keys and values, sums cut at this number whatever the
     * vector width, costs little.
     */
    private static final int BACKWARD_QUERIES = 128;

    /** Queries of a panel of scores. */
    private static final int WIDE = OuterTile.WIDE;

    private AttentionCpu() {
    }

    /**
     * Forward.
     *
     * @param y (n, t, c)
     * @param qkv (n, t, 3 c): of each token first the c channels of q, then of k, then of v; head h has channels
     *        [h d, (h + 1) d) of each
     * @param t tokens of an image
     * @param heads divides c
     */
    public static void forward(float[] y, float[] qkv, int n, int t, int c, int heads) {
        Parallel.run(n * heads, task -> {
            Head h = Head.CURRENT.get();
            h.begin(qkv, task / heads, task % heads, t, c, c / heads, FORWARD_QUERIES);
            h.pack(h.v);
            h.packTransposed(h.keys, h.k);
            for (int first = 0; first < t; first += FORWARD_QUERIES) {
                h.forward(y, first);
            }
        });
    }

    /**
     * Backward: gradient of qkv from dy.
     *
     * @param dqkv (n, t, 3 c)
     * @param qkv (n, t, 3 c)
     * @param dy (n, t, c)
     */
    public static void backward(float[] dqkv, float[] qkv, float[] dy, int n, int t, int c, int heads) {
        Parallel.run(n * heads, task -> {
            Head h = Head.CURRENT.get();
            h.begin(qkv, task / heads, task % heads, t, c, c / heads, BACKWARD_QUERIES);
            h.pack(h.k);
            h.packTransposed(h.keys, h.k);
            h.packTransposed(h.values, h.v);
            for (int first = 0; first < t; first += BACKWARD_QUERIES) {
                h.backward(dqkv, dy, first);
            }
        });
    }

    /** One vector of columns of a panel of s: exp(s - max), and the reciprocals of the sums. */
    private static void exponentials(float[] s, int at, int rows, float[] reciprocals, int col) {
        FloatVector max = FloatVector.fromArray(F, s, at);
        for (int i = 1; i < rows; i++) {
            FloatVector v = FloatVector.fromArray(F, s, at + i * WIDE);
            // A NaN is passed over here and comes back through the exponential.
            max = max.blend(v, v.compare(VectorOperators.GT, max));
        }
        FloatVector sum = FloatVector.zero(F);
        for (int i = 0; i < rows; i++) {
            FloatVector e = VectorMath.exp(FloatVector.fromArray(F, s, at + i * WIDE).sub(max));
            e.intoArray(s, at + i * WIDE);
            sum = sum.add(e);
        }
        FloatVector.broadcast(F, 1f).div(sum).intoArray(reciprocals, col);
    }

    /** One vector of columns: ds = scale e (ds - r sum over rows of e ds), r the reciprocals of the sums of e. */
    private static void softmaxBackward(float[] ds, float[] e, int at, int rows, float[] reciprocals, int col,
            float scale) {
        FloatVector sum = FloatVector.zero(F);
        for (int i = 0; i < rows; i++) {
            sum = FloatVector.fromArray(F, e, at + i * WIDE).fma(FloatVector.fromArray(F, ds, at + i * WIDE), sum);
        }
        sum = sum.mul(FloatVector.fromArray(F, reciprocals, col));
        for (int i = 0; i < rows; i++) {
            FloatVector.fromArray(F, ds, at + i * WIDE).sub(sum).mul(FloatVector.fromArray(F, e, at + i * WIDE))
                    .mul(scale).intoArray(ds, at + i * WIDE);
        }
    }

    /** One image and head on one thread. */
    private static final class Head {
        static final ThreadLocal<Head> CURRENT = ThreadLocal.withInitial(Head::new);

        float[] qkv;
        int t;
        int c;
        int d;
        /** Channels rounded up to whole tiles. */
        int dPad;
        float scale;
        /** Where the head's first element of q, k and v lies in qkv, and of y. */
        int q;
        int k;
        int v;
        int yOffset;
        /** Tokens rounded up to whole tiles. */
        int tPad;
        /**
         * Most queries of a block, those of the block at hand, and their number rounded up to whole panels, the others
         * zeros.
         */
        int queries;
        int used;
        int columns;
        int[] keyRows = new int[0];           // where each key lies in qkv
        int[] valueRows = new int[0];
        int[] scoreRows = new int[0];         // where each key's scores lie
        float[] keys = new float[0];          // (tPad / ROWS, d, ROWS)
        float[] values = new float[0];        // (tPad / ROWS, d, ROWS)
        float[] packed = new float[0];        // (dPad / ROWS, t, ROWS)
        float[] scores = new float[0];        // panels of (tPad, WIDE)
        float[] dscores = new float[0];       // panels of (tPad, WIDE)
        float[] rows = new float[0];          // (queries, d)
        float[] panels = new float[0];        // rows, packed
        float[] result = new float[0];        // panels of (dPad, WIDE)
        final float[] reciprocals = new float[BACKWARD_QUERIES];
        final float[] ones = new float[BACKWARD_QUERIES];
        final float[] tile = new float[RowTile.ROWS * RowTile.WIDE];

        void begin(float[] qkv, int image, int head, int t, int c, int d, int queries) {
            this.qkv = qkv;
            this.queries = queries;
            this.t = t;
            this.c = c;
            this.d = d;
            dPad = (d + OuterTile.ROWS - 1) / OuterTile.ROWS * OuterTile.ROWS;
            scale = (float) (1 / Math.sqrt(d));
            q = image * t * 3 * c + head * d;
            k = q + c;
            v = k + c;
            yOffset = image * t * c + head * d;
            tPad = (t + OuterTile.ROWS - 1) / OuterTile.ROWS * OuterTile.ROWS;
            if (keyRows.length < t + RowTile.ROWS) {
                keyRows = new int[t + RowTile.ROWS];
                valueRows = new int[t + RowTile.ROWS];
                scoreRows = new int[t + RowTile.ROWS];
            }
            for (int i = 0; i < t; i++) {
                keyRows[i] = k + i * 3 * c;
                valueRows[i] = v + i * 3 * c;
                scoreRows[i] = i * WIDE;
            }
            RowProduct.padRows(scoreRows, t);
            packed = atLeast(packed, t * dPad);
            keys = atLeast(keys, tPad * d);
            values = atLeast(values, tPad * d);
            scores = atLeast(scores, tPad * queries);
            dscores = atLeast(dscores, tPad * queries);
            rows = atLeast(rows, queries * d);
            panels = atLeast(panels, Math.toIntExact(Math.max(WIDE * d, Panels.size(queries, d))));
            result = atLeast(result, dPad * queries);
            Arrays.fill(ones, 1);
        }

        private static float[] atLeast(float[] a, int size) {
            return a.length < size ? new float[size] : a;
        }

        /** Packs keys or values for {@link #products}. */
        void packTransposed(float[] to, int from) {
            Arrays.fill(to, (tPad - OuterTile.ROWS) * d, tPad * d, 0);
            for (int i = 0; i < t; i += OuterTile.ROWS) {
                Panels.transpose(to, i * d, OuterTile.ROWS, qkv, from + i * 3 * c, 3 * c,
                        Math.min(OuterTile.ROWS, t - i), d);
            }
        }

        /** Packs keys or values for {@link #combine}. */
        void pack(int from) {
            OuterTile.packRows(packed, qkv, from, 3 * c, dPad, d, t);
        }

        void forward(float[] y, int first) {
            scores(first);
            combine(scores);
            store(y, yOffset + first * c, c, reciprocals);
        }

        /** With e = exp(s - max) and dy divided by the sum of e, p dp = e dp' and so on: p itself is not needed. */
        void backward(float[] dqkv, float[] dy, int first) {
            scores(first);
            // dp'^T = v dy'^T
            load(dy, yOffset + first * c, c, reciprocals, 1);
            products(dscores, values);
            // dv = e^T dy'
            add(dqkv, valueRows, scores, first > 0);
            for (int col = 0; col < columns; col += LANES) {
                softmaxBackward(dscores, scores, columnAt(col), t, reciprocals, col, scale);
            }
            // dk = ds^T q, dq = ds k
            load(qkv, q + first * 3 * c, 3 * c, ones, 1);
            add(dqkv, keyRows, dscores, first > 0);
            combine(dscores);
            store(dqkv, q + first * 3 * c, 3 * c, ones);
        }

        /** Scores of the queries from {@code first} on, less their maximum, exponentiated. */
        private void scores(int first) {
            used = Math.min(queries, t - first);
            columns = (used + WIDE - 1) / WIDE * WIDE;
            load(qkv, q + first * 3 * c, 3 * c, ones, scale);
            products(scores, keys);
            for (int col = 0; col < columns; col += LANES) {
                exponentials(scores, columnAt(col), t, reciprocals, col);
            }
        }

        /** Where a column of scores begins. */
        private int columnAt(int col) {
            return col / WIDE * tPad * WIDE + col % WIDE;
        }

        /** rows[i, :] = factor factors[i] from[i, :], rows of {@code from} {@code step} apart; zeros behind the last query. */
        private void load(float[] from, int offset, int step, float[] factors, float factor) {
            for (int i = 0; i < used; i++) {
                float f = factors[i] * factor;
                for (int j = 0; j < d; j++) {
                    rows[i * d + j] = from[offset + i * step + j] * f;
                }
            }
            Arrays.fill(rows, used * d, columns * d, 0);
        }

        /** to = tokens rows^T, tokens packed by {@link #packTransposed}. */
        private void products(float[] to, float[] tokens) {
            Arrays.fill(to, 0, tPad * columns, 0);
            for (int col = 0; col < columns; col += WIDE) {
                Panels.transpose(panels, 0, WIDE, rows, col * d, d, WIDE, d);
                OuterTile.accumulate(to, col * tPad, tPad, WIDE, tokens, panels, 0, d);
            }
        }

        /** to (+)= weights rows, for each token. */
        private void add(float[] to, int[] tokens, float[] weights, boolean add) {
            int count = Panels.count(d);
            for (int p = 0; p < count; p++) {
                Panels.packRows(panels, p, rows, 0, d, columns, d);
            }
            RowProduct.multiply(to, tokens, weights, scoreRows, t, columns / WIDE, WIDE, tPad * WIDE, panels, 0, 0, count,
                    d, null, add ? to : null, tile);
        }

        /** result = packed^T weights. */
        private void combine(float[] weights) {
            Arrays.fill(result, 0, dPad * columns, 0);
            for (int col = 0; col < columns; col += WIDE) {
                OuterTile.accumulate(result, col * dPad, dPad, WIDE, packed, weights, col * tPad, t);
            }
        }

        /** to[i, :] = factors[i] result[:, i], rows of {@code to} {@code step} apart. */
        private void store(float[] to, int offset, int step, float[] factors) {
            for (int col = 0; col < columns; col += WIDE) {
                for (int j = 0; j < d; j++) {
                    for (int i = 0; i < WIDE; i += LANES) {
                        int at = col * dPad + j * WIDE + i;
                        FloatVector.fromArray(F, result, at).mul(FloatVector.fromArray(F, factors, col + i))
                                .intoArray(result, at);
                    }
                }
                Panels.transpose(to, offset + col * step, step, result, col * dPad, WIDE, d, Math.min(WIDE, used - col));
            }
        }
    }
}
