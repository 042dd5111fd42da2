package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;

/** Features to an image, or to other features: conv(silu(norm(h))). */
record OutputHead(Norm norm, Conv conv) {
    /** To an image that is 0 at first. */
    static OutputHead zero(Parameters norm, Parameters conv, int in, UNetConfig config) {
        return new OutputHead(new Norm(norm, in, config.groups()), Conv.zero(conv, in, config.channels(), 3));
    }

    Tensor apply(Tensor h) {
        return conv.apply(norm.silu(h));
    }
}
