package dev.langevin.benchmarks.peer;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.AffineNoise;
import dev.langevin.engine.op.LangevinStep;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.update.AdamStep;
import dev.langevin.training.optim.Optimiser;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** What a sampler and an optimiser do at every step. */
final class UpdateOps {
    private static final double BAR = 2;
    private static final int PURPOSE = 0x1A6;
    private static final double EPS = 0.01;
    private static final int WEIGHTS = 20;
    private static final int ELEMENTS = 250_000;

    private UpdateOps() {
    }

    static List<PeerOp> all(int batch) {
        return List.of(update(batch, 1, 28), update(batch, 3, 64), step(batch, 1, 28), step(batch, 3, 64), new Adam());
    }

    private static PeerOp update(int n, int channels, int size) {
        return new Sampling("Langevin update", 3, n, channels, size, TorchUpdates.update(EPS), key -> {
            Shape images = Shape.of(n);
            Tensor one = Tensor.full(images, 1);
            Tensor eps = Tensor.full(images, EPS);
            Tensor diffusion = Tensor.full(images, Math.sqrt(2 * EPS));
            return (x, s) -> new AffineNoise(key).apply(x, s, one, eps, diffusion);
        });
    }

    /** As a predictor-corrector sampler takes it; the score is read twice, its norm being needed first. */
    private static PeerOp step(int n, int channels, int size) {
        return new Sampling("Langevin step", 4, n, channels, size, TorchUpdates.step(EPS), key -> (x, s) -> new LangevinStep(EPS, key).apply(x, s));
    }

    private interface Update {
        Tensor apply(Tensor x, Tensor score);
    }

    /** @param tensors of an image's size that are read or written at least */
    private record Sampling(String kind, int tensors, int n, int channels, int size, TorchUpdates.Sampling peer,
            Function<RandomKey, Update> langevin) implements PeerOp {
        @Override
        public String name() {
            return String.format("%s %dx%dx%dx%d", kind, n, channels, size, size);
        }

        @Override
        public List<Match> matches() {
            Shape shape = Shape.of(n, size * size * channels);
            Tensor x = Tensor.normal(shape, key(1, 0));
            Tensor score = Tensor.normal(shape, key(2, 0));
            RandomKey noise = key(3, 0);
            double difference = Match.difference(name() + " (libtorch)", List.of(langevin.apply(noise).apply(x, score).toArray()),
                    List.of(TorchUpdates.result(peer, x.toArray(), score.toArray(), Tensor.normal(shape, noise).toArray(), shape.dims())));
            int[] step = {0};
            return List.of(new Match(name(), "", 4e-9 * tensors * shape.size(), Match.BYTES, BAR, difference,
                    DifferentiableOp.work(() -> langevin.apply(key(3, ++step[0])).apply(x, score)),
                    List.of(TorchUpdates.work(peer, x.toArray(), score.toArray(), shape.dims()))));
        }

        private static RandomKey key(int purpose, int step) {
            return new RandomKey(1, PURPOSE + purpose, 0, step);
        }
    }

    /** Clipping by global norm, Adam and moving average: gradient, weight, two moments and average read, all but the first written. */
    private record Adam() implements PeerOp {
        private static final Optimiser.Settings SETTINGS = new Optimiser.Settings(0.9, 0.999, 1e-8, 0, 1, 0.999);
        private static final double LEARNING_RATE = 1e-3;

        @Override
        public String name() {
            return "clip + Adam + EMA 5M";
        }

        @Override
        public List<Match> matches() {
            Tensor[] p = zeros();
            Tensor[] m = zeros();
            Tensor[] v = zeros();
            Tensor[] average = zeros();
            Tensor norm = Tensor.zeros(Shape.SCALAR);
            Tensor[] g = new Tensor[WEIGHTS];
            Arrays.setAll(g, i -> Tensor.normal(Shape.of(1, ELEMENTS), new RandomKey(1, PURPOSE, i, 0)).reshape(ELEMENTS));
            Tensor[] operands = AdamStep.operands(p, m, v, average, norm, g);
            int[] steps = {0};
            Runnable step = () -> {
                int n = ++steps[0];
                new AdamStep(WEIGHTS, LEARNING_RATE, SETTINGS.beta1(), SETTINGS.beta2(), SETTINGS.eps(), SETTINGS.weightDecay(), n,
                        SETTINGS.clip(), Math.min(SETTINGS.emaDecay(), (1.0 + n) / (10.0 + n))).apply(operands);
            };
            TorchUpdates.Adam peer = new TorchUpdates.Adam(SETTINGS, LEARNING_RATE, Arrays.stream(g).map(Tensor::toArray).toList());
            for (int i = 0; i < 2; i++) {
                step.run();
                peer.step();
            }
            List<float[]> state = Stream.concat(Arrays.stream(p), Arrays.stream(average)).map(Tensor::toArray).toList();
            double difference = Match.difference(name() + " (libtorch)", state, peer.state());
            return List.of(new Match(name(), "", 4e-9 * 9 * WEIGHTS * ELEMENTS, Match.BYTES, BAR, difference, Turns.Work.langevin(step),
                    List.of(Turns.Work.libtorch("fused Adam", peer::step))));
        }

        private static Tensor[] zeros() {
            Tensor[] tensors = new Tensor[WEIGHTS];
            Arrays.setAll(tensors, i -> Tensor.zeros(Shape.of(ELEMENTS)));
            return tensors;
        }
    }
}
