package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;

/** A part of a U-Net: from one image tensor (N, H, W, C) to another. */
interface Layer {
    /** @param pass what it may hear of beside the image */
    Tensor apply(Tensor x, Pass pass);
}
