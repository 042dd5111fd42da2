package dev.langevin.engine.cpu;

/**
 * The unary functions of {@link UnaryCpu}. {@code LOG}, {@code EXPM1}, {@code SIN} and {@code COS} are computed in
 * double precision, one element at a time; the others in vectors.
 */
public enum UnaryOp {
    EXP, EXPM1, LOG, SQRT, SQUARE, RECIPROCAL, SIN, COS, TANH, SIGMOID, SILU, RELU, ABS
}
