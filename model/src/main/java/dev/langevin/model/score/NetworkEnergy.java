package dev.langevin.model.score;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.nn.EnergyNetwork;
import dev.langevin.model.sde.Sde;

/**
 * The energy whose negative gradient is the {@link NetworkScore} of an {@link EnergyNetwork}: ln p_t(x) = -E(x, t) - ln Z(t), with
 * Z unknown, so differences of E between points of one time have a meaning (M-EBM).
 */
public record NetworkEnergy(EnergyNetwork network, Parametrisation parametrisation, Sde sde) {
    /**
     * E(x, t) = -(skip |x|^2 / 2 + (out / in) phi(in x, t)) / s, whose gradient is -(skip x + out (grad phi)(in x, t)) / s.
     *
     * @param x (N, ...)
     * @param t in (0, T]
     * @return nats, up to a constant of t (N)
     */
    public Tensor energy(Tensor x, double t) {
        int n = x.dim(0);
        double a = sde.meanCoefficient(t);
        double s = sde.std(t);
        double in = parametrisation.in(a, s);
        Tensor potential = network.potential(x.mul(in), Tensor.full(Shape.of(n), t), null).mul(-parametrisation.out(a, s) / (in * s));
        return potential.sub(x.square().reshape(n, -1).sum(1).mul(0.5 * parametrisation.skip(a, s) / s));
    }
}
