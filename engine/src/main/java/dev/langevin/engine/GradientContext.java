package dev.langevin.engine;

import dev.langevin.engine.op.Op;

/** What a gradient rule sees of one recorded application of its op. */
public final class GradientContext {
    private final Op op;
    private final Tensor[] in;
    private final Tensor[] out;
    private final Tensor[] dout;
    private final boolean[] needs;

    GradientContext(Op op, Tensor[] in, Tensor[] out, Tensor[] dout, boolean[] needs) {
        this.op = op;
        this.in = in;
        this.out = out;
        this.dout = dout;
        this.needs = needs;
    }

    /** Number of inputs. */
    public int inputs() {
        return in.length;
    }

    public Tensor in(int i) {
        return in[i];
    }

    public Tensor[] in() {
        return in;
    }

    /** The op's (first) output. */
    public Tensor out() {
        return out[0];
    }

    public Tensor out(int i) {
        return out[i];
    }

    /** Gradient to the op's only output. */
    public Tensor dout() {
        return dout[0];
    }

    /** Gradient to output i, or null where it is zero. */
    public Tensor dout(int i) {
        return dout[i];
    }

    /** Whether the gradient to input i is wanted. */
    public boolean needs(int i) {
        return needs[i];
    }

    /** To be thrown by a rule for an input that it does not differentiate. */
    public LangevinException missing(int input) {
        return new LangevinException(op.name() + ": no gradient is defined with respect to input " + input
                + " of shape " + in[input].shape() + "; detach() it");
    }
}
