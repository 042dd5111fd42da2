package dev.langevin.engine;

/** What a gradient rule sees of one recorded application of its op, while it runs. */
public final class GradientContext {
    private final Autograd.Walk walk;
    private Node node;

    GradientContext(Autograd.Walk walk) {
        this.walk = walk;
    }

    /** Turns to a node; to null when its rule has ended. */
    GradientContext of(Node node) {
        this.node = node;
        return this;
    }

    /** Number of inputs. */
    public int inputs() {
        return node.in.length;
    }

    public Tensor in(int i) {
        return node.in[i];
    }

    public Tensor[] in() {
        return node.in;
    }

    /** The op's (first) output. */
    public Tensor out() {
        return node.out[0];
    }

    public Tensor out(int i) {
        return node.out[i];
    }

    /** Gradient to the op's only output. */
    public Tensor dout() {
        return dout(0);
    }

    /** Gradient to output i, or null where it is zero. */
    public Tensor dout(int i) {
        return node.out[i] == null ? null : walk.gradient(node.out[i]);
    }

    /** Whether the gradient to input i is wanted. */
    public boolean needs(int i) {
        return walk.wants(node.in[i]);
    }

    /** To be thrown by a rule for an input that it does not differentiate. */
    public LangevinException missing(int input) {
        return new LangevinException(node.op.name() + ": no gradient is defined with respect to input " + input
                + " of shape " + in(input).shape() + "; detach() it");
    }
}
