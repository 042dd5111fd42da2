package dev.langevin.engine;

import dev.langevin.engine.op.Op;

/** One recorded application of an op: an edge bundle of the graph that gradients walk backwards. */
final class Node {
    final Op op;
    final Tensor[] in;
    final Tensor[] out;
    final long sequence;

    Node(Op op, Tensor[] in, Tensor[] out, long sequence) {
        this.op = op;
        this.in = in;
        this.out = out;
        this.sequence = sequence;
    }
}
