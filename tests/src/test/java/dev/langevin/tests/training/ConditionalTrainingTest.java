package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.io.Safetensors;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.data.Batches;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.loss.LabelDropout;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Row T-DROPY: a network of classes is trained with the labels of its examples, some of them withheld. */
class ConditionalTrainingTest {
    private static final int CLASSES = 3;

    /** The share is the one asked for within 3 standard errors, of all examples and of those at one place of a batch; the rest keep their label. */
    @Test
    void theShareWithoutLabel() {
        int batch = 50;
        int steps = 2000;
        double p = 0.1;
        LabelDropout dropout = new LabelDropout(p, 10);
        int[] labels = new int[batch];
        Arrays.setAll(labels, i -> i % 10);
        int none = 0;
        int noneOfLast = 0;
        for (int step = 1; step <= steps; step++) {
            int[] told = dropout.apply(labels, 7, step);
            assertArrayEquals(told, dropout.apply(labels, 7, step));
            for (int i = 0; i < batch; i++) {
                assertTrue(told[i] == 10 || told[i] == labels[i]);
                none += told[i] == 10 ? 1 : 0;
            }
            noneOfLast += told[batch - 1] == 10 ? 1 : 0;
        }
        assertEquals(p, none / (double) (batch * steps), 3 * Math.sqrt(p * (1 - p) / (batch * steps)));
        assertEquals(p, noneOfLast / (double) steps, 3 * Math.sqrt(p * (1 - p) / steps));
        assertArrayEquals(labels, new LabelDropout(0, 10).apply(labels, 7, 1));
        assertTrue(Arrays.stream(new LabelDropout(1, 10).apply(labels, 7, 1)).allMatch(y -> y == 10));
    }

    /** Each label of a batch is that of the example beside it. */
    @Test
    void labelsComeWithTheirExamples() {
        Dataset data = TinyRuns.labelled(CLASSES);
        Batches batches = new Batches(data, 10, 3);
        float[] examples = new float[10 * 64];
        int[] labels = new int[10];
        for (int step = 0; step < 5; step++) {
            batches.copy(step, examples, labels);
            for (int i = 0; i < 10; i++) {
                float[] example = Arrays.copyOfRange(examples, i * 64, (i + 1) * 64);
                assertTrue(holds(data, example, labels[i]), "step " + step + ", example " + i);
            }
        }
    }

    private static boolean holds(Dataset data, float[] example, int label) {
        float[] other = new float[64];
        for (int i = 0; i < data.size(); i++) {
            data.copy(i, other, 0);
            if (Arrays.equals(example, other) && data.label(i) == label) {
                return true;
            }
        }
        return false;
    }

    private static Map<String, Safetensors.Entry> run(Trainer trainer, int from, int to) {
        for (int step = from; step <= to; step++) {
            trainer.step(step);
        }
        return trainer.state(to);
    }

    private static void assertSame(Map<String, Safetensors.Entry> expected, Map<String, Safetensors.Entry> actual, float tolerance) {
        expected.forEach((name, entry) -> assertArrayEquals(entry.data(), actual.get(name).data(), tolerance, name));
    }

    /** Stopped and resumed, a run has the same bits: labels and their dropout are functions of seed, step and example. */
    @Test
    void aResumedRunKeepsItsBits() {
        TrainConfig config = TinyRuns.conditional(CLASSES, 2);
        Dataset data = TinyRuns.labelled(CLASSES);
        try (Backend backend = new CpuBackend()) {
            Map<String, Safetensors.Entry> third;
            Map<String, Safetensors.Entry> last;
            try (Trainer trainer = new Trainer(config, data, backend)) {
                third = run(trainer, 1, 3);
                last = run(trainer, 4, 7);
            }
            try (Trainer trainer = new Trainer(config, data, backend)) {
                trainer.restore(third, "test");
                assertSame(last, run(trainer, 4, 7), 0);
            }
        }
    }

    /** The parts of a batch take their own labels: together they are the whole batch. */
    @Test
    void microBatchesAreOneBatch() {
        Dataset data = TinyRuns.labelled(CLASSES);
        try (Backend backend = new CpuBackend();
                Trainer whole = new Trainer(TinyRuns.conditional(CLASSES, 1), data, backend);
                Trainer parts = new Trainer(TinyRuns.conditional(CLASSES, 3), data, backend)) {
            Trainer.StepResult one = whole.step(1);
            Trainer.StepResult three = parts.step(1);
            assertEquals(one.loss(), three.loss(), 1e-5);
            assertArrayEquals(one.errors(), three.errors(), 1e-4f);
        }
    }

    /** After training, "none" and the classes have scores of their own; with every label withheld the classes' rows were never moved. */
    @Test
    void theScoresDifferAfterTraining() {
        Dataset data = TinyRuns.labelled(CLASSES);
        TrainConfig config = TinyRuns.conditional(CLASSES, 1);
        try (Backend backend = new CpuBackend()) {
            float[] fresh;
            try (Trainer trainer = new Trainer(config, data, backend)) {
                fresh = table(trainer.state(0));
                run(trainer, 1, 20);
                try (Scope scope = Scope.open(backend)) {
                    Tensor x = Tensor.normal(Shape.of(1, 8, 8, 1), new RandomKey(1, 1, 0, 0));
                    float[] none = trainer.averagedScore().score(x, 0.4).toArray();
                    for (int y = 0; y < CLASSES; y++) {
                        assertFalse(Arrays.equals(none, trainer.averagedScore().given(y).score(x, 0.4).toArray()), "class " + y);
                    }
                }
                assertRows(fresh, table(trainer.state(20)), true, true, true, true);
            }
            // Weight decay moves every row by a known factor; without it only what is seen moves.
            TrainConfig untold = config.withObjective(config.objective().withLabelDropout(1));
            try (Trainer trainer = new Trainer(untold, data, backend)) {
                run(trainer, 1, 20);
                assertRows(fresh, table(trainer.state(20)), false, false, false, true);
            }
        }
    }

    private static float[] table(Map<String, Safetensors.Entry> state) {
        return state.get("model.class_emb.weight").data();
    }

    /** Whether each row has moved by more than weight decay does. */
    private static void assertRows(float[] before, float[] after, boolean... moved) {
        int length = before.length / moved.length;
        for (int row = 0; row < moved.length; row++) {
            double most = 0;
            for (int i = row * length; i < (row + 1) * length; i++) {
                most = Math.max(most, Math.abs(before[i] - after[i]));
            }
            assertEquals(moved[row], most > 1e-3, "row " + row + " has moved by " + most);
        }
    }

    @Test
    void classesThatExamplesDoNotHaveAreRefused() {
        TrainConfig config = TinyRuns.conditional(CLASSES, 1);
        config.check(TinyRuns.labelled(CLASSES));
        TinyRuns.config("unet").check(TinyRuns.labelled(CLASSES));
        assertEquals("unet.classes.number 3: data set swiss-roll has examples without classes; set it to 0",
                assertThrows(InputException.class, () -> config.check(TinyRuns.data("unet"))).getMessage());
        assertEquals("unet.classes.number 3: data set swiss-roll has 4 classes; set it to 4",
                assertThrows(InputException.class, () -> config.check(TinyRuns.labelled(4))).getMessage());
        assertThrows(InputException.class, () -> config.objective().withLabelDropout(1.5));
    }
}
