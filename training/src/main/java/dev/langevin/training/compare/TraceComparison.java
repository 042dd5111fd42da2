package dev.langevin.training.compare;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.score.Jacobian;
import dev.langevin.model.score.Probe;
import dev.langevin.training.loss.ExplicitScoreMatching;
import dev.langevin.training.loss.ScoreMatching;
import dev.langevin.training.loss.SlicedScoreMatching;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Row T-SSM-CMP: what score matching costs in d dimensions with the exact trace and with one random direction, and how much
 * that direction errs. Time is that of an MLP's loss and gradient; the error that of a score which is known.
 */
public final class TraceComparison {
    /** The dimensions that are asked for by default: the plane to an image of MNIST. */
    public static final List<Integer> DIMENSIONS = List.of(2, 8, 32, 128, 784);

    private static final int MOST_DIMENSIONS = 4096;
    private static final int BATCH = 16;
    private static final int WIDTH = 128;
    private static final int DEPTH = 2;
    private static final int DIRECTIONS = 2000;
    /** Each of the two warm-ups takes as long as so many measurements. */
    private static final int WARM_UP = 5;
    private static final RandomKey KEY = new RandomKey(1, 0xC7C, 0, 0);

    /**
     * One objective at one d.
     *
     * @param objective {@code esm}, {@code ssm} or {@code ssm-vr}
     * @param probe directions of a sliced one; null for the exact
     * @param seconds for the loss of 16 examples and its gradient in every weight, median
     * @param loss the exact loss of an example over d, of the known score at its own density, mean
     * @param standardError deviation of the loss of an example about its exact loss, over d, by one direction; 0 for the exact
     */
    public record Row(int dimension, String objective, Probe probe, double seconds, double loss, double standardError) {
    }

    private TraceComparison() {
    }

    /**
     * Each objective at each of the dimensions, on the current thread.
     *
     * @param seconds to measure each time for, above 0; at least two repeats, and one before them
     * @param done hears of each row
     * @throws InputException as {@link #check} does
     */
    public static List<Row> run(Backend backend, List<Integer> dimensions, double seconds, Consumer<Row> done) {
        check(dimensions);
        List<Row> rows = new ArrayList<>();
        warmUp(backend, WARM_UP * seconds);
        for (int d : dimensions) {
            try (Scope scope = Scope.open(backend)) {
                ScoreMlp network = new ScoreMlp(d, WIDTH, DEPTH, 999, Parameters.create(1));
                double exact = exactLoss(d);
                rows.add(told(done, new Row(d, "esm", null, time(network, d, new ExplicitScoreMatching(), seconds), exact, 0)));
                for (boolean reduced : new boolean[] {false, true}) {
                    for (Probe probe : Probe.values()) {
                        ScoreMatching sliced = new SlicedScoreMatching(probe, 1, reduced);
                        rows.add(told(done, new Row(d, reduced ? "ssm-vr" : "ssm", probe, time(network, d, sliced, seconds), exact, error(d, sliced))));
                    }
                }
            }
        }
        return rows;
    }

    /** @throws InputException for a dimension that is not from 2 to 4096, or none */
    public static void check(List<Integer> dimensions) {
        if (dimensions.isEmpty() || dimensions.stream().anyMatch(d -> d < 2 || d > MOST_DIMENSIONS)) {
            throw new InputException("dimensions " + dimensions + ": give numbers from 2 to " + MOST_DIMENSIONS);
        }
    }

    private static Row told(Consumer<Row> done, Row row) {
        done.accept(row);
        return row;
    }

    /** The compiler's time is no objective's. */
    private static void warmUp(Backend backend, double seconds) {
        try (Scope scope = Scope.open(backend)) {
            ScoreMlp network = new ScoreMlp(2, WIDTH, DEPTH, 999, Parameters.create(1));
            time(network, 2, new ExplicitScoreMatching(), seconds);
            time(network, 2, new SlicedScoreMatching(Probe.GAUSSIAN, 1, false), seconds);
        }
    }

    /** Median seconds of a loss and its gradient. */
    private static double time(ScoreMlp network, int d, ScoreMatching matching, double seconds) {
        Tensor[] weights = network.parameters().map().values().toArray(Tensor[]::new);
        List<Double> times = new ArrayList<>();
        lossAndGradient(network, weights, d, matching);
        double spent = 0;
        while (times.size() < 2 || spent < seconds) {
            long begin = System.nanoTime();
            lossAndGradient(network, weights, d, matching);
            times.add((System.nanoTime() - begin) * 1e-9);
            spent += times.getLast();
        }
        times.sort(null);
        return 0.5 * (times.get((times.size() - 1) / 2) + times.get(times.size() / 2));
    }

    /** Ends with a number on the host, so that a device has done its work. */
    private static double lossAndGradient(ScoreMlp network, Tensor[] weights, int d, ScoreMatching matching) {
        try (Scope scope = Scope.open()) {
            Tensor x = Tensor.normal(Shape.of(BATCH, d), KEY);
            Tensor t = Tensor.full(Shape.of(BATCH), 0.5);
            Tensor loss = matching.of(Jacobian.of(u -> network.forward(u, t, null), x, true), KEY).mean();
            Tensor norm = Tensor.scalar(0);
            for (Tensor gradient : Autograd.backward(loss, weights)) {
                norm = norm.add(gradient.square().sum());
            }
            return norm.item();
        }
    }

    /** -(1/2) tr P / d: at its own density the loss is tr J + (1/2) E|s|^2 = -tr P + (1/2) tr P. */
    private static double exactLoss(int d) {
        CorrelatedGaussian density = new CorrelatedGaussian(d);
        double trace = 0;
        for (int j = 0; j < d; j++) {
            trace += density.precision(j, j);
        }
        return -0.5 * trace / d;
    }

    /** Root mean square of sliced less exact loss, over d, at draws of the density, each with a direction of its own. */
    private static double error(int d, ScoreMatching sliced) {
        CorrelatedGaussian density = new CorrelatedGaussian(d);
        double trace = 2 * exactLoss(d) * d;
        return Autograd.noGrad(() -> {
            try (Scope scope = Scope.open()) {
                Tensor x = density.draw(DIRECTIONS, 1);
                Jacobian jacobian = Jacobian.of(density::score, x, false);
                Tensor exact = jacobian.value().square().sum(1).mul(0.5).add(trace);
                double[] errors = sliced.of(jacobian, KEY).sub(exact).toDoubles();
                return Math.sqrt(Arrays.stream(errors).map(e -> e * e).average().orElseThrow()) / d;
            }
        });
    }
}
