package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;

/** Self-attention over pixels (N-ATTN): x + proj(attention(qkv(norm(x)))). */
final class AttentionBlock implements Layer {
    private final Norm norm;
    private final Conv qkv;
    private final Conv proj;
    private final UNetConfig config;

    AttentionBlock(Parameters p, int channels, UNetConfig config) {
        this.norm = new Norm(p.in("norm"), channels, config.groups());
        this.qkv = Conv.of(p.in("qkv"), channels, 3 * channels, 1, 1);
        this.proj = config.zeroInit() ? Conv.zero(p.in("proj"), channels, channels, 1) : Conv.of(p.in("proj"), channels, channels, 1, 1);
        this.config = config;
    }

    /** (N, H, W, C) to the same shape. */
    @Override
    public Tensor apply(Tensor x, Pass pass) {
        int n = x.dim(0);
        Tensor y = qkv.apply(norm.apply(x)).reshape(n, -1, 3 * x.dim(3)).attention(config.heads());
        return ResBlock.rescaled(proj.applyPlus(y.reshape(x.shape()), x), config);
    }
}
