package dev.langevin.engine.op;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import java.util.Arrays;

/**
 * The vector-Jacobian product of a fused op f with one output: inputs x_0, ..., x_k-1, dy; outputs dx_i = dy^T df/dx_i,
 * null where bit i of {@code needs} is not set. Its twin differentiates f's twin, and can be differentiated again.
 *
 * @param forward the op f
 * @param needs bit i is set when the gradient to input i is wanted
 */
public record Vjp<F extends Fused>(F forward, int needs) implements Fused {
    @Override
    public String name() {
        return forward.name() + "Backward";
    }

    /** Whether the gradient to input i of the forward op is wanted. */
    public boolean needs(int i) {
        return (needs >> i & 1) != 0;
    }

    @Override
    public Shape[] shapes(Shape... in) {
        int k = in.length - 1;
        Shape[] x = Arrays.copyOf(in, k);
        Shape y = forward.shapes(x)[0];
        if (!y.equals(in[k])) {
            throw new ShapeException(name(), "an upstream gradient of shape " + y, in);
        }
        for (int i = 0; i < k; i++) {
            x[i] = needs(i) ? x[i] : null;
        }
        return x;
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        if (Autograd.isRecording()) {
            return differentiate(true, in);
        }
        try (Scope scope = Scope.open()) {
            Tensor[] out = differentiate(false, in);
            for (Tensor t : out) {
                if (t != null) {
                    scope.keep(t);
                }
            }
            return out;
        }
    }

    private Tensor[] differentiate(boolean createGraph, Tensor[] in) {
        return Autograd.withRecording(true, () -> {
            int k = in.length - 1;
            Tensor[] x = new Tensor[k];
            Tensor[] wrt = new Tensor[Integer.bitCount(needs)];
            for (int i = 0, j = 0; i < k; i++) {
                // A view of its own for each input: one tensor may stand in two places, and each place has its gradient.
                Tensor source = createGraph ? in[i] : in[i].detach();
                x[i] = source.reshape(source.shape());
                if (needs(i)) {
                    x[i] = x[i].requiresGrad() ? x[i] : x[i].requireGrad();
                    wrt[j++] = x[i];
                }
            }
            Tensor y = forward.twin(x)[0];
            Tensor[] gradients = Autograd.gradients(y, in[k], createGraph, wrt);
            Tensor[] out = new Tensor[k];
            for (int i = 0, j = 0; i < k; i++) {
                out[i] = needs(i) ? gradients[j++] : null;
            }
            return out;
        });
    }

    /** Through the twin: the gradient of sum_i <dout_i, dx_i>. */
    @Override
    public Tensor[] gradients(GradientContext c) {
        boolean again = Autograd.isRecording();
        return Autograd.withRecording(true, () -> {
            Tensor[] leaves = new Tensor[c.inputs()];
            Tensor[] wrt = new Tensor[c.inputs()];
            int wanted = 0;
            for (int i = 0; i < leaves.length; i++) {
                Tensor source = again ? c.in(i) : c.in(i).detach();
                leaves[i] = source.reshape(source.shape());
                if (c.needs(i)) {
                    leaves[i] = leaves[i].requiresGrad() ? leaves[i] : leaves[i].requireGrad();
                    wrt[wanted++] = leaves[i];
                }
            }
            Tensor[] dx = differentiate(true, leaves);
            Tensor sum = Tensor.scalar(0);
            for (int i = 0; i < dx.length; i++) {
                if (c.dout(i) != null) {
                    sum = sum.add(dx[i].mul(c.dout(i)).sum());
                }
            }
            Tensor[] din = new Tensor[c.inputs()];
            if (sum.requiresGrad()) {
                Tensor[] gradients = Autograd.gradients(sum, again, Arrays.copyOf(wrt, wanted));
                for (int i = 0, j = 0; i < din.length; i++) {
                    din[i] = c.needs(i) ? gradients[j++] : null;
                }
            }
            return din;
        });
    }
}
