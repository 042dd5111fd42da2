package dev.langevin.sampling.adaptive;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.update.Assign;
import java.util.Arrays;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;

/**
 * Solves dx/du = v(x, u) for a batch of trajectories by {@link DormandPrince} with steps that keep to a tolerance.
 *
 * <p>Every trajectory has its own time, step size and step control, so its result is the same bits in any batch. Those that
 * still run are evaluated together; one that has arrived is left out of the batch. The stages run on the backend; all that
 * comes back to the host is the norm of each trajectory's error.
 *
 * @param mostEvaluations of v for one trajectory before the solver gives up, at least 8
 */
public record AdaptiveSolver(Tolerance tolerance, int mostEvaluations) {
    /** As many as about 3,300 steps take: where that is not enough, something is wrong. */
    private static final int USUAL_MOST = 20_000;
    /** The slope at the start, and the step by which the first step's length is found. */
    private static final int TO_START = 2;

    public AdaptiveSolver {
        if (mostEvaluations < TO_START + DormandPrince.EVALUATIONS) {
            throw new InputException("adaptive solver: expected at least 8 evaluations to be allowed, got " + mostEvaluations);
        }
    }

    public AdaptiveSolver(Tolerance tolerance) {
        this(tolerance, USUAL_MOST);
    }

    /**
     * Where trajectories have led.
     *
     * @param x (N, m), in the scope of the caller
     * @param evaluations of v for each trajectory, rejected steps among them (N)
     * @param calls of v; one call holds all trajectories that still run
     */
    public record Solution(Tensor x, int[] evaluations, int calls) {
        /** Mean of the evaluations of one trajectory. */
        public double meanEvaluations() {
            return Arrays.stream(evaluations).average().orElse(0);
        }
    }

    /**
     * @param start (N, m): states at time {@code from}; not changed
     * @param to another time, before or after it
     * @param progress hears after each step what share of its time the last trajectory has behind it
     * @throws InputException when the tolerance is too small for float32 states
     * @throws LangevinException when v is not finite at the start, steps become so short that time stands still, or a
     *     trajectory takes more evaluations than are allowed
     */
    public Solution solve(VectorField field, Tensor start, double from, double to, DoubleConsumer progress) {
        tolerance.check();
        return Autograd.noGrad(() -> new Solve(field, start, from, to).run(progress));
    }

    private final class Solve {
        private final VectorField field;
        private final double from;
        private final double to;
        private final int n;
        private final Tensor x;
        private final Tensor slope;
        private final Trajectory[] trajectories;
        private final int[] evaluations;
        private int calls;

        Solve(VectorField field, Tensor start, double from, double to) {
            this.field = field;
            this.from = from;
            this.to = to;
            this.n = start.dim(0);
            this.x = start.add(0);
            this.slope = Tensor.zeros(start.shape());
            this.trajectories = new Trajectory[n];
            this.evaluations = new int[n];
        }

        Solution run(DoubleConsumer progress) {
            begin();
            for (int[] rows = running(); rows.length > 0; rows = running()) {
                advance(rows);
                progress.accept(Arrays.stream(trajectories).mapToDouble(t -> (t.time() - from) / (to - from)).min().orElseThrow());
            }
            return new Solution(x, evaluations, calls);
        }

        private int[] running() {
            return IntStream.range(0, n).filter(i -> !trajectories[i].done()).toArray();
        }

        /** The slopes at the start, and the lengths of the first steps. */
        private void begin() {
            int[] rows = IntStream.range(0, n).toArray();
            double way = Math.abs(to - from);
            double[] times = new double[n];
            double[] trial = new double[n];
            Arrays.fill(times, from);
            try (Scope scope = Scope.open()) {
                new Assign().apply(slope, field.at(x, times, rows));
                double[] states = tolerance.norm(x, x, x);
                double[] slopes = tolerance.norm(slope, x, x);
                for (int i = 0; i < n; i++) {
                    if (!Double.isFinite(slopes[i])) {
                        throw new LangevinException("adaptive solver: the score of image " + i + " is not finite at " + field.place(from));
                    }
                    trial[i] = Math.copySign(Trajectory.trial(states[i], slopes[i], way), to - from);
                    times[i] += trial[i];
                }
                Tensor h = Tensor.of(Shape.of(n, 1), trial);
                Tensor ahead = field.at(x.add(slope.mul(h)), times, rows);
                double[] bends = tolerance.norm(ahead.sub(slope).div(h), x, x);
                for (int i = 0; i < n; i++) {
                    trajectories[i] = new Trajectory(from, to, Trajectory.first(states[i], slopes[i], bends[i], way));
                }
            }
            count(rows, TO_START);
        }

        /** Tries a step of every trajectory that still runs. */
        private void advance(int[] rows) {
            double[] times = new double[rows.length];
            double[] next = new double[rows.length];
            for (int j = 0; j < rows.length; j++) {
                times[j] = trajectories[rows[j]].time();
                next[j] = trajectories[rows[j]].next(field::place);
            }
            try (Scope scope = Scope.open()) {
                DormandPrince.Step step = DormandPrince.step(field, some(x, rows), some(slope, rows), times, next, rows, tolerance);
                // Row i of what is kept: row i of the states so far, or below them where its step is accepted.
                int[] kept = IntStream.range(0, n).toArray();
                for (int j = 0; j < rows.length; j++) {
                    if (trajectories[rows[j]].judge(next[j], step.error()[j])) {
                        kept[rows[j]] = n + j;
                    }
                }
                new Assign().apply(x, some(Tensor.concat(0, x, step.x()), kept));
                new Assign().apply(slope, some(Tensor.concat(0, slope, step.slope()), kept));
            }
            count(rows, DormandPrince.EVALUATIONS);
        }

        private Tensor some(Tensor table, int[] rows) {
            return table.gather(Tensor.of(Shape.of(rows.length), Arrays.stream(rows).asDoubleStream().toArray()));
        }

        private void count(int[] rows, int more) {
            calls += more;
            for (int i : rows) {
                evaluations[i] += more;
                if (evaluations[i] > mostEvaluations - DormandPrince.EVALUATIONS && !trajectories[i].done()) {
                    throw new LangevinException(String.format("adaptive solver: image %d is only at %s after %,d evaluations of the score, on the "
                            + "way from %s to %s; give a larger tolerance", i, field.place(trajectories[i].time()), evaluations[i],
                            field.place(from), field.place(to)));
                }
            }
        }
    }
}
