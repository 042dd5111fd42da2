package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.LANES;

/**
 * Scaled dot-product self-attention (Vaswani et al., 2017): softmax(q k^T / sqrt(d)) v for each image and head, d =
 * c / heads. The probabilities of one image and head at a time lie in a thread's work space; backward computes them
 * again.
 */
public final class AttentionCpu {
    private AttentionCpu() {
    }

    /**
     * Forward.
     *
     * @param y (n, t, c)
     * @param qkv (n, t, 3 c): of each token first the c channels of q, then of k, then of v; head h has channels
     *        [h d, (h + 1) d) of each
     * @param t tokens of an image; work space holds t x t numbers for each thread
     * @param heads divides c
     */
    public static void forward(float[] y, float[] qkv, int n, int t, int c, int heads) {
        Parallel.run(n * heads, task -> {
            Head h = Head.CURRENT.get();
            h.begin(qkv, task / heads, task % heads, t, c, c / heads, false);
            h.probabilities();
            h.pack(h.value, h.v, 1f);
            SmallProduct.multiply(h.result, h.p, 0, h.tPad, 1, h.value, t, h.dPad, t);
            h.unpack(y, h.yOffset, c);
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
            h.begin(qkv, task / heads, task % heads, t, c, c / heads, true);
            h.probabilities();
            // dv = p^T dy
            h.packRows(h.value, dy, h.yOffset, c, 1f);
            SmallProduct.multiply(h.result, h.p, 0, 1, h.tPad, h.value, t, h.dPad, t);
            h.unpack(dqkv, h.v, 3 * c);
            // dp = dy v^T, then through the softmax
            h.packTransposed(h.v, 1f);
            SmallProduct.multiply(h.dp, dy, h.yOffset, c, 1, h.transposed, t, h.tPad, h.d);
            for (int i = 0; i < t; i++) {
                SoftmaxCpu.rowBackward(h.dp, h.p, h.dp, i * h.tPad, t);
            }
            // dq = ds k / sqrt(d), dk = ds^T q / sqrt(d)
            h.pack(h.value, h.k, h.scale);
            SmallProduct.multiply(h.result, h.dp, 0, h.tPad, 1, h.value, t, h.dPad, t);
            h.unpack(dqkv, h.q, 3 * c);
            h.pack(h.value, h.q, h.scale);
            SmallProduct.multiply(h.result, h.dp, 0, 1, h.tPad, h.value, t, h.dPad, t);
            h.unpack(dqkv, h.k, 3 * c);
        });
    }

    /** One image and head on one thread. */
    private static final class Head {
        static final ThreadLocal<Head> CURRENT = ThreadLocal.withInitial(Head::new);

        float[] qkv;
        int t;
        int c;
        int d;
        /** Tokens and channels rounded up to whole vectors. */
        int tPad;
        int dPad;
        float scale;
        /** Where the head's first element of q, k and v lies in qkv, and of y. */
        int q;
        int k;
        int v;
        int yOffset;
        float[] p = new float[0];          // (t, tPad)
        float[] dp = new float[0];         // (t, tPad)
        float[] transposed = new float[0]; // (d, tPad)
        float[] value = new float[0];      // (t, dPad)
        float[] result = new float[0];     // (t, dPad)

        void begin(float[] qkv, int image, int head, int t, int c, int d, boolean backward) {
            this.qkv = qkv;
            this.t = t;
            this.c = c;
            this.d = d;
            tPad = (t + LANES - 1) / LANES * LANES;
            dPad = (d + LANES - 1) / LANES * LANES;
            scale = (float) (1 / Math.sqrt(d));
            q = image * t * 3 * c + head * d;
            k = q + c;
            v = k + c;
            yOffset = image * t * c + head * d;
            p = atLeast(p, t * tPad);
            dp = backward ? atLeast(dp, t * tPad) : dp;
            transposed = atLeast(transposed, d * tPad);
            value = atLeast(value, t * dPad);
            result = atLeast(result, t * dPad);
        }

        private static float[] atLeast(float[] a, int size) {
            return a.length < size ? new float[size] : a;
        }

        /** p = softmax(q k^T / sqrt(d)) */
        void probabilities() {
            packTransposed(k, scale);
            SmallProduct.multiply(p, qkv, q, 3 * c, 1, transposed, t, tPad, d);
            for (int i = 0; i < t; i++) {
                SoftmaxCpu.row(p, p, i * tPad, t);
            }
        }

        /** The matrix of qkv that begins at {@code from}, times a factor, as (d, tPad). */
        void packTransposed(int from, float factor) {
            for (int i = 0; i < t; i++) {
                int at = from + i * 3 * c;
                for (int j = 0; j < d; j++) {
                    transposed[j * tPad + i] = qkv[at + j] * factor;
                }
            }
            clearRows(transposed, d, t, tPad);
        }

        void pack(float[] to, int from, float factor) {
            packRows(to, qkv, from, 3 * c, factor);
        }

        /** Rows of d elements, {@code stride} apart from {@code start} on, times a factor, as (t, dPad). */
        void packRows(float[] to, float[] from, int start, int stride, float factor) {
            for (int i = 0; i < t; i++) {
                for (int j = 0; j < d; j++) {
                    to[i * dPad + j] = from[start + i * stride + j] * factor;
                }
            }
            clearRows(to, t, d, dPad);
        }

        /** Zero behind each row: what an earlier head left there could be NaN or slow subnormal numbers. */
        private static void clearRows(float[] a, int rows, int length, int padded) {
            if (length < padded) {
                for (int i = 0; i < rows; i++) {
                    java.util.Arrays.fill(a, i * padded + length, (i + 1) * padded, 0f);
                }
            }
        }

        void unpack(float[] to, int start, int stride) {
            for (int i = 0; i < t; i++) {
                System.arraycopy(result, i * dPad, to, start + i * stride, d);
            }
        }
    }
}
