package dev.langevin.examples;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.score.FisherDivergence;
import dev.langevin.model.score.Jacobian;
import dev.langevin.model.score.Probe;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.VeSde;
import dev.langevin.training.compare.MixtureDataset;
import dev.langevin.training.optim.LearningRate;
import dev.langevin.training.optim.Optimiser;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Three losses with one minimum: the score of points x = x0 + sigma z, of which the density need not be known.
 *
 * <p>One learns: explicit, sliced and denoising score matching as their formulas; a training step by hand; that the losses differ in
 * what they cost and how much they scatter, not in where they lead, since all three are (1/2) E|s - grad ln p|^2 less one constant
 * once denoising's own, d / (2 sigma^2), is taken away.
 *
 * <p>Time: 10 seconds. Prerequisites: Hyvarinen 2005, Vincent 2011, Song et al. 2019.
 */
public final class ThreeWaysToTheScore {
    private static final int STEPS = 800;
    private static final int BATCH = 128;
    private static final int TEST = 4000;
    private static final int DIMENSIONS = 2;
    private static final Sde SDE = new VeSde();
    private static final double SIGMA = 0.3;
    private static final double TIME = SDE.time(SIGMA);

    private ThreeWaysToTheScore() {
    }

    /** The loss of a batch: s is the network at x = x0 + sigma z, with its Jacobian; z and v are normal and random signs, x's shape. */
    private interface Matching {
        Tensor loss(Jacobian s, Tensor z, Tensor v);
    }

    private static Tensor halfSquare(Tensor a) {
        return a.square().sum(1).mul(0.5);
    }

    private static Map<String, Matching> ways() {
        Map<String, Matching> ways = new LinkedHashMap<>();
        // tr(ds/dx) + (1/2) |s|^2
        ways.put("explicit", (s, z, v) -> s.trace().add(halfSquare(s.value())));
        // v^T (ds/dx) v + (1/2) |s|^2
        ways.put("sliced", (s, z, v) -> s.quadratic(v).add(halfSquare(s.value())));
        // (1/2) |s + z / sigma|^2, less the d / (2 sigma^2) that it has more than the others
        ways.put("denoising", (s, z, v) -> halfSquare(s.value().add(z.div(SIGMA))).sub(0.5 * DIMENSIONS / (SIGMA * SIGMA)));
        return ways;
    }

    private static Tensor points(MixtureDataset data, int first, int n) {
        float[] x0 = new float[DIMENSIONS * n];
        for (int i = 0; i < n; i++) {
            data.copy(first + i, x0, DIMENSIONS * i);
        }
        return Tensor.of(Shape.of(n, DIMENSIONS), x0);
    }

    private static Tensor normal(int n, int purpose, int step) {
        return Tensor.normal(Shape.of(n, DIMENSIONS), new RandomKey(1, purpose, 0, step));
    }

    private static Tensor forward(ScoreMlp network, Tensor x) {
        return network.forward(x, Tensor.full(Shape.of(x.dim(0)), TIME), null);
    }

    public static void main(String[] args) {
        LearningRate rate = new LearningRate(1e-2, 20, STEPS, 0);
        MixtureDataset data = new MixtureDataset(1, STEPS * BATCH + TEST);
        ScoreFunction exact = MixtureDataset.score(SDE);
        Map<String, Double> losses = new LinkedHashMap<>();
        Map<String, Double> errors = new LinkedHashMap<>();
        System.out.println("loss         ms a step   last losses   relative error of the score");
        try (Backend backend = new CpuBackend()) {
            for (Map.Entry<String, Matching> way : ways().entrySet()) {
                try (Scope weights = Scope.open(backend)) {
                    ScoreMlp network = new ScoreMlp(DIMENSIONS, 64, 2, 1, Parameters.create(1));
                    Optimiser adam = new Optimiser(new Optimiser.Settings(0.9, 0.999, 1e-8, 0, 10, 0.99), network.parameters());
                    double last = 0;
                    long middle = 0; // the first half warms the JVM up
                    for (int step = 1; step <= STEPS; step++) {
                        middle = step == STEPS / 2 ? System.nanoTime() : middle;
                        try (Scope scope = Scope.open()) {
                            Tensor z = normal(BATCH, 1, step);
                            Tensor x = points(data, (step - 1) * BATCH, BATCH).add(z.mul(SIGMA));
                            Tensor v = Probe.RADEMACHER.draw(x.shape(), new RandomKey(1, 2, 0, step));
                            Jacobian s = Jacobian.of(y -> forward(network, y), x, true);
                            Tensor loss = way.getValue().loss(s, z, v).mean();
                            last += step > STEPS - 100 ? loss.item() / 100 : 0;
                            adam.step(step, rate.at(step), Autograd.backward(loss, adam.trained()));
                        }
                    }
                    double milliseconds = (System.nanoTime() - middle) * 1e-6 / (STEPS - STEPS / 2 + 1);

                    Tensor x = points(data, STEPS * BATCH, TEST).add(normal(TEST, 3, 0).mul(SIGMA));
                    FisherDivergence error = FisherDivergence.of(exact, (y, t) -> forward(network, y), x, TIME);
                    System.out.printf("%-10s   %9.2f   %11.2f   %.3f%n", way.getKey(), milliseconds, last, error.relativeError());
                    // The exact score's loss is minus half its mean square.
                    losses.put(way.getKey(), last / (-0.5 * error.size()));
                    errors.put(way.getKey(), error.relativeError());
                }
            }
        }
        losses.forEach((name, share) -> Check.within(name + ": loss over the exact score's", share, 0.85, 1.1));
        errors.forEach((name, error) -> Check.atMost(name + ": relative error of the score", error, 0.2));
    }
}
