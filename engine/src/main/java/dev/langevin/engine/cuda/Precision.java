package dev.langevin.engine.cuda;

/** In what numbers a CUDA device computes. Weights, their gradients, sums and losses are float32 in each. */
public enum Precision {
    /** float32 throughout. */
    FP32,
    /** float32 storage; matrix products and convolutions round their inputs to 11 significant bits. */
    TF32,
    /** Activations and their gradients are stored as bfloat16, with 8 significant bits; arithmetic between is float32. */
    BF16
}
