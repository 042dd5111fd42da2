package dev.langevin.engine.cpu;

/** The binary functions of {@link BinaryCpu}. {@code GREATER} gives 1 where a > b and 0 elsewhere. */
public enum BinaryOp {
    ADD, SUB, MUL, DIV, GREATER
}
