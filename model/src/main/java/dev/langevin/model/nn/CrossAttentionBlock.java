package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;

/**
 * The pixels attend to the tokens of a class (N-XATTN): x + proj(attention(q(norm(x)), k(tokens), v(tokens))), as in latent
 * diffusion (Rombach et al. 2022, section 3.3).
 */
final class CrossAttentionBlock implements Layer {
    private final Norm norm;
    private final Conv q;
    private final Linear kv;
    private final Conv proj;
    private final UNetConfig config;

    CrossAttentionBlock(Parameters p, int channels, UNetConfig config) {
        this.norm = new Norm(p.in("norm"), channels, config.groups());
        this.q = Conv.of(p.in("q"), channels, channels, 1, 1);
        this.kv = new Linear(p.in("kv"), config.timeEmbedding(), 2 * channels);
        this.proj = config.zeroInit() ? Conv.zero(p.in("proj"), channels, channels, 1) : Conv.of(p.in("proj"), channels, channels, 1, 1);
        this.config = config;
    }

    /** (N, H, W, C) to the same shape. */
    @Override
    public Tensor apply(Tensor x, Pass pass) {
        int c = x.dim(3);
        Tensor queries = q.apply(norm.apply(x)).reshape(x.dim(0), -1, c);
        Tensor tokens = kv.apply(pass.tokens());
        Tensor y = CrossAttention.attend(queries, tokens.slice(2, 0, c), tokens.slice(2, c, 2 * c), config.heads());
        return ResBlock.rescaled(proj.applyPlus(y.reshape(x.shape()), x), config);
    }
}
