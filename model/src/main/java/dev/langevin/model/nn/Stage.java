package dev.langevin.model.nn;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;

/** A residual block, followed on levels with attention by self-attention and, where pixels attend to classes, by that. */
final class Stage implements Layer {
    private final ResBlock block;
    private final AttentionBlock attention;  // null where there is none
    private final CrossAttentionBlock cross; // null where there is none

    /**
     * @param way {@code encoder} or {@code decoder}
     * @param number of the block on its way
     */
    Stage(Parameters p, String way, int number, int in, int out, int level, UNetConfig config) {
        boolean attended = config.attention().contains(config.imageSize() >> level);
        block = new ResBlock(p.in(way + "." + number), in, out, config);
        attention = attended ? new AttentionBlock(p.in(way + "_attention." + number), out, config) : null;
        cross = attended && config.classes().attended() ? new CrossAttentionBlock(p.in(way + "_cross_attention." + number), out, config) : null;
    }

    @Override
    public Tensor apply(Tensor x, Pass pass) {
        return Scope.tidy(() -> {
            Tensor h = block.apply(x, pass);
            h = attention == null ? h : attention.apply(h, pass);
            return cross == null ? h : cross.apply(h, pass);
        });
    }
}
