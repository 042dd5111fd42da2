package dev.langevin.benchmarks.peer;

import dev.langevin.model.sde.Sde;
import dev.langevin.training.TrainConfig;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@link dev.langevin.training.Trainer}'s step in libtorch: perturb, denoising score matching of the noise prediction,
 * backward, clipping by global norm, Adam, moving average.
 */
final class TorchTrainer {
    private final TorchUNet network;
    private final TrainConfig config;
    private final Sde sde;
    private final TorchAdam adam;

    TorchTrainer(TorchUNet network, TrainConfig config) {
        this.network = network;
        this.config = config;
        this.sde = config.sde().build();
        this.adam = new TorchAdam(config.optimiser().settings(), network.weights().values());
    }

    /**
     * Mean squared error of the prediction of {@code noise} (N, C, H, W) from data {@code x0} (N, C, H, W) at times
     * {@code t} (N).
     */
    Tensor loss(Tensor x0, double[] t, Tensor noise) {
        return Libtorch.tidy(() -> {
            int n = t.length;
            float[] times = new float[n];
            float[] mean = new float[n];
            float[] std = new float[n];
            for (int i = 0; i < n; i++) {
                times[i] = (float) t[i];
                mean[i] = (float) sde.meanCoefficient(t[i]);
                std[i] = (float) sde.std(t[i]);
            }
            Tensor xt = x0.mul(Libtorch.tensor(mean, n, 1, 1, 1)).add_(noise.mul(Libtorch.tensor(std, n, 1, 1, 1)));
            return torch.mse_loss(network.forward(xt, Libtorch.tensor(times, n)), noise);
        });
    }

    /** One step on the data {@code x0} (N, C, H, W); {@code step} counts from 1. Returns the loss. */
    double step(Tensor x0, int step) {
        try (PointerScope scope = new PointerScope()) {
            int n = (int) x0.size(0);
            double[] t = config.objective().times().draw(sde, config.seed(), step, 0, n, n);
            Tensor noise = torch.randn(n, x0.size(1), x0.size(2), x0.size(3));
            Tensor loss = loss(x0, t, noise);
            loss.backward();
            new NoGradGuard(); // until the scope closes
            adam.clip();
            adam.step(network.weights().values().stream().map(p -> network.laidOut(p.grad())).toList(),
                    config.learningRate().at(step), step);
            dropGradients();
            return loss.item_float();
        }
    }

    /** Forgets the gradients, so that the next backward pass writes them anew instead of adding. */
    void dropGradients() {
        for (Tensor p : network.weights().values()) {
            p.mutable_grad().reset();
        }
    }
}
