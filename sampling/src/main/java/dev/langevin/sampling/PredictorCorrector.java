package dev.langevin.sampling;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;

/**
 * Predictor-corrector sampling (Song et al. 2021, algorithm 1): at each time first the predictor, then the corrector.
 * With {@link NoCorrector} it is the plain solver of the reverse SDE or of the probability-flow ODE.
 *
 * <p>Final denoising: the last step returns the predictor's mean, without its noise and without a corrector after it,
 * which would put noise back. On a grid that ends at 0 the last step is the denoiser instead.
 */
public record PredictorCorrector(String name, Predictor predictor, Corrector corrector) implements Sampler {

    @Override
    public Schedule schedule() {
        return predictor.schedule();
    }

    @Override
    public int order() {
        return corrector instanceof NoCorrector ? predictor.order() : 0;
    }

    /** The predictor's: a corrector leaves the density of its time where it is. */
    @Override
    public int weakOrder() {
        return predictor.weakOrder();
    }

    @Override
    public Tensor run(ScoreFunction score, Sde sde, Tensor start, double from, SampleOptions options) {
        TimeGrid grid = options.grid(this, sde, from);
        return GridLoop.run(score, sde, start, grid, options, 0, (x, i) -> {
            double t = grid.time(i);
            double tNext = grid.time(i + 1);
            Noise noise = new Noise(options.seed(), options.firstImage(), i);
            Step predicted = predictor.step(score, sde, x, t, tNext, noise);
            boolean last = i + 1 == grid.steps();
            return last ? predicted.mean() : corrector.correct(score, sde, predicted.x(), tNext, t - tNext, noise);
        });
    }
}
