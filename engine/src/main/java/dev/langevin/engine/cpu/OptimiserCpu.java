package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Lanes.PARTS;
import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The parameter update in one pass over memory, and the norm of the gradients that clipping needs. */
public final class OptimiserCpu {
    private static final int GRAIN = 16384;
    private static final int PIECE = 4096;

    private OptimiserCpu() {
    }

    /**
     * Adam (Kingma and Ba, 2015) with decoupled weight decay (Loshchilov and Hutter, 2019), as PyTorch's AdamW, and the
     * moving average of the parameters, over the elements [from, to):
     * g' = gradScale g; p *= 1 - lr weightDecay; m += (1 - beta1) (g' - m); v = beta2 v + (1 - beta2) g'^2;
     * p -= lr (m / biasCorrection1) / (sqrt(v / biasCorrection2) + eps); ema += (1 - emaDecay) (p - ema).
     *
     * @param p parameters, updated
     * @param g gradients, kept
     * @param m first moment, updated
     * @param v second moment, updated
     * @param ema moving average, updated
     * @param gradScale from clipping or loss scaling; 1 for none
     * @param biasCorrection1 1 - beta1^step, step counted from 1
     * @param biasCorrection2 1 - beta2^step
     * @param emaDecay in [0, 1]
     */
    public static void adam(float[] p, float[] g, float[] m, float[] v, float[] ema, int from, int to,
            float gradScale, double lr, double beta1, double beta2, float eps, double weightDecay,
            double biasCorrection1, double biasCorrection2, double emaDecay) {
        float keep = (float) (1 - lr * weightDecay);
        float rate = (float) (lr / biasCorrection1);
        float root = (float) (1 / Math.sqrt(biasCorrection2));
        // Rounded after the subtraction: 1 - 0.999f is 1.3e-5 of itself off, 1 - 0.9999f ten times as much.
        float mix1 = (float) (1 - beta1);
        float mix2 = (float) (1 - beta2);
        float mixEma = (float) (1 - emaDecay);
        Parallel.chunks(to - from, GRAIN, (a, b) -> {
            adam(p, g, m, v, from + a, from + b, gradScale, keep, rate, mix1, (float) beta2, mix2, root, eps);
            average(ema, p, from + a, from + b, mixEma);
        });
    }

    private static void adam(float[] p, float[] g, float[] m, float[] v, int from, int to, float gradScale, float keep,
            float rate, float mix1, float beta2, float mix2, float root, float eps) {
        for (int i = from; i < to; i += LANES) {
            VectorMask<Float> mask = F.indexInRange(i, to);
            FloatVector grad = FloatVector.fromArray(F, g, i, mask).mul(gradScale);
            FloatVector m0 = FloatVector.fromArray(F, m, i, mask);
            FloatVector m1 = grad.sub(m0).fma(FloatVector.broadcast(F, mix1), m0);
            FloatVector v1 = grad.mul(grad).mul(mix2)
                    .add(FloatVector.fromArray(F, v, i, mask).mul(beta2));
            m1.intoArray(m, i, mask);
            v1.intoArray(v, i, mask);
            FloatVector step = m1.mul(rate).div(v1.sqrt().mul(root).add(eps));
            FloatVector.fromArray(F, p, i, mask).mul(keep).sub(step).intoArray(p, i, mask);
        }
    }

    private static void average(float[] ema, float[] p, int from, int to, float mix) {
        for (int i = from; i < to; i += LANES) {
            VectorMask<Float> mask = F.indexInRange(i, to);
            FloatVector e = FloatVector.fromArray(F, ema, i, mask);
            FloatVector.fromArray(F, p, i, mask).sub(e).fma(FloatVector.broadcast(F, mix), e).intoArray(ema, i, mask);
        }
    }

    /** Sum of the squares of {@code size} elements: pieces of fixed length in float, added in order in double. */
    public static double sumOfSquares(float[] g, int size) {
        int pieces = (size + PIECE - 1) / PIECE;
        double[] partial = Scratch.local().doubles(Scratch.SUM_OF_SQUARES, pieces);
        Parallel.chunks(pieces, 4, (from, to) -> {
            for (int i = from; i < to; i++) {
                partial[i] = squares(g, i * PIECE, Math.min(size, (i + 1) * PIECE));
            }
        });
        double sum = 0;
        for (int i = 0; i < pieces; i++) {
            sum += partial[i];
        }
        return sum;
    }

    /** The sum of the squares of g[from, to), in float: for pieces of some thousands. */
    static double squares(float[] g, int from, int to) {
        float[] parts = Scratch.local().floats(Scratch.LANES, PARTS);
        int whole = to - (to - from) % (4 * PARTS);
        for (int lane = 0; lane < PARTS; lane += LANES) {
            FloatVector s0 = FloatVector.zero(F);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            for (int i = from + lane; i < whole; i += 4 * PARTS) {
                FloatVector a = FloatVector.fromArray(F, g, i);
                FloatVector b = FloatVector.fromArray(F, g, i + PARTS);
                FloatVector c = FloatVector.fromArray(F, g, i + 2 * PARTS);
                FloatVector d = FloatVector.fromArray(F, g, i + 3 * PARTS);
                s0 = a.fma(a, s0);
                s1 = b.fma(b, s1);
                s2 = c.fma(c, s2);
                s3 = d.fma(d, s3);
            }
            s0.add(s1).add(s2.add(s3)).intoArray(parts, lane);
        }
        double sum = Lanes.sum(parts, 0);
        for (int i = whole; i < to; i++) {
            sum += (double) g[i] * g[i];
        }
        return sum;
    }
}
