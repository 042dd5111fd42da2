package dev.langevin.sampling;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Repeated;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.update.Assign;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;

/**
 * Predictor-corrector sampling (Song et al. 2021, algorithm 1): at each time first the predictor, then the corrector.
 * With {@link NoCorrector} it is the plain solver of the reverse SDE or of the probability-flow ODE.
 *
 * <p>Final denoising: the last step returns the predictor's mean, without its noise and without a corrector after it,
 * which would put noise back.
 *
 * <p>Nothing is recorded for gradients; a score function that needs some switches recording on for itself.
 */
public record PredictorCorrector(String name, Predictor predictor, Corrector corrector) implements Sampler {

    @Override
    public Tensor run(ScoreFunction score, Sde sde, Tensor x, double from, SampleOptions options) {
        TimeGrid grid = new TimeGrid(from, sde.samplingEpsilon(), options.steps());
        return Autograd.noGrad(() -> loop(score, sde, x, grid, options));
    }

    private Tensor loop(ScoreFunction score, Sde sde, Tensor start, TimeGrid grid, SampleOptions options) {
        Tensor x = start.add(0);
        options.listener().at(0, grid.steps(), grid.time(0), x);
        try (Repeated step = Scope.current().backend().repeated(i -> step(score, sde, x, grid, (int) i, options))) {
            for (int i = 0; i < grid.steps(); i++) {
                if (i + 1 < grid.steps()) {
                    step.run(i);
                } else {
                    step(score, sde, x, grid, i, options); // it differs from the others
                }
                options.listener().at(i + 1, grid.steps(), grid.time(i + 1), x);
            }
        }
        return x;
    }

    private void step(ScoreFunction score, Sde sde, Tensor x, TimeGrid grid, int i, SampleOptions options) {
        double t = grid.time(i);
        double tNext = grid.time(i + 1);
        boolean last = i + 1 == grid.steps();
        Noise noise = new Noise(options.seed(), options.firstImage(), i);
        try (Scope scope = Scope.open()) {
            Step predicted = predictor.step(score, sde, x, t, tNext, noise);
            Tensor next = last ? predicted.mean()
                    : corrector.correct(score, sde, predicted.x(), tNext, t - tNext, noise);
            new Assign().apply(x, next);
        }
    }
}
