package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/**
 * Multi-head scaled dot-product self-attention (Vaswani et al. 2017): input qkv (N, T, 3 C) whose channels are q, k
 * and v in turn, each split into {@code heads} runs of d = C / heads; output (N, T, C) with, for each head,
 * softmax(q k^T / sqrt(d)) v.
 */
public record Attention(int heads) implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1 || in[0].rank() != 3 || heads < 1 || in[0].dim(2) % (3 * heads) != 0) {
            throw new ShapeException(name(), "qkv (N, T, 3 C) with C divisible by " + heads + " heads", in);
        }
        return in[0].with(2, in[0].dim(2) / 3).alone();
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        int n = in[0].dim(0);
        int t = in[0].dim(1);
        int c = in[0].dim(2) / 3;
        int d = c / heads;
        Tensor byHead = in[0].reshape(n, t, 3, heads, d).permute(2, 0, 3, 1, 4); // (3, N, heads, T, d)
        Tensor q = part(byHead, 0);
        Tensor k = part(byHead, 1);
        Tensor v = part(byHead, 2);
        Tensor weights = new MatMul(false, true).apply(q, k).mul(1 / Math.sqrt(d)).softmax();
        return new Tensor[] {weights.matmul(v).permute(0, 2, 1, 3).reshape(n, t, c)};
    }

    private static Tensor part(Tensor byHead, int i) {
        Shape s = byHead.shape();
        return byHead.slice(0, i, i + 1).reshape(s.dim(1), s.dim(2), s.dim(3), s.dim(4));
    }
}
