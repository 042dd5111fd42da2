package dev.langevin.benchmarks.peer;

import dev.langevin.model.sde.Sde;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.optim.Optimiser;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorList;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * {@link dev.langevin.training.Trainer}'s step in libtorch: perturb, denoising score matching of the noise prediction,
 * backward, clipping by global norm, Adam, moving average. Adam is libtorch's own fused kernel, which JavaCPP offers
 * only through the dispatcher.
 */
final class TorchTrainer {
    private final TorchUNet network;
    private final TrainConfig config;
    private final Sde sde;
    private final Optimiser.Settings settings;
    private final List<Tensor> averages = new ArrayList<>();
    private final TensorVector parameters = new TensorVector();
    private final GenericList parameterList = list();
    private final GenericList firstMoments = list();
    private final GenericList secondMoments = list();
    private final GenericList counts = list();
    private final Tensor count = torch.tensor(0f);
    private final OperatorHandle fusedAdam = Dispatcher.singleton().findSchemaOrThrow("aten::_fused_adam_", "");

    TorchTrainer(TorchUNet network, TrainConfig config) {
        this.network = network;
        this.config = config;
        this.sde = config.sde().build();
        this.settings = config.optimiser().settings();
        for (Tensor p : network.weights().values()) {
            parameters.push_back(p);
            parameterList.push_back(new IValue(p));
            firstMoments.push_back(new IValue(torch.zeros_like(p)));
            secondMoments.push_back(new IValue(torch.zeros_like(p)));
            counts.push_back(new IValue(count));
            averages.add(p.detach().clone());
        }
    }

    /** An empty list of tensors, of the kind that the dispatcher takes. */
    private static GenericList list() {
        return new GenericList(new TensorList().elementType());
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
            torch.clip_grad_norm_(parameters, settings.clip());
            adam(config.learningRate().at(step));
            Scalar share = new Scalar(1 - Math.min(settings.emaDecay(), (1.0 + step) / (10.0 + step)));
            for (int i = 0; i < averages.size(); i++) {
                averages.get(i).lerp_(parameters.get(i), share);
            }
            dropGradients();
            return loss.item_float();
        }
    }

    private void adam(double learningRate) {
        count.add_(new Scalar(1f));
        GenericList gradients = list();
        for (Tensor p : network.weights().values()) {
            gradients.push_back(new IValue(network.laidOut(p.grad())));
        }
        fusedAdam.callBoxed(new IValueVector(new IValue(parameterList), new IValue(gradients), new IValue(firstMoments),
                new IValue(secondMoments), new IValue(list()), new IValue(counts), new IValue(learningRate),
                new IValue(settings.beta1()), new IValue(settings.beta2()), new IValue(settings.weightDecay()),
                new IValue(settings.eps()), new IValue(false), new IValue(false), new IValue(), new IValue()));
    }

    /** Forgets the gradients, so that the next backward pass writes them anew instead of adding. */
    void dropGradients() {
        for (Tensor p : network.weights().values()) {
            p.mutable_grad().reset();
        }
    }
}
