package dev.langevin.engine.op;

/** An op whose output shares the storage of its only input: it needs no kernel. */
public interface View extends Op {
}
