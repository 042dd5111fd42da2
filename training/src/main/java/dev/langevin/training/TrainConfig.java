package dev.langevin.training;

import dev.langevin.engine.InputException;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.nn.ScoreUNet;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.SubVpSde;
import dev.langevin.model.sde.VeSde;
import dev.langevin.model.sde.VpSde;
import dev.langevin.sampling.Samplers;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.loss.Times;
import dev.langevin.training.loss.Weighting;
import dev.langevin.training.optim.LearningRate;
import dev.langevin.training.optim.Optimiser;
import dev.langevin.training.run.TomlConfig;
import java.util.Arrays;
import java.util.List;

/**
 * Everything that defines a training run: what a configuration file holds, under the same names.
 *
 * @param seed of initial weights, order of the data, times, noise and dropout
 * @param data name of a data set: {@code mnist} or one of the two-dimensional sets
 * @param network {@code unet} or {@code mlp}: which of the two tables below counts
 * @param unet the U-Net
 * @param mlp the network for points
 * @param sde the forward process
 * @param objective what is minimised
 * @param optimiser how
 * @param run how long, and what is written when
 * @param sampling the sample grids
 */
public record TrainConfig(long seed, String data, String network, UNetConfig unet, Mlp mlp, Process sde,
        Objective objective, Optimisation optimiser, Run run, Sampling sampling) {

    /**
     * @param width length of the hidden layers, at least 2
     * @param depth number of hidden layers, at least 1
     * @param timeScale what the time is multiplied by before the sines
     */
    public record Mlp(int width, int depth, double timeScale) {
        public Mlp {
            if (width < 2 || depth < 1 || !Double.isFinite(timeScale)) {
                throw new InputException("width must be at least 2, depth at least 1 and time-scale finite, got " + width + ", " + depth
                        + " and " + timeScale);
            }
        }
    }

    /**
     * @param kind {@code vp}, {@code sub-vp} or {@code ve}
     * @param betaMin beta(0) of vp and sub-vp
     * @param betaMax beta(1) of vp and sub-vp
     * @param sigmaMin smallest deviation of ve
     * @param sigmaMax greatest deviation of ve
     */
    public record Process(String kind, double betaMin, double betaMax, double sigmaMin, double sigmaMax) {
        public Process {
            build(kind, betaMin, betaMax, sigmaMin, sigmaMax);
        }

        public Sde build() {
            return build(kind, betaMin, betaMax, sigmaMin, sigmaMax);
        }

        private static Sde build(String kind, double betaMin, double betaMax, double sigmaMin, double sigmaMax) {
            return switch (kind) {
                case "vp" -> new VpSde(betaMin, betaMax);
                case "sub-vp" -> new SubVpSde(betaMin, betaMax);
                case "ve" -> new VeSde(sigmaMin, sigmaMax);
                default -> throw new InputException("kind '" + kind + "' is unknown; use vp, sub-vp or ve");
            };
        }
    }

    /**
     * @param parametrisation {@code noise} or {@code score}
     * @param weighting lambda(t)
     * @param times how times are drawn
     */
    public record Objective(String parametrisation, Weighting weighting, Times times) {
        public Objective {
            Parametrisation.named(parametrisation);
        }
    }

    /**
     * @param batch examples a step
     * @param microBatches parts that a batch is split into, whose gradients are added: less memory, the same result
     * @param learningRate peak, above 0
     * @param warmupSteps steps of its linear rise, at least 0
     * @param lastLearningRate share of the peak at the final step (cosine), in [0, 1]; 1 for a constant rate
     * @param beta1 decay of the gradient's average, in [0, 1)
     * @param beta2 decay of the squared gradient's average, in [0, 1)
     * @param eps added to the root of the latter, above 0
     * @param weightDecay decoupled, at least 0; 0 for plain Adam
     * @param clip greatest global norm of the gradients, above 0; inf for none
     * @param emaDecay greatest decay of the weights' average, in [0, 1)
     */
    public record Optimisation(int batch, int microBatches, double learningRate, int warmupSteps, double lastLearningRate,
            double beta1, double beta2, double eps, double weightDecay, double clip, double emaDecay) {
        public Optimisation {
            if (batch < 1 || microBatches < 1 || batch % microBatches != 0) {
                throw new InputException("batch " + batch + " does not divide into micro-batches " + microBatches);
            }
            if (!(learningRate > 0 && Double.isFinite(learningRate)) || !(clip > 0) || !(eps > 0 && Double.isFinite(eps)) || warmupSteps < 0) {
                throw new InputException("learning-rate, clip and eps must be above 0, warmup-steps at least 0");
            }
            if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1) || !(emaDecay >= 0 && emaDecay < 1)) {
                throw new InputException("beta1, beta2 and ema-decay must be in [0, 1)");
            }
            if (!(weightDecay >= 0 && Double.isFinite(weightDecay)) || !(lastLearningRate >= 0 && lastLearningRate <= 1)) {
                throw new InputException("weight-decay must be at least 0, last-learning-rate in [0, 1]");
            }
        }

        public Optimiser.Settings settings() {
            return new Optimiser.Settings(beta1, beta2, eps, weightDecay, clip, emaDecay);
        }
    }

    /**
     * @param steps training steps
     * @param logEvery steps between rows of the log; a checkpoint has a row too
     * @param checkpointEvery steps between checkpoints
     * @param keep checkpoints that are kept
     * @param sampleEvery steps between sample grids; 0 for one at the end only
     */
    public record Run(long steps, int logEvery, int checkpointEvery, int keep, int sampleEvery) {
        public Run {
            if (steps < 1 || steps > Integer.MAX_VALUE || logEvery < 1 || checkpointEvery < 1 || keep < 1 || sampleEvery < 0) {
                throw new InputException("steps (at most 2147483647), log-every, checkpoint-every and keep must be at least 1, sample-every at least 0");
            }
        }
    }

    /**
     * @param sampler name of a sampler
     * @param steps its steps, for the grid at the end
     * @param draftSteps its steps, for grids during training
     * @param n examples in the grid at the end
     */
    public record Sampling(String sampler, int steps, int draftSteps, int n) {
        public Sampling {
            if (steps < 1 || draftSteps < 1 || n < 1) {
                throw new InputException("steps, draft-steps and n must be at least 1");
            }
            Samplers.named(sampler);
        }
    }

    public static TrainConfig defaults() {
        return new TrainConfig(1, "mnist", "unet", UNetConfig.defaults(), new Mlp(128, 3, 999),
                new Process("vp", 0.1, 20, 0.01, 50), new Objective("noise", Weighting.SIGMA2, Times.STRATIFIED),
                new Optimisation(64, 1, 2e-4, 100, 1, 0.9, 0.999, 1e-8, 0, 1, 0.999),
                new Run(10_000, 10, 1000, 3, 0), new Sampling("pc", 500, 100, 64));
    }

    public TrainConfig {
        if (!network.equals("unet") && !network.equals("mlp")) {
            throw new InputException("network '" + network + "' is unknown; use unet or mlp");
        }
    }

    public TrainConfig withSeed(long seed) {
        return new TrainConfig(seed, data, network, unet, mlp, sde, objective, optimiser, run, sampling);
    }

    public TrainConfig withSteps(long steps) {
        return withRun(new Run(steps, run.logEvery(), run.checkpointEvery(), run.keep(), run.sampleEvery()));
    }

    public TrainConfig withCheckpointEvery(int steps) {
        return withRun(new Run(run.steps(), run.logEvery(), steps, run.keep(), run.sampleEvery()));
    }

    /** With another number of examples in the grid at the end. */
    public TrainConfig withSamples(int n) {
        return new TrainConfig(seed, data, network, unet, mlp, sde, objective, optimiser, run,
                new Sampling(sampling.sampler(), sampling.steps(), sampling.draftSteps(), n));
    }

    public TrainConfig withBatch(int batch) {
        Optimisation o = optimiser;
        return new TrainConfig(seed, data, network, unet, mlp, sde, objective, new Optimisation(batch, o.microBatches(),
                o.learningRate(), o.warmupSteps(), o.lastLearningRate(), o.beta1(), o.beta2(), o.eps(), o.weightDecay(),
                o.clip(), o.emaDecay()), run, sampling);
    }

    private TrainConfig withRun(Run run) {
        return new TrainConfig(seed, data, network, unet, mlp, sde, objective, optimiser, run, sampling);
    }

    /** Shape of one example that the network takes: (H, W, C) for images, (2) for points. */
    public int[] exampleShape() {
        return network.equals("unet") ? new int[] {unet.imageSize(), unet.imageSize(), unet.channels()} : new int[] {2};
    }

    /**
     * Whether a run of this configuration on {@code examples} can begin; to be asked before anything is written.
     *
     * @throws InputException when the examples are not of the shape that the network takes, or a batch of them or
     *         the sample grid is too large
     */
    public void check(Dataset examples) {
        if (!Arrays.equals(examples.exampleShape(), exampleShape())) {
            throw new InputException("data set " + data + " has examples of shape " + Arrays.toString(examples.exampleShape())
                    + ", the network takes " + Arrays.toString(exampleShape())
                    + "; change data, network, or unet.image-size and unet.channels in the configuration");
        }
        if ((long) optimiser.batch() * examples.exampleSize() > Integer.MAX_VALUE) {
            throw new InputException("optimiser.batch " + optimiser.batch() + ": a batch has more than 2^31 - 1 numbers; use a smaller one");
        }
        SampleSheet.length(sampling.n(), examples.exampleShape());
    }

    /** What the weights of this configuration mean, as TOML: the part of it that cannot change behind a checkpoint. */
    public String model() {
        return TomlConfig.write(new Model(network, network.equals("unet") ? unet : null, network.equals("mlp") ? mlp : null, sde,
                objective.parametrisation()));
    }

    private record Model(String network, UNetConfig unet, Mlp mlp, Process sde, String parametrisation) {
    }

    /**
     * Whether weights that were trained under {@code trained}, the {@link #model} of then, mean the same under this one.
     *
     * @param trained null where a checkpoint does not say
     * @param source what messages call this configuration
     * @throws InputException naming the first line that has changed
     */
    public void checkModel(String trained, String source) {
        if (trained == null || trained.equals(model())) {
            return;
        }
        List<String> then = trained.lines().toList();
        List<String> now = model().lines().toList();
        int line = 0;
        while (line < Math.min(then.size(), now.size()) && then.get(line).equals(now.get(line))) {
            line++;
        }
        throw new InputException(source + ": was changed after training: " + line(now, line) + ", the checkpoint's is " + line(then, line)
                + "; set it back, or train anew");
    }

    private static String line(List<String> lines, int i) {
        return i < lines.size() ? lines.get(i) : "no line";
    }

    public Parametrisation parametrisation() {
        return Parametrisation.named(objective.parametrisation());
    }

    public LearningRate learningRate() {
        return new LearningRate(optimiser.learningRate(), optimiser.warmupSteps(), run.steps(), optimiser.lastLearningRate());
    }

    /** The network over {@code parameters}, in the current scope. */
    public ScoreNetwork build(Parameters parameters) {
        return network.equals("unet") ? new ScoreUNet(unet, parameters)
                : new ScoreMlp(2, mlp.width(), mlp.depth(), mlp.timeScale(), parameters);
    }
}
