package dev.langevin.sampling.adaptive;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.update.Assign;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.score.Tweedie;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import java.util.Arrays;

/**
 * The reverse SDE with steps of its own choice (Jolicoeur-Martineau et al. 2021, "Gotta Go Fast When Generating Data with
 * Score-Based Models", algorithm 1). With b(x, t) = -f x + g^2 score, h = t - t' and the Brownian path's increment dw over the step,
 * <pre>
 * x1 = x + b(x, t) h + g(t) dw                                          (Euler-Maruyama)
 * x2 = x + (b(x, t) + b(x1, t')) h / 2 + (g(t) + g(t')) / 2 dw          (improved Euler)
 * E  = root mean square of (x1 - x2) / (tolerance max(1, |x1|, |x1 of the step before|))
 * </pre>
 * A step with E of at most 1 is accepted and leads to x2; else a shorter one is tried. The next is 0.9 E^(-2/3) times as long, E
 * being of the order h^1.5. Two scores a try. At the end the denoiser.
 *
 * <p>Differences from the paper: a rejected step follows the same path when it is tried again (the paper draws new noise, so that small
 * increments are accepted more often than large ones); for that, a step is made of dyadic intervals of {@link BrownianInterval}
 * over the time from start to end. The exponent is 2/3, where the paper has 0.9. The absolute tolerance is the relative one, for data
 * of size 1. E is of each image by itself, which has its own time and step, so that its result does not depend on its batch.
 *
 * <p>Measured with a tolerance of 0.02: 180 to 200 scores on VP and sub-VP, 390 on VE. What it gains over Euler-Maruyama with even steps
 * depends on how even the right steps are: on VP and data with a coordinate of deviation 0.03, a fourth to a fifth of the scores for the same
 * error of that deviation; for well-rounded Gaussians on VP about the same number or somewhat fewer, and on sub-VP and VE, whose even
 * steps are near the best already, none or a loss of up to a factor 3.
 *
 * <p>All images meet after each sixteenth of the time; the listener hears of these states, and of the last one, the denoiser's.
 *
 * @param tolerance of the local error, in (0, 1); the paper's range is from 0.01, precise, to 0.05, fast
 */
public record AdaptiveSde(double tolerance) implements Sampler {

    public AdaptiveSde {
        if (!(tolerance > 0 && tolerance < 1)) {
            throw new InputException("adaptive SDE solver: expected a tolerance between 0 and 1, got " + tolerance);
        }
    }

    @Override
    public String name() {
        return "adaptive-sde";
    }

    @Override
    public int weakOrder() {
        return 2;
    }

    @Override
    public boolean adaptive() {
        return true;
    }

    @Override
    public Tensor run(ScoreFunction score, Sde sde, Tensor start, double from, SampleOptions options) {
        options.refuseConstraint("sampler '" + name() + "'");
        double to = sde.samplingEpsilon();
        if (!(from > to && from <= sde.endTime())) {
            throw new InputException("adaptive SDE solver: start at " + from + ": expected a time above " + to + " and up to " + sde.endTime());
        }
        int legs = 1 << BrownianInterval.TRUNK;
        AdaptiveTrack[] tracks = new AdaptiveTrack[start.dim(0)];
        for (int i = 0; i < tracks.length; i++) {
            tracks[i] = new AdaptiveTrack(options.seed(), options.firstImage() + i, image(start.shape()), from, to);
        }
        return Autograd.noGrad(() -> {
            Tensor x = start.add(0);
            Tensor before = start.add(0);
            options.listener().at(0, legs + 1, from, x);
            for (int leg = 0; leg < legs; leg++) {
                for (AdaptiveTrack track : tracks) {
                    track.enter(leg);
                }
                while (!Arrays.stream(tracks).allMatch(AdaptiveTrack::arrived)) {
                    try (Scope scope = Scope.open()) {
                        attempt(score, sde, x, before, tracks);
                    }
                }
                options.listener().at(leg + 1, legs + 1, tracks.length == 0 ? to : tracks[0].time(), x);
            }
            try (Scope scope = Scope.open()) {
                new Assign().apply(x, Tweedie.denoise(score, sde, x, to));
            }
            options.listener().at(legs + 1, legs + 1, 0, x);
            return x;
        });
    }

    /**
     * One try of every image that has not arrived. The others stand still, their step being 0, and are not left out: a score may hold
     * something for each image of the batch.
     *
     * @param x (N, ...): becomes the new state of the images whose step is accepted
     * @param before (N, ...): x1 of the last accepted step; renewed likewise
     */
    private void attempt(ScoreFunction score, Sde sde, Tensor x, Tensor before, AdaptiveTrack[] tracks) {
        int n = tracks.length;
        int length = x.size() / n;
        double[] t = new double[n];
        double[] tNext = new double[n];
        double[] h = new double[n];
        double[] increments = new double[x.size()];
        for (int i = 0; i < n; i++) {
            t[i] = tracks[i].time();
            tNext[i] = tracks[i].propose(increments, i * length);
            h[i] = t[i] - tNext[i];
        }
        Tensor dw = Tensor.of(x.shape(), increments);
        Tensor drift = drift(score, sde, x, t);
        Tensor euler = x.add(drift.mul(column(x, i -> h[i]))).add(dw.mul(column(x, i -> sde.diffusion(t[i]))));
        Tensor drifts = drift.add(drift(score, sde, euler, tNext));
        Tensor heun = x.add(drifts.mul(column(x, i -> 0.5 * h[i])))
                .add(dw.mul(column(x, i -> 0.5 * (sde.diffusion(t[i]) + sde.diffusion(tNext[i])))));
        Tensor size = larger(larger(euler.abs(), before.abs()), Tensor.scalar(1));
        double[] errors = euler.sub(heun).div(size).reshape(n, length).square().mean(1).toDoubles();
        boolean[] accepted = new boolean[n];
        for (int i = 0; i < n; i++) {
            accepted[i] = tracks[i].judge(Math.sqrt(errors[i]) / tolerance);
        }
        Tensor moves = column(x, i -> accepted[i] ? 1 : 0);
        new Assign().apply(x, heun.where(moves, x));
        new Assign().apply(before, euler.where(moves, before));
    }

    /** b(x, t) with a time for each image. */
    private static Tensor drift(ScoreFunction score, Sde sde, Tensor x, double[] t) {
        Tensor pull = score.score(x, t).mul(column(x, i -> sde.diffusion(t[i]) * sde.diffusion(t[i])));
        return pull.sub(x.mul(column(x, i -> sde.drift(t[i]))));
    }

    private static Tensor larger(Tensor a, Tensor b) {
        return a.where(a.greater(b), b);
    }

    private interface OfImage {
        double at(int i);
    }

    /** A number for each image of x (N, ...), as (N, 1, ..., 1). */
    private static Tensor column(Tensor x, OfImage value) {
        double[] values = new double[x.dim(0)];
        Arrays.setAll(values, value::at);
        return Tensor.perExample(x.rank(), values);
    }

    private static Shape image(Shape images) {
        int[] dims = images.dims().clone();
        dims[0] = 1;
        return Shape.of(dims);
    }
}
