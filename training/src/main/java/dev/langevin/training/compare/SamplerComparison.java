package dev.langevin.training.compare;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.CountingScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.training.SampleSheet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What samplers make of one trained score when each may evaluate it only so often: the same images, the same seeds. */
public final class SamplerComparison {
    /** Steps of a first drawing that is not timed, so that the first cell does not pay for the JVM's compiling. */
    private static final int WARM_UP = 50;

    /**
     * What one sampler made.
     *
     * @param sampler its name
     * @param budget evaluations of the score that it was allowed, for an image; 0 for a sampler that chooses its steps itself
     * @param steps its steps; 0 for a sampler that chooses them itself
     * @param evaluations evaluations of the score that it took for an image; the mean, for a sampler that chooses its steps
     * @param secondsPerImage wall time
     * @param images (n, ...)
     */
    public record Cell(String sampler, int budget, int steps, long evaluations, double secondsPerImage, float[] images) {
    }

    private SamplerComparison() {
    }

    /**
     * Each sampler at each budget, in the current scope's backend. A budget that does not allow for one step is left out, and a
     * sampler that chooses its steps itself has one cell.
     *
     * @param n images in each cell, from 1 to {@link SampleSheet#BATCH}: one batch, whose evaluations are each image's
     * @param example shape of one image
     * @param listener is told of each cell
     */
    public static List<Cell> run(ScoreFunction score, Sde sde, List<Sampler> samplers, List<Integer> budgets, int n, int[] example,
            long seed, Consumer<Cell> listener) {
        List<Cell> cells = new ArrayList<>();
        SampleSheet.draw(score, sde, samplers.getFirst(), n, example, SampleOptions.of(WARM_UP, seed));
        for (Sampler sampler : samplers) {
            for (int budget : sampler.adaptive() ? List.of(0) : budgets) {
                int steps = sampler.adaptive() ? 0 : steps(sampler, sde, budget);
                if (steps > 0 || sampler.adaptive()) {
                    CountingScore counting = new CountingScore(score);
                    long begin = System.nanoTime();
                    float[] images = SampleSheet.draw(counting, sde, sampler, n, example, SampleOptions.of(Math.max(1, steps), seed));
                    double seconds = (System.nanoTime() - begin) * 1e-9 / n;
                    Cell cell = new Cell(sampler.name(), budget, steps, Math.round((double) counting.images() / n), seconds, images);
                    cells.add(cell);
                    listener.accept(cell);
                }
            }
        }
        return cells;
    }

    /** The most steps that take at most {@code budget} evaluations; 0 where one step takes more. */
    static int steps(Sampler sampler, Sde sde, int budget) {
        // Evaluations are a line in the number of steps, but for the first few of a multistep method.
        long ten = evaluations(sampler, sde, 10);
        long each = evaluations(sampler, sde, 11) - ten;
        int steps = (int) Math.max(0, (budget - ten) / each + 10);
        while (steps > 0 && evaluations(sampler, sde, steps) > budget) {
            steps--;
        }
        return steps;
    }

    /** Counted on one pixel with a score of nothing, where it costs no time. */
    private static long evaluations(Sampler sampler, Sde sde, int steps) {
        CountingScore counting = new CountingScore((x, t) -> x.mul(0));
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            sampler.run(counting, sde, Tensor.zeros(Shape.of(1, 1)), sde.endTime(), SampleOptions.of(steps, 0));
        }
        return counting.evaluations();
    }
}
