package dev.langevin.training.compare;

import dev.langevin.model.score.CountingScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.training.SampleSheet;
import dev.langevin.training.evaluate.ByteImages;
import dev.langevin.training.evaluate.Evaluation;
import dev.langevin.training.evaluate.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Sets of images that one run draws in several ways, measured by one evaluation: guidance of different strengths, samplers of different lengths. */
public final class QualityComparison {
    /**
     * One way to draw.
     *
     * @param name of its line in a table
     * @param score of as many images as the evaluation measures
     * @param options with the seed: the same for all ways whose images are to come of the same noise
     */
    public record Way(String name, ScoreFunction score, Sampler sampler, SampleOptions options) {
    }

    /**
     * What came of it.
     *
     * @param row its figures
     * @param images all that were drawn
     * @param evaluations of the score for an image
     * @param secondsPerImage wall time of the drawing
     */
    public record Drawn(Way way, Row row, ByteImages images, double evaluations, double secondsPerImage) {
    }

    private QualityComparison() {
    }

    /** One for each cell of a comparison of samplers, with its sampler, steps and seed. */
    public static List<Way> of(List<SamplerComparison.Cell> cells, ScoreFunction score, SamplerSettings settings, long seed) {
        return cells.stream().map(cell -> new Way(cell.sampler() + (cell.budget() == 0 ? "" : " " + cell.budget()), score, Samplers.named(cell.sampler(), settings),
                SampleOptions.of(Math.max(1, cell.steps()), seed))).toList();
    }

    /**
     * Draws and measures, on the current scope's backend.
     *
     * @param wanted the class that each image is asked to be of, for all ways; null where none is asked
     * @param example shape of an image
     * @param listener is told of each way that is done
     */
    public static List<Drawn> run(Evaluation evaluation, Sde sde, List<Way> ways, int[] wanted, int[] example, Consumer<Drawn> listener) {
        List<Drawn> all = new ArrayList<>();
        int n = evaluation.n();
        for (Way way : ways) {
            CountingScore counting = new CountingScore(way.score());
            long begin = System.nanoTime();
            float[] values = SampleSheet.draw(counting, sde, way.sampler(), n, example, way.options());
            double seconds = (System.nanoTime() - begin) * 1e-9 / n;
            ByteImages images = ByteImages.quantised(values, example);
            Drawn drawn = new Drawn(way, evaluation.row(way.name(), images, wanted), images, (double) counting.images() / n, seconds);
            all.add(drawn);
            listener.accept(drawn);
        }
        return all;
    }
}
