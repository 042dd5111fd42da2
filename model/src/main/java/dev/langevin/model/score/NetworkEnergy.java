package dev.langevin.model.score;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.nn.EnergyNetwork;

/**
 * The energy whose negative gradient is the score of an {@link EnergyNetwork}: ln p_t(x) = -E(x, t) - ln Z(t), with Z unknown, so
 * differences of E between points of one time have a meaning (M-EBM).
 */
public record NetworkEnergy(NetworkScore score) {
    /** @throws InputException when the score is not one of an energy network */
    public NetworkEnergy {
        if (!(score.network() instanceof EnergyNetwork)) {
            throw new InputException("energy: this score is no gradient of a scalar; train a network whose name begins with energy-");
        }
    }

    /**
     * E(x, t) = -(skip |x|^2 / 2 + (out / in) phi(in x, t)) / s, whose gradient is -(skip x + out (grad phi)(in x, t)) / s.
     *
     * @param x (N, ...)
     * @param t in (0, T]
     * @return nats, up to a constant of t (N)
     */
    public Tensor energy(Tensor x, double t) {
        int n = x.dim(0);
        double a = score.sde().meanCoefficient(t);
        double s = score.sde().std(t);
        double in = score.parametrisation().in(a, s);
        EnergyNetwork network = (EnergyNetwork) score.network();
        Tensor label = Tensor.full(Shape.of(n), network.noise().of(score.sde(), t));
        Tensor potential = network.potential(x.mul(in), label, score.classes(n), null).mul(-score.parametrisation().out(a, s) / (in * s));
        return potential.sub(x.square().reshape(n, -1).sum(1).mul(0.5 * score.parametrisation().skip(a, s) / s));
    }
}
