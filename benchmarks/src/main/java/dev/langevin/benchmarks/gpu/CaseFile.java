package dev.langevin.benchmarks.gpu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.io.TensorFiles;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.training.TrainConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The file from which PyTorch's side takes the weights, and what Langevin computes with them for one small batch: output,
 * loss, the gradient of every weight, and the end of a short sampling, noise included. Layouts and names are PyTorch's.
 */
final class CaseFile {
    /** Steps of the short sampling. */
    static final int STEPS = 4;
    static final double SNR = 0.16;
    private static final int BATCH = 4;
    private static final int SEED = 11;
    private static final int PURPOSE = 0xBE4F;

    private CaseFile() {
    }

    static void write(Path file, TrainConfig config, Backend backend) {
        Sde sde = config.sde().build();
        Map<String, Safetensors.Entry> entries = new LinkedHashMap<>();
        try (Scope scope = Scope.open(backend)) {
            ScoreNetwork network = config.build(Parameters.create(config.seed()));
            Map<String, Tensor> weights = network.parameters().map();
            // Zero at first, it would hide everything before it.
            Tensor last = weights.get("out_conv.weight");
            last.write(Tensor.uniform(last.shape(), key(0)).sub(0.5).mul(0.1).toArray());
            entries.putAll(TensorFiles.entries("model.", weights));
            NetworkScore score = new NetworkScore(network, config.parametrisation(), sde);
            entries.putAll(TensorFiles.entries("case.", batch(config, score, sde, weights)));
            entries.putAll(TensorFiles.entries("case.", sampling(config, score, sde)));
        }
        Safetensors.write(file, entries, Map.of("config", json(config, sde)));
    }

    private static Map<String, Tensor> batch(TrainConfig config, NetworkScore score, Sde sde, Map<String, Tensor> weights) {
        Map<String, Tensor> values = new LinkedHashMap<>();
        Shape shape = shape(config);
        double[] t = config.objective().times().draw(sde, SEED, 1, 0, BATCH, BATCH);
        double[] mean = new double[BATCH];
        double[] std = new double[BATCH];
        for (int i = 0; i < BATCH; i++) {
            mean[i] = sde.meanCoefficient(t[i]);
            std[i] = sde.std(t[i]);
        }
        Tensor x0 = Tensor.uniform(shape, key(1)).mul(2).sub(1);
        Tensor noise = Tensor.normal(shape, key(2));
        Tensor loss = config.objective(score).of(x0, t, key(2), null).mean();
        Tensor[] gradients = Autograd.gradients(loss, false, weights.values().toArray(Tensor[]::new));
        Tensor xt = NetworkScore.scaled(x0, mean).add(NetworkScore.scaled(noise, std));
        Tensor times = Tensor.of(Shape.of(BATCH), t);
        values.put("x0", x0);
        values.put("noise", noise);
        values.put("t", times);
        values.put("loss", loss);
        values.put("output", Autograd.noGrad(() -> score.network().forward(xt, times, null)));
        int i = 0;
        for (String name : weights.keySet()) {
            values.put("gradient." + name, gradients[i++]);
        }
        return values;
    }

    private static Map<String, Tensor> sampling(TrainConfig config, NetworkScore score, Sde sde) {
        Map<String, Tensor> values = new LinkedHashMap<>();
        Shape shape = shape(config);
        values.put("sample", Samplers.named("pc", SamplerSettings.usual().withSnr(SNR)).sample(score, sde, shape, SampleOptions.of(STEPS, SEED)));
        values.put("start", new Noise(SEED, 0, 0).normal(Purpose.PRIOR, shape));
        for (int i = 0; i < STEPS - 1; i++) {
            Noise noise = new Noise(SEED, 0, i);
            values.put("predictor." + i, noise.normal(Purpose.PREDICTOR, shape));
            values.put("corrector." + i, noise.normal(Purpose.CORRECTOR, shape));
        }
        return values;
    }

    private static Shape shape(TrainConfig config) {
        int[] example = config.exampleShape();
        return Shape.of(BATCH, example[0], example[1], example[2]);
    }

    private static String json(TrainConfig config, Sde sde) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("unet", config.unet());
        settings.put("optimiser", config.optimiser());
        settings.put("betaMin", config.sde().betaMin());
        settings.put("betaMax", config.sde().betaMax());
        settings.put("trainingEpsilon", sde.trainingEpsilon());
        settings.put("samplingEpsilon", sde.samplingEpsilon());
        try {
            return new ObjectMapper().writeValueAsString(settings);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static RandomKey key(int which) {
        return new RandomKey(SEED, PURPOSE + which, 0, 0);
    }
}
