package dev.langevin.sampling.likelihood;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.Jacobian;
import dev.langevin.sampling.adaptive.ProbabilityFlow;
import dev.langevin.sampling.adaptive.VectorField;

/**
 * The probability flow and what it does to a density, together: for states (x, l) of d + 1 numbers
 * <pre>dx/du = c x - s^2 score(x, t), dl/du = div(dx/du) = c d - s^2 tr(d score / dx)</pre>
 * (Chen et al. 2018, "Neural Ordinary Differential Equations", instantaneous change of variables; c is
 * {@link ProbabilityFlow#stretch}). The linear term's divergence is exact; only the score's is ever estimated.
 */
record DensityFlow(ProbabilityFlow flow, Divergence.Trace trace) implements VectorField {

    /** @param state (n, d + 1): images in rows, each followed by its l */
    @Override
    public Tensor at(Tensor state, double[] u, int[] rows) {
        int n = state.dim(0);
        int d = state.dim(1) - 1;
        double[] t = flow.times(u);
        Tensor x = state.slice(1, 0, d);
        Jacobian jacobian = Jacobian.of(images -> flow.score().forImages(rows).score(images, t), flow.images(x), false);
        Tensor dx = flow.velocity(x, jacobian.value().detach().reshape(n, d), t);
        Tensor dl = ProbabilityFlow.column(t, s -> d * flow.stretch(s))
                .sub(trace.of(jacobian, rows).reshape(n, 1).mul(ProbabilityFlow.column(t, flow::variance)));
        return Tensor.concat(1, dx, dl);
    }

    @Override
    public String place(double u) {
        return flow.place(u);
    }
}
