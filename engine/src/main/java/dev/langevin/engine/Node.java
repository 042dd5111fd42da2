package dev.langevin.engine;

import dev.langevin.engine.op.Op;

/** One recorded application of an op: an edge bundle of the graph that gradients walk backwards. */
final class Node {
    /** Of a leaf to which gradients flow: no op made it. */
    static final Node LEAF = new Node(null, new Tensor[0], new Tensor[0]);

    /** Of a tensor that was recorded and is freed: gradients cannot pass it. */
    static final Node FREED = new Node(null, new Tensor[0], new Tensor[0]);

    final Op op;
    final Tensor[] in;
    final Tensor[] out;

    Node(Op op, Tensor[] in, Tensor[] out) {
        this.op = op;
        this.in = in;
        this.out = out;
    }

    /** Greater than those of all nodes that made the inputs. */
    long sequence() {
        for (Tensor t : out) {
            if (t != null) {
                return t.sequence;
            }
        }
        return -1;
    }
}
