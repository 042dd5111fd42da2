package dev.langevin.cli;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.CountingScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.inverse.LinearOperator;
import dev.langevin.sampling.inverse.PartialIsometry;
import dev.langevin.sampling.inverse.PosteriorScore;
import dev.langevin.sampling.inverse.RePaint;
import dev.langevin.sampling.inverse.Replacement;
import dev.langevin.sampling.stochastic.Ancestral;
import dev.langevin.training.Denoising;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.image.ImageGrid;
import dev.langevin.training.image.Png;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands that draw images with a given measurement share: their options, the drawing, the figures and the picture. */
final class Restoration {

    /** How the measurement is brought in. */
    enum Method { REPLACEMENT, REPAINT, POSTERIOR }

    /** Steps of RePaint that are gone through again together, and how often; the paper's. */
    private static final int JUMP = 10;
    private static final int PASSES = 10;

    /**
     * What is to be restored, in the scope of the drawing.
     *
     * @param operator A
     * @param measurement y, one for each image
     * @param truth the images (N, H, W, C) that were measured, or null
     * @param shown the measurement as an image (N, H, W, C)
     * @param baselines simple restorations, by name, to be compared with
     */
    record Problem(LinearOperator operator, Tensor measurement, Tensor truth, Tensor shown, Map<String, Tensor> baselines) {
    }

    /** States a problem; called once the run is open, with a scope. */
    @FunctionalInterface
    interface Statement {
        /** @param shape height, width and channels */
        Problem state(TrainedRun trained, int[] shape);
    }

    @Mixin
    private SamplerChoice choice;

    @Option(names = "--noise", paramLabel = "S", defaultValue = "0.05",
            description = "Standard deviation of the measurement's noise, where black is -1 and white 1: what the method posterior reckons with, and what is added "
                    + "to measurements that are made here for it. Default: ${DEFAULT-VALUE}.")
    private double noise;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Seed of all noise. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--out", paramLabel = "FILE.png", description = "The picture. Default: a name after the command, in the run's folder.")
    private Path out;

    long seed() {
        return seed;
    }

    /** y = A x, with the noise that the method reckons with: none but for {@link Method#POSTERIOR}. */
    Tensor measure(LinearOperator operator, Tensor x, Method method) {
        Tensor clean = operator.apply(x);
        if (method != Method.POSTERIOR) {
            return clean;
        }
        return clean.add(Tensor.normal(clean.shape(), new RandomKey(seed, Purpose.MEASUREMENT.code(), 0, 0)).mul(noise));
    }

    /** Draws and reports; the picture has a row for the truth, for the measurement and for the result. */
    void run(Console console, Compute compute, Path run, String name, Method method, Statement statement) {
        if (!(noise > 0 && Double.isFinite(noise))) {
            throw new InputException("--noise " + noise + ": give a number above 0");
        }
        Path file = out != null ? out : run.resolve(name + ".png");
        try (Backend backend = compute.open(console); TrainedRun trained = TrainedRun.open(run, TrainedRun.Weights.EMA, backend);
                Scope scope = Scope.open(backend)) {
            int[] shape = ImageSource.shape(trained, run);
            OutputFile.check("--out", file);
            if (method == Method.REPAINT && choice.named()) {
                throw new InputException("--sampler: repaint takes its steps by ancestral sampling; leave the option out, or choose another --method");
            }
            Sampler usual = choice.sampler(trained.config().sampling());
            if (usual.adaptive() && method != Method.POSTERIOR) {
                throw new InputException("--sampler " + usual.name() + ": chooses its steps itself, so nothing can be put into them; choose another, or --method posterior");
            }
            Problem problem = Autograd.noGrad(() -> statement.state(trained, shape));
            Sampler sampler = method == Method.REPAINT ? new RePaint(new Ancestral(Ancestral.Variance.POSTERIOR), JUMP, PASSES) : usual;
            SampleOptions options = choice.options(usual, trained.config().sampling().steps(), seed);
            CountingScore score = new CountingScore(choice.bounded(trained.score(), trained.score().sde()));
            long begin = System.nanoTime();
            Tensor result = draw(console, score, trained, method, problem, sampler, options);
            double seconds = (System.nanoTime() - begin) * 1e-9;
            int n = result.dim(0);
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("n", n);
            figures.put("method", method.name().toLowerCase(Locale.ROOT));
            figures.put("sampler", sampler.name());
            figures.put("evaluations", (double) score.images() / n);
            console.result("%d images by %s, sampler %s, %.1f evaluations of the network each, %.1f s", n, figures.get("method"), sampler.name(),
                    (double) score.images() / n, seconds);
            Autograd.noGrad(() -> compare(console, problem, method, result, figures));
            write(file, problem, result, shape);
            figures.put("seed", seed);
            figures.put("seconds", seconds);
            figures.putAll(Compute.figures(backend));
            figures.put("out", file.toString());
            console.result("%s", file);
            console.figures(figures);
        }
    }

    private Tensor draw(Console console, ScoreFunction score, TrainedRun trained, Method method, Problem problem, Sampler sampler, SampleOptions options) {
        Sde sde = trained.score().sde();
        Shape images = problem.shown().shape();
        int n = images.dim(0);
        try (Progress progress = console.progress("restoring", "image", 0, n)) {
            SampleOptions told = options.withListener((step, steps, t, x) -> progress.at((long) n * step / steps, String.format("t %.3f", t)));
            return Autograd.noGrad(() -> switch (method) {
                case POSTERIOR -> sampler.sample(PosteriorScore.isotropic(score, sde, problem.operator(), problem.measurement(), noise,
                        trained.config().objective().sigmaData()), sde, images, told);
                case REPLACEMENT, REPAINT -> {
                    if (!(problem.operator() instanceof PartialIsometry isometry)) {
                        throw new InputException("--method " + method.name().toLowerCase(Locale.ROOT) + ": this measurement cannot be put into an image; give --method posterior");
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
        figures.put("noise", method == Method.POSTERIOR ? noise : 0);
        console.result("measured again, the results differ by %.2g (root mean square) from what was given%s", residual,
                method == Method.POSTERIOR ? String.format(", noise %.2g", noise) : "");
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

    private static void write(Path file, Problem problem, Tensor result, int[] shape) {
        int n = result.dim(0);
        Tensor rows = problem.truth() == null ? Tensor.concat(0, problem.shown(), result) : Tensor.concat(0, problem.truth(), problem.shown(), result);
        Png.write(file, ImageGrid.of(rows.toArray(), rows.dim(0), shape[0], shape[1], shape[2], n));
    }

    /** One or more images of a run's shape. */
    static Tensor images(float[] values, int[] shape) {
        int size = shape[0] * shape[1] * shape[2];
        return Tensor.of(Shape.of(values.length / size, shape[0], shape[1], shape[2]), values);
    }
}
