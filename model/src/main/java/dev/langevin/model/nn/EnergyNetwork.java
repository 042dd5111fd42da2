package dev.langevin.model.nn;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/**
 * A network whose output is the gradient of a scalar (M-EBM): of the potential
 * <pre>phi(x, t) = (1/2) &lt;x, f(x, t)&gt;</pre>
 * with f any score network (Guth, Kadkhodaie and Simoncelli 2025 make their energy so). It loses nothing: a smooth potential
 * with phi(0) = 0 is &lt;x, g&gt; with g(x) the mean of its gradient over the way from 0 to x. And nothing is built into the sign, unlike
 * |x - f|^2 (Salimans and Ho 2021), so that it serves every parametrisation. Where f is linear and symmetric the output is f.
 *
 * <p>The output is (f + J^T x) / 2 with J = df/dx: about three times the work of f, and one order of derivatives more for
 * whatever differentiates it. Gives the weights of f, and no others.
 */
public final class EnergyNetwork implements ScoreNetwork {
    private final ScoreNetwork features;

    /** @param features f */
    public EnergyNetwork(ScoreNetwork features) {
        this.features = features;
    }

    /**
     * phi of each example (N), recorded if recording is on.
     *
     * @param x (N, ...)
     * @param t what {@link #noise} says of the noise level (N)
     * @param labels as in {@link ScoreNetwork#forward(Tensor, Tensor, int[], RandomKey)}
     * @param dropout random numbers for dropout while training, or null
     */
    public Tensor potential(Tensor x, Tensor t, int[] labels, RandomKey dropout) {
        return x.mul(features.forward(x, t, labels, dropout)).reshape(x.dim(0), -1).sum(1).mul(0.5);
    }

    /** The gradient of {@link #potential} in x; records for itself where recording is off, and then leaves nothing but the result. */
    @Override
    public Tensor forward(Tensor x, Tensor t, int[] labels, RandomKey dropout) {
        boolean createGraph = Autograd.isRecording();
        return Scope.tidy(() -> Autograd.withRecording(true, () -> {
            Tensor point = createGraph && x.requiresGrad() ? x : x.detach().requireGrad();
            Tensor sum = potential(point, t, labels, dropout).sum();
            return createGraph ? Autograd.gradients(sum, true, point)[0] : Autograd.backward(sum, point)[0];
        }));
    }

    @Override
    public Tensor forward(Tensor x, Tensor t, RandomKey dropout) {
        return forward(x, t, null, dropout);
    }

    @Override
    public NoiseLabel noise() {
        return features.noise();
    }

    @Override
    public int classes() {
        return features.classes();
    }

    @Override
    public Parameters parameters() {
        return features.parameters();
    }
}
