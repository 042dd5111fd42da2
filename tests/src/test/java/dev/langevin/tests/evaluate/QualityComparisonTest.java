package dev.langevin.tests.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.guidance.ClassifierFreeGuidance;
import dev.langevin.training.SampleSheet;
import dev.langevin.training.compare.QualityComparison;
import dev.langevin.training.compare.QualityComparison.Drawn;
import dev.langevin.training.compare.QualityComparison.Way;
import dev.langevin.training.compare.SamplerComparison;
import dev.langevin.training.data.ImageDataset;
import dev.langevin.training.evaluate.ByteImages;
import dev.langevin.training.evaluate.Evaluation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Row Q-EVAL: exact scores of a data set of four classes, guided to the right class, to none, and to the wrong one, measure as they must. */
class QualityComparisonTest {
    private static final int[] EXAMPLE = {Quadrants.SIDE, Quadrants.SIDE, 1};
    private static final double VARIANCE = Math.pow(12 / 127.5, 2);

    private final Sde sde = Sdes.named("vp");

    /** The exact score of the pixels of some classes' images: each pixel is normal about its class's mean. */
    private record ClassScore(Sde sde, int... labels) implements ScoreFunction {
        @Override
        public Tensor score(Tensor x, double t) {
            double a = sde.meanCoefficient(t);
            double[] mean = new double[labels.length * Quadrants.PIXELS];
            for (int i = 0; i < mean.length; i++) {
                int k = i % Quadrants.PIXELS;
                int quadrant = k / Quadrants.SIDE / 3 * 2 + k % Quadrants.SIDE / 3;
                mean[i] = a * ((quadrant == labels[i / Quadrants.PIXELS] ? 180 : 90) / 127.5 - 1);
            }
            return Tensor.of(Shape.of(labels.length, Quadrants.SIDE, Quadrants.SIDE, 1), mean).sub(x).div(a * a * VARIANCE + Math.pow(sde.std(t), 2));
        }

        @Override
        public Tensor score(Tensor x, double[] t) {
            throw new UnsupportedOperationException();
        }

        @Override
        public ScoreFunction forImages(int... rows) {
            return new ClassScore(sde, Arrays.stream(rows).map(row -> labels[row]).toArray());
        }
    }

    @Test
    void aCellOfSamplersIsDrawnAsItWas() {
        ScoreFunction score = new ClassScore(sde, 0);
        List<Way> ways = QualityComparison.of(List.of(new SamplerComparison.Cell("edm", 10, 5, 9, 0, null), new SamplerComparison.Cell("rk45", 0, 0, 80, 0, null)),
                score, SamplerSettings.usual(), 8);
        assertEquals(List.of("edm 10", "rk45"), ways.stream().map(Way::name).toList());
        assertEquals(List.of("edm", "rk45"), ways.stream().map(way -> way.sampler().name()).toList());
        assertEquals(List.of(5, 1), ways.stream().map(way -> way.options().steps()).toList());
        assertTrue(ways.stream().allMatch(way -> way.options().seed() == 8 && way.score() == score));
    }

    @Test
    void eachWayIsDrawnAndMeasured() {
        ImageDataset test = Quadrants.data(2, Quadrants.N);
        int[] wanted = SampleSheet.classesByRow(Quadrants.N, Quadrants.CLASSES);
        ScoreFunction right = new ClassScore(sde, wanted);
        ScoreFunction wrong = new ClassScore(sde, Arrays.stream(wanted).map(y -> (y + 1) % Quadrants.CLASSES).toArray());
        Sampler sampler = Samplers.named("dpmpp-2m");
        SampleOptions options = SampleOptions.of(20, 3);
        List<Way> ways = List.of(new Way("1", new ClassifierFreeGuidance(right, wrong, 1), sampler, options),
                new Way("0", new ClassifierFreeGuidance(right, wrong, 0), sampler, options),
                new Way("3", new ClassifierFreeGuidance(right, wrong, 3), sampler, options),
                new Way("few steps", right, sampler, SampleOptions.of(5, 3)));
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Evaluation evaluation = Quadrants.evaluation(Quadrants.data(1, 1200), test, 1);
            List<Drawn> heard = new ArrayList<>();
            List<Drawn> drawn = QualityComparison.run(evaluation, sde, ways, wanted, EXAMPLE, heard::add);
            assertEquals(heard, drawn);
            assertEquals(List.of("1", "0", "3", "few steps"), drawn.stream().map(d -> d.row().name()).toList());
            assertEquals(List.of(20.0, 20.0, 20.0, 5.0), drawn.stream().map(Drawn::evaluations).toList());
            assertEquals(List.of(1.0, 0.0, 1.0, 1.0), drawn.stream().map(d -> d.row().accuracy().share()).toList());
            double real = evaluation.real().stream().mapToDouble(row -> row.frechetMean()).average().orElseThrow();
            assertTrue(drawn.get(0).row().frechetMean() < 3 * real, "samples of the data's own distribution: " + drawn.get(0).row());
            assertTrue(drawn.get(2).row().frechetMean() > 100 * real, "beyond the class: " + drawn.get(2).row());
            assertArrayEquals(ByteImages.quantised(SampleSheet.draw(right, sde, sampler, Quadrants.N, EXAMPLE, options), EXAMPLE).pixels(),
                    drawn.get(0).images().pixels(), "the same noise and steps for each");
            assertTrue(drawn.stream().allMatch(d -> d.secondsPerImage() > 0 && d.images().count() == Quadrants.N));
        }
    }
}
