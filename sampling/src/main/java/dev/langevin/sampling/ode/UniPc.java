package dev.langevin.sampling.ode;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.update.Assign;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.score.Tweedie;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Corrector;
import dev.langevin.sampling.GridLoop;
import dev.langevin.sampling.NoiseLevel;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.TimeGrid;

/**
 * UniPC-2 (Zhao et al. 2023, "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models", algorithms 1
 * and 2) with B(h) = e^h - 1, on the denoised image D as in appendix A: a multistep predictor of order 2, and after it a corrector
 * that takes in the denoised image of the predicted state, which the next step needs anyway. So it costs one score a step, and
 * the corrector raises the order by one. The last state is not corrected; that leaves the order as it is. (B(h) = h has about twice
 * the error on F-FLOW.)
 *
 * <p>With k = -h, h = lambda' - lambda, and r = lambda_(i-1) - lambda_i over h:
 * <pre>
 * linear  = (s'/s) x - a' (e^k - 1) D_i
 * predict = linear - a' (e^k - 1)/2 (D_(i-1) - D_i)/r
 * correct = linear - a' (c_1 (D_(i-1) - D_i)/r + c_2 (D_(i+1) - D_i)),  c_1 + c_2 = k phi_2(k),  r c_1 + c_2 = 2 k phi_3(k)
 * </pre>
 * (B cancels in the corrector). Without a past, in the first step, predict = linear, c_1 = 0 and c_2 = (e^k - 1)/2.
 */
public record UniPc() implements Sampler {

    @Override
    public String name() {
        return "unipc";
    }

    @Override
    public Schedule schedule() {
        return Schedules.LOG_SNR;
    }

    @Override
    public int order() {
        return 3;
    }

    /** A step between two times of the grid: k, r, and the part that past and future denoised images add to. */
    private record Move(NoiseLevel from, NoiseLevel to, double k, double r) {

        /** The step from time i of the grid; r is infinite in the first, which has no past. */
        static Move of(Sde sde, TimeGrid grid, int i) {
            NoiseLevel from = NoiseLevel.at(sde, grid.time(i));
            NoiseLevel to = NoiseLevel.at(sde, grid.time(i + 1));
            double h = to.lambda() - from.lambda();
            double past = i == 0 ? Double.NEGATIVE_INFINITY : NoiseLevel.at(sde, grid.time(i - 1)).lambda();
            return new Move(from, to, -h, (past - from.lambda()) / h);
        }

        Tensor linear(Tensor x, Tensor denoised) {
            return x.mul(to.s() / from.s()).sub(denoised.mul(to.a() * Math.expm1(k)));
        }

        Tensor predict(Tensor x, Tensor denoised, Tensor past) {
            return linear(x, denoised).sub(past.sub(denoised).mul(to.a() * 0.5 * Math.expm1(k) / r));
        }

        Tensor correct(Tensor x, Tensor denoised, Tensor past, Tensor future) {
            boolean first = Double.isInfinite(r);
            double c1 = first ? 0 : k * (Phi.two(k) - 2 * Phi.three(k)) / (1 - r);
            double c2 = first ? 0.5 * Math.expm1(k) : k * Phi.two(k) - c1;
            return linear(x, denoised).sub(past.sub(denoised).mul(to.a() * c1 / r)).sub(future.sub(denoised).mul(to.a() * c2));
        }
    }

    @Override
    public Tensor run(ScoreFunction score, Sde sde, Tensor start, double from, SampleOptions options) {
        TimeGrid grid = options.grid(this, sde, from);
        Tensor corrected = Tensor.zeros(start.shape()); // x_(i-1), corrected
        Tensor last = Tensor.zeros(start.shape()); // D_(i-1)
        Tensor beforeLast = Tensor.zeros(start.shape()); // D_(i-2)
        return GridLoop.run(score, sde, start, grid, options, 1, (x, i) -> {
            Tensor denoised = Tweedie.denoise(score, sde, x, grid.time(i));
            Tensor here = i == 0 ? x : Move.of(sde, grid, i - 1).correct(corrected, last, beforeLast, denoised);
            Tensor next = Move.of(sde, grid, i).predict(here, denoised, last);
            new Assign().apply(beforeLast, last);
            new Assign().apply(last, denoised);
            new Assign().apply(corrected, here);
            return next;
        });
    }
}
