package dev.langevin.cli;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.CountingScore;
import dev.langevin.model.score.Known;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.inverse.LinearOperator;
import dev.langevin.sampling.inverse.Mask;
import dev.langevin.sampling.inverse.PartialIsometry;
import dev.langevin.sampling.inverse.PosteriorScore;
import dev.langevin.sampling.inverse.RePaint;
import dev.langevin.sampling.inverse.Replacement;
import dev.langevin.sampling.stochastic.Ancestral;
import dev.langevin.training.Denoising;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands that draw images with a given measurement share: their options, the drawing, the figures and the picture. */
final class Restoration {

    /** How the measurement is brought in. */
    enum Method { REPLACEMENT, REPAINT, POSTERIOR, CONDITIONAL }

    /** Steps of RePaint that are gone through again together, and how often; the paper's. */
    private static final int JUMP = 10;
    private static final int PASSES = 10;
    private static final double USUAL_NOISE = 0.05;

    /**
     * What is to be restored, in the scope of the drawing.
     *
     * @param operator A
     * @param measurement y, (N, ...)
     * @param truth the images (N, H, W, C) that were measured, or null
     * @param shown what the picture shows above the result, by name: images (N, H, W, C)
     * @param baselines simple restorations, by name, to be compared with
     */
    record Problem(LinearOperator operator, Tensor measurement, Tensor truth, SequencedMap<String, Tensor> shown, Map<String, Tensor> baselines) {
    }

    @Mixin
    private ImageWork work;
    @Mixin
    private SamplerChoice choice;

    @Option(names = "--noise", paramLabel = "S",
            description = "Standard deviation of the measurement's noise, above 0, where black is -1 and white 1: what the method posterior reckons with, and what is "
                    + "added to measurements that are made here for it; the other methods know of none. Default: 0.05.")
    private Double noise;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Seed of all noise. Default: ${DEFAULT-VALUE}.")
    private long seed;

    long seed() {
        return seed;
    }

    /** Where the images come from and the picture goes. */
    ImageWork work() {
        return work;
    }

    private double noise() {
        return noise != null ? noise : USUAL_NOISE;
    }

    /** y = A x, with the noise that the method reckons with: none but for {@link Method#POSTERIOR}. */
    Tensor measure(LinearOperator operator, Tensor x, Method method) {
        Tensor clean = operator.apply(x);
        if (method != Method.POSTERIOR) {
            return clean;
        }
        return clean.add(Tensor.normal(clean.shape(), new RandomKey(seed, Purpose.MEASUREMENT.code(), 0, 0)).mul(noise()));
    }

    /**
     * Draws and reports; the picture has a row for each image that the problem shows, and for the result.
     *
     * @param name of the picture, without its ending
     * @param statement states the problem once the run is open, with a scope
     */
    void run(String name, Method method, Function<ImageWork.Opened, Problem> statement) {
        if (!(noise() > 0 && Double.isFinite(noise()))) {
            throw new InputException("--noise " + noise + ": give a number above 0");
        }
        if (method != Method.POSTERIOR && noise != null) {
            throw new InputException("--noise: method '" + name(method) + "' takes no notice of it; leave it out, or choose --method posterior");
        }
        choice.given().filter(option -> method == Method.REPAINT).ifPresent(option -> {
            throw new InputException(option + ": repaint takes its steps by ancestral sampling; leave the option out, or choose another --method");
        });
        work.open(name, run -> restore(run, method, statement));
    }

    private void restore(ImageWork.Opened run, Method method, Function<ImageWork.Opened, Problem> statement) {
        Console console = work.console();
        Sampler sampler = method == Method.REPAINT ? new RePaint(new Ancestral(Ancestral.Variance.POSTERIOR), JUMP, PASSES)
                : choice.sampler(run.trained().config().sampling());
        if (method == Method.CONDITIONAL && !run.trained().config().inpaints()) {
            throw new InputException("--method conditional: this run's network cannot be told a part of the image; give a run of preset mnist-inpaint, or choose another method");
        }
        if (sampler.adaptive() && method == Method.REPLACEMENT) {
            throw new InputException("--sampler " + sampler.name() + ": chooses its steps itself, so nothing can be put into them; choose another, or --method posterior");
        }
        SampleOptions options = choice.options(sampler, run.trained().config().sampling().steps(), seed);
        Problem problem = Autograd.noGrad(() -> statement.apply(run));
        ScoreFunction own = method == Method.CONDITIONAL ? told(run, known(problem)) : run.score();
        CountingScore score = new CountingScore(choice.bounded(own, run.trained().score().sde()));
        long begin = System.nanoTime();
        Tensor result = draw(score, run, method, problem, sampler, options);
        double seconds = (System.nanoTime() - begin) * 1e-9;
        int n = result.dim(0);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("n", n);
        figures.put("method", name(method));
        figures.put("sampler", sampler.name());
        figures.put("evaluations", (double) score.images() / n);
        console.result("%d images by %s, sampler %s, %.1f evaluations of the network each, %.1f s", n, name(method), sampler.name(),
                (double) score.images() / n, seconds);
        Autograd.noGrad(() -> compare(console, problem, method, result, figures));
        SequencedMap<String, Tensor> rows = new LinkedHashMap<>(problem.shown());
        rows.put("result", result);
        run.write(rows);
        work.figures(figures);
        figures.put("seed", seed);
        figures.put("seconds", seconds);
        figures.putAll(Compute.figures(run.backend()));
        figures.put("out", run.picture().toString());
        console.result("%s", run.picture());
        console.figures(figures);
    }

    private static Known known(Problem problem) {
        if (!(problem.operator() instanceof Mask mask)) {
            throw new InputException("--method conditional: the network can be told pixels, and this measurement is none; choose another method");
        }
        return new Known(problem.measurement(), mask.known());
    }

    private static ScoreFunction told(ImageWork.Opened run, Known known) {
        if (!(run.score() instanceof NetworkScore score)) {
            throw new InputException("--label: method 'conditional' is told what is known, and no class; leave it out, or choose another --method");
        }
        return score.given(known);
    }

    private static String name(Method method) {
        return method.name().toLowerCase(Locale.ROOT);
    }

    private Tensor draw(ScoreFunction score, ImageWork.Opened run, Method method, Problem problem, Sampler sampler, SampleOptions options) {
        Sde sde = run.trained().score().sde();
        int n = problem.measurement().dim(0);
        Shape images = Shape.of(n, run.shape()[0], run.shape()[1], run.shape()[2]);
        try (Progress progress = work.console().progress("restoring", "image", 0, n)) {
            SampleOptions told = options.withListener((step, steps, t, x) -> progress.at((long) n * step / steps, String.format("t %.3f", t)));
            return Autograd.noGrad(() -> switch (method) {
                case POSTERIOR -> sampler.sample(PosteriorScore.isotropic(score, sde, problem.operator(), problem.measurement(), noise(),
                        run.trained().config().objective().sigmaData()), sde, images, told);
                case CONDITIONAL -> known(problem).into(sampler.sample(score, sde, images, told));
                case REPLACEMENT, REPAINT -> {
                    if (!(problem.operator() instanceof PartialIsometry isometry)) {
                        throw new InputException("--method " + name(method) + ": this measurement cannot be put into an image; give --method posterior");
                    }
                    yield sampler.sample(score, sde, images, told.withConstraint(new Replacement(isometry, problem.measurement())));
                }
            });
        }
    }

    /** The result's own measurement against the given one, and the distance of result and baselines from the truth. */
    private Void compare(Console console, Problem problem, Method method, Tensor result, Map<String, Object> figures) {
        double residual = Math.sqrt(problem.operator().apply(result).sub(problem.measurement()).square().reshape(-1).mean(0).item());
        figures.put("residual", residual);
        figures.put("noise", method == Method.POSTERIOR ? noise() : 0);
        console.result("measured again, the results differ by %.2g (root mean square) from what was given%s", residual,
                method == Method.POSTERIOR ? String.format(", noise %.2g", noise()) : "");
        if (problem.truth() != null) {
            StringBuilder line = new StringBuilder(String.format("PSNR %.2f dB", psnr(result, problem.truth())));
            figures.put("psnr", psnr(result, problem.truth()));
            problem.baselines().forEach((name, baseline) -> {
                figures.put("psnr_" + name.replace(' ', '_'), psnr(baseline, problem.truth()));
                line.append(String.format(", %s %.2f dB", name, psnr(baseline, problem.truth())));
            });
            console.result("%s", line);
        }
        return null;
    }

    /** Peak signal-to-noise ratio in dB of images in [-1, 1], to which values outside are clamped; all images as one. */
    private static double psnr(Tensor image, Tensor truth) {
        float[] seen = image.toArray();
        for (int i = 0; i < seen.length; i++) {
            seen[i] = Math.clamp(seen[i], -1, 1);
        }
        return 10 * Math.log10(4 / Denoising.meanSquaredError(seen, truth.toArray()));
    }
}
