package dev.langevin.benchmarks.peer;

import dev.langevin.training.optim.Optimiser;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What a sampler and an optimiser do at every step, in libtorch; all without gradients. */
final class TorchUpdates {
    private TorchUpdates() {
    }

    /** What a sampler's step makes of noise of x's shape. */
    interface Sampling {
        Tensor apply(Tensor x, Tensor score, Tensor noise);
    }

    /** x + eps s + sqrt(2 eps) z with one eps for all images, which spares libtorch the broadcasting. */
    static Sampling update(double eps) {
        Scalar drift = new Scalar(eps);
        Scalar diffusion = new Scalar(Math.sqrt(2 * eps));
        return (x, s, z) -> torch.add(x, s, drift).add_(z, diffusion);
    }

    /** The same with eps = factor |z|^2 / |s|^2 for each image. */
    static Sampling step(double factor) {
        return (x, s, z) -> {
            Tensor ratio = norms(z).div(norms(s));
            Tensor eps = ratio.square().mul(new Scalar(factor));
            return torch.addcmul(x, s, eps).addcmul_(z, eps.mul(new Scalar(2)).sqrt());
        };
    }

    private static Tensor norms(Tensor x) {
        return torch.linalg_vector_norm(x, new Scalar(2), new long[] {1}, true, new ScalarTypeOptional());
    }

    /** The update for given noise. */
    static float[] result(Sampling update, float[] x, float[] score, float[] noise, int... shape) {
        try (PointerScope scope = new PointerScope()) {
            return Libtorch.array(update.apply(Libtorch.tensor(x, shape), Libtorch.tensor(score, shape), Libtorch.tensor(noise, shape)));
        }
    }

    /** The update with fresh noise each time. */
    static Turns.Work work(Sampling update, float[] x, float[] score, int... shape) {
        Tensor xs = Libtorch.tensor(x, shape);
        Tensor scores = Libtorch.tensor(score, shape);
        return Turns.Work.libtorch("", () -> {
            try (PointerScope scope = new PointerScope()) {
                update.apply(xs, scores, torch.randn_like(xs));
            }
        });
    }

    /** Adam on weights that start at 0. */
    static final class Adam {
        private final List<Tensor> weights = new ArrayList<>();
        private final double learningRate;
        private final TorchAdam adam;
        private int step;

        Adam(Optimiser.Settings settings, double learningRate, List<float[]> gradients) {
            this.learningRate = learningRate;
            for (float[] gradient : gradients) {
                Tensor p = torch.zeros(gradient.length).requires_grad_(true);
                p.mul(Libtorch.tensor(gradient, gradient.length)).sum().backward(); // which leaves the gradient in p
                weights.add(p);
            }
            adam = new TorchAdam(settings, weights);
        }

        void step() {
            try (PointerScope scope = new PointerScope()) {
                new NoGradGuard(); // until the scope closes
                adam.clip();
                adam.step(weights.stream().map(Tensor::grad).toList(), learningRate, ++step);
            }
        }

        /** Weights and moving averages, one after the other. */
        List<float[]> state() {
            List<float[]> state = new ArrayList<>();
            weights.forEach(p -> state.add(Libtorch.array(p.detach())));
            adam.averages().forEach(a -> state.add(Libtorch.array(a)));
            return state;
        }
    }
}
