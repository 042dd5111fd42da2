package dev.langevin.training.compare;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.model.score.Probe;
import dev.langevin.model.sde.Sde;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.config.MlpConfig;
import dev.langevin.training.config.ObjectiveConfig;
import dev.langevin.training.config.OptimiserConfig;
import dev.langevin.training.config.RunConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Row T-CMP: one network, one data set, the same batches and times, and each objective in turn. What differs is the loss
 * alone; its error is that of the averaged weights' score against the exact one.
 */
public final class ObjectiveComparison {
    /** Points of an error curve, the last of them at the end. */
    private static final int CHECKS = 8;
    private static final int TEST_POINTS = 500;
    private static final int TRAINING_POINTS = 50_000;
    /** Steps that the compiler gets before the clock runs. */
    private static final int WARM_UP = 50;

    /**
     * An objective.
     *
     * @param probe directions of a sliced one; null for the others
     */
    public record Case(String kind, Probe probe) {
    }

    /**
     * A point of a training.
     *
     * @param seconds of training until then, without the time that the errors took
     */
    public record Point(long step, double seconds, ScoreError error) {
    }

    /** One training: error against steps and time. */
    public record Curve(Case objective, long seed, List<Point> points) {
        public Point last() {
            return points.getLast();
        }

        /** The relative error when {@code seconds} had gone, between two points by a straight line; NaN before the first. */
        public double relativeAt(double seconds) {
            Point before = null;
            for (Point point : points) {
                if (point.seconds >= seconds) {
                    if (before == null) {
                        return point.seconds == seconds ? point.error.relative() : Double.NaN;
                    }
                    double share = (seconds - before.seconds) / (point.seconds - before.seconds);
                    return before.error.relative() + share * (point.error.relative() - before.error.relative());
                }
                before = point;
            }
            return last().error.relative();
        }
    }

    /**
     * An objective over all seeds.
     *
     * @param divergence and
     * @param relative of {@link ScoreError} after all steps, means over the seeds
     * @param relativeStandardError of that mean; NaN for a single seed
     * @param seconds of training, mean
     * @param relativeAtEqualTime mean of the relative error when the quickest objective of the same seed was done
     */
    public record Row(Case objective, double divergence, double relative, double relativeStandardError, double seconds,
            double relativeAtEqualTime, List<Curve> curves) {
    }

    private ObjectiveComparison() {
    }

    /** Denoising, explicit, and both sliced objectives with every probe. */
    public static List<Case> cases() {
        List<Case> cases = new ArrayList<>(List.of(new Case("dsm", null), new Case("esm", null)));
        for (String kind : List.of("ssm", "ssm-vr")) {
            for (Probe probe : Probe.values()) {
                cases.add(new Case(kind, probe));
            }
        }
        return cases;
    }

    /**
     * Trains each case with each of {@code seeds} seeds.
     *
     * @param done hears of each training when it ends
     * @throws InputException when there is not at least one step and one seed
     */
    public static List<Row> run(Backend backend, int steps, int seeds, Consumer<Curve> done) {
        if (steps < 1 || seeds < 1) {
            throw new InputException("compare objectives: steps and seeds must be at least 1, got " + steps + " and " + seeds);
        }
        List<List<Curve>> curves = new ArrayList<>();
        for (Case c : cases()) {
            warmUp(backend, c, Math.min(steps, WARM_UP));
            curves.add(new ArrayList<>());
        }
        for (int seed = 1; seed <= seeds; seed++) {
            for (int i = 0; i < cases().size(); i++) {
                Curve curve = train(backend, cases().get(i), seed, steps);
                curves.get(i).add(curve);
                done.accept(curve);
            }
        }
        double[] quickest = new double[seeds];
        for (int k = 0; k < seeds; k++) {
            int seed = k;
            quickest[k] = curves.stream().mapToDouble(of -> of.get(seed).last().seconds()).min().orElseThrow();
        }
        return curves.stream().map(of -> row(of, quickest)).toList();
    }

    private static Row row(List<Curve> curves, double[] quickest) {
        int n = curves.size();
        double divergence = 0;
        double relative = 0;
        double seconds = 0;
        double atEqualTime = 0;
        for (int k = 0; k < n; k++) {
            Point last = curves.get(k).last();
            divergence += last.error.divergence() / n;
            relative += last.error.relative() / n;
            seconds += last.seconds / n;
            atEqualTime += curves.get(k).relativeAt(quickest[k]) / n;
        }
        double square = 0;
        for (Curve curve : curves) {
            square += Math.pow(curve.last().error.relative() - relative, 2);
        }
        return new Row(curves.getFirst().objective, divergence, relative, Math.sqrt(square / (n - 1) / n), seconds, atEqualTime, curves);
    }

    private static void warmUp(Backend backend, Case objective, int steps) {
        try (Trainer trainer = new Trainer(config(objective, 0, steps), new MixtureDataset(0, TRAINING_POINTS), backend)) {
            for (int step = 1; step <= steps; step++) {
                trainer.step(step);
            }
        }
    }

    private static Curve train(Backend backend, Case objective, long seed, int steps) {
        TrainConfig config = config(objective, seed, steps);
        Sde sde = config.sde().build();
        List<Point> points = new ArrayList<>();
        double seconds = 0;
        try (Trainer trainer = new Trainer(config, new MixtureDataset(seed, TRAINING_POINTS), backend)) {
            int step = 0;
            for (int check = 1; check <= CHECKS; check++) {
                int until = (int) ((long) steps * check / CHECKS);
                if (until == step) {
                    continue;
                }
                long begin = System.nanoTime();
                while (step < until) {
                    trainer.step(++step);
                }
                seconds += (System.nanoTime() - begin) * 1e-9;
                try (Scope scope = Scope.open(backend)) {
                    points.add(new Point(step, seconds, ScoreError.of(trainer.averagedScore(), sde, TEST_POINTS)));
                }
            }
        }
        return new Curve(objective, seed, points);
    }

    /** A constant learning rate: every point of the curve is then a training of its own length. */
    private static TrainConfig config(Case objective, long seed, int steps) {
        TrainConfig d = TrainConfig.defaults();
        ObjectiveConfig o = d.objective();
        return new TrainConfig(seed, "mixture", "mlp", d.unet(), new MlpConfig(64, 2, 999), d.cnn(), d.ncsn(), d.sde(),
                o.withKind(objective.kind).withProbe(objective.probe == null ? o.probe() : objective.probe),
                new OptimiserConfig(128, 1, 2e-3, 20, 1, 0.9, 0.999, 1e-8, 0, 1, 0.99), new RunConfig(steps, 1, 1, 1, 0), d.sampling());
    }
}
