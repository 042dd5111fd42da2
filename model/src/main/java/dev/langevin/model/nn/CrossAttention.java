package dev.langevin.model.nn;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.MatMul;

/** Scaled dot-product attention of one sequence to another (Vaswani et al. 2017, equation 1), with heads. */
public final class CrossAttention {
    private CrossAttention() {
    }

    /**
     * softmax(q k^T / sqrt(d)) v for each head, the channels of which are a run of d = C / heads.
     *
     * @param q queries (N, T, C)
     * @param k keys (N, M, C)
     * @param v values (N, M, C)
     * @return (N, T, C)
     */
    public static Tensor attend(Tensor q, Tensor k, Tensor v, int heads) {
        boolean fits = q.rank() == 3 && k.rank() == 3 && k.shape().equals(v.shape()) && q.dim(0) == k.dim(0) && q.dim(2) == k.dim(2);
        if (!fits || heads < 1 || q.dim(2) % heads != 0) {
            throw new ShapeException("crossAttention", "queries (N, T, C), keys and values (N, M, C) with C divisible by " + heads + " heads",
                    q.shape(), k.shape(), v.shape());
        }
        Tensor logits = new MatMul(false, true).apply(byHead(q, heads), byHead(k, heads)).mul(1 / Math.sqrt(q.dim(2) / heads));
        Shape out = q.shape();
        return logits.softmax().matmul(byHead(v, heads)).permute(0, 2, 1, 3).reshape(out);
    }

    /** (N, T, C) to (N, heads, T, d). */
    private static Tensor byHead(Tensor x, int heads) {
        return x.reshape(x.dim(0), x.dim(1), heads, -1).permute(0, 2, 1, 3);
    }
}
