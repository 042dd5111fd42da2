package dev.langevin.tests.compare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.model.score.CountingScore;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.training.SampleSheet;
import dev.langevin.training.compare.SamplerComparison;
import dev.langevin.training.compare.SamplerComparison.Cell;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table of samplers: each takes as many steps as its budget of evaluations allows, and no more. */
class SamplerComparisonTest {
    private static final int[] EXAMPLE = {2, 2, 1};
    private static final int N = 3;

    @Test
    void spendsItsBudgetAndNoMore() {
        Sde sde = Sdes.named("vp");
        ScoreFunction score = GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.5});
        List<Sampler> samplers = Samplers.all(SamplerSettings.usual());
        List<Cell> heard = new ArrayList<>();
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            List<Cell> cells = SamplerComparison.run(score, sde, samplers, List.of(1, 5, 35), N, EXAMPLE, 7, heard::add);
            assertEquals(heard, cells);
            for (Cell cell : cells) {
                Sampler sampler = Samplers.named(cell.sampler());
                assertEquals(N * 4, cell.images().length);
                if (sampler.adaptive()) {
                    assertEquals(0, cell.budget());
                    continue;
                }
                assertTrue(cell.evaluations() <= cell.budget(), cell.toString());
                CountingScore counting = new CountingScore(score);
                sampler.sample(counting, sde, Shape.of(N, 2, 2, 1), SampleOptions.of(cell.steps() + 1, 7));
                assertTrue(counting.evaluations() > cell.budget(), cell + ": one step more would take " + counting.evaluations());
                assertArrayEquals(SampleSheet.draw(score, sde, sampler, N, EXAMPLE, SampleOptions.of(cell.steps(), 7)), cell.images());
            }
            for (Sampler sampler : samplers) {
                assertTrue(cells.stream().anyMatch(cell -> cell.sampler().equals(sampler.name())), sampler.name());
            }
        }
    }
}
