package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;

/** Self-attention over pixels (N-ATTN): x + proj(attention(qkv(norm(x)))). */
final class AttentionBlock {
    private final Norm norm;
    private final Conv qkv;
    private final Conv proj;
    private final int heads;

    AttentionBlock(Parameters p, int channels, UNetConfig config) {
        this.norm = new Norm(p.in("norm"), channels, config.groups());
        this.qkv = Conv.of(p.in("qkv"), channels, 3 * channels, 1, 1);
        this.proj = config.zeroInit() ? Conv.zero(p.in("proj"), channels, channels, 1) : Conv.of(p.in("proj"), channels, channels, 1, 1);
        this.heads = config.heads();
    }

    /** (N, H, W, C) to the same shape. */
    Tensor apply(Tensor x) {
        int n = x.dim(0);
        Tensor y = qkv.apply(norm.apply(x)).reshape(n, -1, 3 * x.dim(3)).attention(heads);
        return proj.applyPlus(y.reshape(x.shape()), x);
    }
}
