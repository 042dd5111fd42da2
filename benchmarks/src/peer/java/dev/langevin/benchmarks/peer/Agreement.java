package dev.langevin.benchmarks.peer;

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
import dev.langevin.training.TrainConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;

/**
 * How far two implementations of one network are apart, for one batch. Every difference is the greatest of a tensor's
 * elements, as a share of the greatest absolute value in that tensor.
 *
 * @param output of the network's outputs
 * @param loss of the denoising score matching losses
 * @param gradient of the weight whose gradients are farthest apart
 * @param weight its name
 */
record Agreement(double output, double loss, double gradient, String weight) {
    /** Output (N, C, H, W) and the gradient of each weight, all in PyTorch's layouts. */
    record Values(float[] output, float loss, Map<String, float[]> gradients) {
    }

    /** A batch: x0 and noise (N, H, W, 1), which is (N, 1, H, W) too, and N times; {@code key} names the noise. */
    record Batch(int size, int pixels, float[] x0, float[] noise, RandomKey key, double[] t) {
    }

    static Agreement of(Values a, Values b) {
        double worst = 0;
        String weight = "none";
        for (Map.Entry<String, float[]> e : a.gradients().entrySet()) {
            double difference = difference(e.getValue(), b.gradients().get(e.getKey()));
            if (!(difference <= worst)) {
                worst = difference;
                weight = e.getKey();
            }
        }
        return new Agreement(difference(a.output(), b.output()),
                difference(new float[] {a.loss()}, new float[] {b.loss()}), worst, weight);
    }

    /** Whether all differences are at most {@code tolerance}; one that is not a number is not. */
    boolean within(double tolerance) {
        return output <= tolerance && loss <= tolerance && gradient <= tolerance;
    }

    /** Greatest difference of two elements, as a share of the greatest absolute value in {@code b}. */
    static double difference(float[] a, float[] b) {
        double most = 0;
        double scale = 0;
        for (int i = 0; i < a.length; i++) {
            double d = Math.abs((double) a[i] - b[i]);
            most = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(most, d);
            scale = Math.max(scale, Math.abs(b[i]));
        }
        return most == 0 ? 0 : most / scale;
    }

    /** By Langevin, with these weights. */
    static Values langevin(TrainConfig config, Map<String, Safetensors.Entry> weights, Batch batch, Backend backend) {
        try (Scope scope = Scope.open(backend)) {
            ScoreNetwork network = config.build(Parameters.create(0));
            Map<String, Tensor> parameters = network.parameters().map();
            TensorFiles.load("", weights, parameters, "weights");
            Shape shape = Shape.of(batch.size(), batch.pixels(), batch.pixels(), 1);
            NetworkScore score = new NetworkScore(network, config.parametrisation(), config.sde().build());
            Tensor loss = config.objective(score)
                    .of(Tensor.of(shape, batch.x0()), batch.t(), batch.key(), null).mean();
            Tensor[] gradients = Autograd.gradients(loss, false, parameters.values().toArray(Tensor[]::new));
            Map<String, Tensor> named = new LinkedHashMap<>();
            int i = 0;
            for (String name : parameters.keySet()) {
                named.put(name, gradients[i++]);
            }
            Map<String, float[]> arrays = new LinkedHashMap<>();
            TensorFiles.entries("", named).forEach((name, entry) -> arrays.put(name, entry.data()));
            float[] output = Autograd.noGrad(() -> network.forward(Tensor.of(shape, batch.noise()),
                    Tensor.of(Shape.of(batch.size()), batch.t()), null).toArray());
            return new Values(output, (float) loss.item(), arrays);
        }
    }

    /** By libtorch. */
    static Values libtorch(TorchUNet network, TorchTrainer trainer, Batch batch) {
        try (PointerScope scope = new PointerScope()) {
            int[] shape = {batch.size(), 1, batch.pixels(), batch.pixels()};
            org.bytedeco.pytorch.Tensor noise = Libtorch.tensor(batch.noise(), shape);
            org.bytedeco.pytorch.Tensor loss = trainer.loss(Libtorch.tensor(batch.x0(), shape), batch.t(), noise);
            loss.backward();
            Map<String, float[]> gradients = new LinkedHashMap<>();
            network.weights().forEach((name, w) -> gradients.put(name, Libtorch.array(w.grad())));
            trainer.dropGradients();
            float[] times = new float[batch.size()];
            for (int i = 0; i < times.length; i++) {
                times[i] = (float) batch.t()[i];
            }
            return new Values(Libtorch.array(network.forward(noise, Libtorch.tensor(times, times.length)).detach()),
                    loss.item_float(), gradients);
        }
    }
}
