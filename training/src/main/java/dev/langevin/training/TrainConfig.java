package dev.langevin.training;

import dev.langevin.engine.InputException;
import dev.langevin.model.nn.CnnConfig;
import dev.langevin.model.nn.EnergyNetwork;
import dev.langevin.model.nn.LeNet;
import dev.langevin.model.nn.LeNetConfig;
import dev.langevin.model.nn.NcsnConfig;
import dev.langevin.model.nn.NetworkConfig;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.nn.ScoreNetworkConfig;
import dev.langevin.model.nn.UNetClassifier;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.model.score.NetworkClassifier;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.training.config.MlpConfig;
import dev.langevin.training.config.ObjectiveConfig;
import dev.langevin.training.config.OptimiserConfig;
import dev.langevin.training.config.ProcessConfig;
import dev.langevin.training.config.RunConfig;
import dev.langevin.training.config.SamplingConfig;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.loss.Classification;
import dev.langevin.training.loss.NoisyClassification;
import dev.langevin.training.loss.Objective;
import dev.langevin.training.optim.LearningRate;
import dev.langevin.training.run.TomlConfig;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Everything that defines a training run: what a configuration file holds, under the same names.
 *
 * @param seed of initial weights, order of the data, times, noise and dropout
 * @param data name of a data set (see {@link dev.langevin.training.data.Datasets})
 * @param flip whether images are flipped left to right at random in training; not for digits
 * @param shift the most pixels that images are shifted by at random in training, in each direction; for classifiers
 * @param network {@code unet}, {@code mlp}, {@code cnn} or {@code ncsn}: which of the tables below counts; with {@code energy-} before
 *     it, the gradient of a scalar made of that network ({@link EnergyNetwork}); or {@code classifier}, a noise-conditional classifier
 *     of the classes in the table {@code unet}, made of that network's way down ({@link UNetClassifier}), or {@code lenet}, one of clean images
 * @param unet the U-Net
 * @param mlp the network for points
 * @param cnn the plain convolutional network
 * @param ncsn the noise-conditional score network
 * @param lenet the classifier of clean images
 * @param sde the forward process; for nothing to {@code lenet}
 * @param objective what is minimised
 * @param optimiser how
 * @param run how long, and what is written when
 * @param sampling the sample grids
 */
public record TrainConfig(long seed, String data, boolean flip, int shift, String network, UNetConfig unet, MlpConfig mlp, CnnConfig cnn,
        NcsnConfig ncsn, LeNetConfig lenet, ProcessConfig sde, ObjectiveConfig objective, OptimiserConfig optimiser, RunConfig run, SamplingConfig sampling) {

    private static final String ENERGY = "energy-";
    private static final String CLASSIFIER = "classifier";
    private static final String LENET = "lenet";

    public static TrainConfig defaults() {
        return new TrainConfig(1, "mnist", "unet", UNetConfig.defaults(), MlpConfig.defaults(), CnnConfig.defaults(),
                NcsnConfig.defaults(), ProcessConfig.defaults(), ObjectiveConfig.defaults(), OptimiserConfig.defaults(), RunConfig.defaults(), SamplingConfig.defaults());
    }

    /** Without flips and shifts, and of a network that is not {@code lenet}. */
    public TrainConfig(long seed, String data, String network, UNetConfig unet, MlpConfig mlp, CnnConfig cnn, NcsnConfig ncsn, ProcessConfig sde,
            ObjectiveConfig objective, OptimiserConfig optimiser, RunConfig run, SamplingConfig sampling) {
        this(seed, data, false, 0, network, unet, mlp, cnn, ncsn, LeNetConfig.defaults(), sde, objective, optimiser, run, sampling);
    }

    public TrainConfig {
        if (chosen(network, unet, mlp, cnn, ncsn, lenet) == unet && unet.inpainting() && !network.equals("unet")) {
            throw new InputException("unet.inpainting = true: network '" + network + "' cannot be told a part of the image; use network unet, or leave the key out");
        }
    }

    private static NetworkConfig chosen(String network, UNetConfig unet, MlpConfig mlp, CnnConfig cnn, NcsnConfig ncsn, LeNetConfig lenet) {
        String plain = isEnergy(network) && !network.endsWith(CLASSIFIER) && !network.endsWith(LENET) ? network.substring(ENERGY.length()) : network;
        return switch (plain) {
            case "unet", CLASSIFIER -> unet;
            case "mlp" -> mlp;
            case "cnn" -> cnn;
            case "ncsn" -> ncsn;
            case LENET -> lenet;
            default -> throw new InputException("network '" + network + "' is unknown; use unet, mlp, cnn or ncsn, or energy- and one of them, or classifier or lenet");
        };
    }

    /** Whether a classifier is trained, and no score. */
    public boolean isClassifier() {
        return isNoiseClassifier() || isImageClassifier();
    }

    /** Whether a classifier of noisy data is trained, which can guide a score. */
    public boolean isNoiseClassifier() {
        return network.equals(CLASSIFIER);
    }

    /** Whether a classifier of clean images is trained, which can judge samples: it is told no time. */
    public boolean isImageClassifier() {
        return network.equals(LENET);
    }

    private static boolean isEnergy(String network) {
        return network.startsWith(ENERGY);
    }

    /** The table of the network that is used. */
    private NetworkConfig chosen() {
        return chosen(network, unet, mlp, cnn, ncsn, lenet);
    }

    public TrainConfig withSeed(long seed) {
        return new TrainConfig(seed, data, flip, shift, network, unet, mlp, cnn, ncsn, lenet, sde, objective, optimiser, run, sampling);
    }

    public TrainConfig withSteps(long steps) {
        return withRun(new RunConfig(steps, run.logEvery(), run.checkpointEvery(), run.keep(), run.sampleEvery()));
    }

    public TrainConfig withCheckpointEvery(int steps) {
        return withRun(new RunConfig(run.steps(), run.logEvery(), steps, run.keep(), run.sampleEvery()));
    }

    /** With another number of examples in the grid at the end. */
    public TrainConfig withSamples(int n) {
        return new TrainConfig(seed, data, flip, shift, network, unet, mlp, cnn, ncsn, lenet, sde, objective, optimiser, run,
                sampling.withN(n));
    }

    public TrainConfig withBatch(int batch) {
        OptimiserConfig o = optimiser;
        return withOptimiser(new OptimiserConfig(batch, o.microBatches(), o.learningRate(), o.warmupSteps(), o.lastLearningRate(),
                o.beta1(), o.beta2(), o.eps(), o.weightDecay(), o.clip(), o.emaDecay()));
    }

    public TrainConfig withUnet(UNetConfig unet) {
        return new TrainConfig(seed, data, flip, shift, network, unet, mlp, cnn, ncsn, lenet, sde, objective, optimiser, run, sampling);
    }

    public TrainConfig withObjective(ObjectiveConfig objective) {
        return new TrainConfig(seed, data, flip, shift, network, unet, mlp, cnn, ncsn, lenet, sde, objective, optimiser, run, sampling);
    }

    public TrainConfig withOptimiser(OptimiserConfig optimiser) {
        return new TrainConfig(seed, data, flip, shift, network, unet, mlp, cnn, ncsn, lenet, sde, objective, optimiser, run, sampling);
    }

    public TrainConfig withRun(RunConfig run) {
        return new TrainConfig(seed, data, flip, shift, network, unet, mlp, cnn, ncsn, lenet, sde, objective, optimiser, run, sampling);
    }

    public TrainConfig withLenet(LeNetConfig lenet) {
        return new TrainConfig(seed, data, flip, shift, network, unet, mlp, cnn, ncsn, lenet, sde, objective, optimiser, run, sampling);
    }

    public TrainConfig withShift(int shift) {
        return new TrainConfig(seed, data, flip, shift, network, unet, mlp, cnn, ncsn, lenet, sde, objective, optimiser, run, sampling);
    }

    /** K, the number of classes that the network is told, or tells apart; 0 for an unconditional one. */
    public int classes() {
        return chosen() == unet ? unet.classes().number() : chosen() == lenet ? lenet.classes() : 0;
    }

    /** Whether the network is told a part of the image. */
    public boolean inpaints() {
        return chosen() == unet && unet.inpainting();
    }

    /** Shape of one example that the network takes: (H, W, C) for images, (2) for points. */
    public int[] exampleShape() {
        return chosen().exampleShape();
    }

    /**
     * Whether a run of this configuration on {@code examples} can begin; to be asked before anything is written.
     *
     * @throws InputException when the examples are not of the shape that the network takes, or a batch of them or
     *         the sample grid is too large, or the network has classes and the examples have not as many
     */
    public void check(Dataset examples) {
        if (!Arrays.equals(examples.exampleShape(), exampleShape())) {
            throw new InputException("data set " + data + " has examples of shape " + Arrays.toString(examples.exampleShape())
                    + ", the network takes " + Arrays.toString(exampleShape())
                    + "; change data, network, or the network's image-size and channels in the configuration");
        }
        if (isClassifier() && classes() < 2) {
            throw new InputException("unet.classes.number " + classes() + ": a classifier tells at least 2 classes apart; set it to the data set's number");
        }
        if (flip && (data.equals("mnist") || exampleShape().length != 3)) {
            throw new InputException("flip = true: " + (data.equals("mnist") ? "a digit in the mirror is another sign" : "points have no left and right")
                    + "; leave it out of the configuration");
        }
        if (shift != 0 && !(isClassifier() && shift > 0 && exampleShape().length == 3 && shift < exampleShape()[0])) {
            throw new InputException("shift = " + shift + ": " + (shift < 0 ? "is below 0" : isClassifier() ? "is no less than the image"
                    : "a score learns what it is shown, and would draw images moved out of place; it is for classifiers") + "; leave it out of the configuration");
        }
        if (classes() > 0 && classes() != examples.classes()) {
            throw new InputException((isImageClassifier() ? "lenet.classes " : "unet.classes.number ") + classes() + ": data set " + data + " has "
                    + (examples.classes() == 0 ? "examples without classes" : examples.classes() + " classes") + "; set it to " + examples.classes());
        }
        if ((long) optimiser.batch() * examples.exampleSize() > Integer.MAX_VALUE) {
            throw new InputException("optimiser.batch " + optimiser.batch() + ": a batch has more than 2^31 - 1 numbers; use a smaller one");
        }
        SampleSheet.length(sampling.n(), examples.exampleShape());
    }

    /** What the weights of this configuration mean, as TOML: the part of it that cannot change behind a checkpoint. */
    public String model() {
        return Model.of(this).toToml();
    }

    private record Model(String network, UNetConfig unet, MlpConfig mlp, CnnConfig cnn, NcsnConfig ncsn, LeNetConfig lenet, ProcessConfig sde,
            String parametrisation, Double sigmaData) {
        static Model of(TrainConfig c) {
            return new Model(c.network, c.unet, c.mlp, c.cnn, c.ncsn, c.lenet, c.sde, c.objective.parametrisation(), c.objective.sigmaData());
        }

        /** Keys that a checkpoint is too old to have. */
        static Model defaults() {
            return of(TrainConfig.defaults());
        }

        /** Without what other networks and parametrisations have. */
        String toToml() {
            NetworkConfig chosen = chosen(network, unet, mlp, cnn, ncsn, lenet);
            boolean clean = chosen == lenet;
            return TomlConfig.write(new Model(network, unet == chosen ? unet : null, mlp == chosen ? mlp : null, cnn == chosen ? cnn : null,
                    ncsn == chosen ? ncsn : null, clean ? lenet : null, clean ? null : sde, clean ? null : parametrisation,
                    !clean && parametrisation.equals("edm") ? sigmaData : null));
        }
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
        String complete = TomlConfig.read(new ByteArrayInputStream(trained.getBytes(StandardCharsets.UTF_8)), source + ": the checkpoint's model",
                Model.class).toToml();
        if (complete.equals(model())) {
            return;
        }
        List<String> then = complete.lines().toList();
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
        return Parametrisation.named(objective.parametrisation(), objective.sigmaData());
    }

    /** The score by the network over {@code parameters}. */
    public NetworkScore score(Parameters parameters) {
        return new NetworkScore(build(parameters), parametrisation(), sde.build());
    }

    /** The classifier of clean images over {@code parameters}. */
    public LeNet imageClassifier(Parameters parameters) {
        return new LeNet(lenet, parameters);
    }

    /** The classifier of noisy data by the network over {@code parameters}. */
    public NetworkClassifier classifier(Parameters parameters) {
        return new NetworkClassifier(new UNetClassifier(unet, parameters), sde.build());
    }

    /** What is minimised, for the network over {@code parameters}. */
    public Objective objective(Parameters parameters) {
        return isImageClassifier() ? new Classification(imageClassifier(parameters))
                : isClassifier() ? new NoisyClassification(classifier(parameters)) : objective(score(parameters));
    }

    /** What is minimised, for a score of this configuration. */
    public Objective objective(NetworkScore score) {
        return objective.build(score);
    }

    public LearningRate learningRate() {
        return new LearningRate(optimiser.learningRate(), optimiser.warmupSteps(), run.steps(), optimiser.lastLearningRate());
    }

    /**
     * The network over {@code parameters}, in the current scope.
     *
     * @throws InputException when it is a classifier
     */
    public ScoreNetwork build(Parameters parameters) {
        if (isClassifier() || !(chosen() instanceof ScoreNetworkConfig score)) {
            throw new InputException("network '" + network + "' has no score; use unet, mlp, cnn or ncsn");
        }
        return isEnergy(network) ? new EnergyNetwork(score.build(parameters)) : score.build(parameters);
    }
}
