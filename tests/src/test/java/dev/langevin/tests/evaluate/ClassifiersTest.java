package dev.langevin.tests.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.Philox;
import dev.langevin.model.nn.LeNetConfig;
import dev.langevin.tests.training.TinyRuns;
import dev.langevin.training.Presets;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.Trainer;
import dev.langevin.training.TrainingRun;
import dev.langevin.training.config.RunConfig;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.ImageDataset;
import dev.langevin.training.evaluate.Classifiers;
import dev.langevin.training.evaluate.ImageClassifier;
import dev.langevin.training.run.CsvLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row Q-CLF: classifiers of clean images train, say what they saw, and are kept by their seeds. */
class ClassifiersTest {
    private static final int STEPS = 60;
    private static final int IMAGES = 300;

    @TempDir
    private Path cache;
    private final CpuBackend backend = new CpuBackend();
    private final List<Path> trained = new ArrayList<>();
    /** After so many steps of a training it breaks off. */
    private long last = Long.MAX_VALUE;

    @AfterEach
    void close() {
        backend.close();
    }

    private static TrainConfig recipe() {
        return TinyRuns.config("lenet", 1, 1e-2, STEPS).withBatch(30).withShift(1).withLenet(new LeNetConfig(8, 1, 8, 6, 0.1, 3))
                .withRun(new RunConfig(STEPS, 10, 20, 1, 0));
    }

    /** A bar that stands, a bar that lies, a spot, each anywhere, in noise. */
    private static Dataset shapes() {
        byte[] pixels = new byte[IMAGES * 64];
        byte[] labels = new byte[IMAGES];
        for (int n = 0; n < IMAGES; n++) {
            labels[n] = (byte) (n % 3);
            int row = 2 + (int) (4 * Philox.uniform(1, 8, n, 0, 0));
            int column = 2 + (int) (4 * Philox.uniform(1, 8, n, 0, 1));
            for (int e = 0; e < 64; e++) {
                boolean inRow = e / 8 == row;
                boolean inColumn = e % 8 == column;
                boolean lit = n % 3 == 0 ? inColumn : n % 3 == 1 ? inRow : Math.abs(e / 8 - row) + Math.abs(e % 8 - column) < 2;
                pixels[n * 64 + e] = (byte) ((lit ? 150 : 0) + 100 * Philox.uniform(1, 9, n, 0, e));
            }
        }
        return new ImageDataset(pixels, IMAGES, 8, 8, 1).labelled(labels, 3);
    }

    private final class Breaking implements TrainingRun.Listener {
        @Override
        public void step(long step, long steps, Trainer.StepResult result, double imagesPerSecond) {
            if (step == last) {
                throw new IllegalStateException("broken off");
            }
        }

        @Override
        public void wrote(Path file) {
        }
    }

    private Classifiers classifiers(TrainConfig recipe) {
        return new Classifiers("shapes", recipe, ClassifiersTest::shapes, cache.resolve("below"), backend, (run, config) -> {
            trained.add(run);
            return new Breaking();
        });
    }

    private static float[] all(Dataset data) {
        float[] images = new float[data.size() * data.exampleSize()];
        for (int i = 0; i < data.size(); i++) {
            data.copy(i, images, i * data.exampleSize());
        }
        return images;
    }

    /** Trained where it is asked for first, and right; what it sees of an image is the image's own, in one batch as in two and alone. */
    @Test
    void seesWhatItWasTaught() {
        Dataset data = shapes();
        try (Classifiers.Trained one = classifiers(recipe()).extractor(1); Scope scope = Scope.open(backend)) {
            assertTrue(one.classifier().accuracy(data).share() > 0.97, one.classifier().accuracy(data).toString());
            float[] images = all(data);
            ImageClassifier.Seen seen = one.classifier().see(images);
            assertEquals(IMAGES, seen.features().count());
            assertEquals(6, seen.features().dimension());
            assertEquals(3, seen.probabilities().dimension());
            assertArrayEquals(seen.labels(), one.classifier().labels(images));
            for (int i = 245; i < 255; i++) {
                ImageClassifier.Seen alone = one.classifier().see(Arrays.copyOfRange(images, i * 64, i * 64 + 64));
                double sum = 0;
                for (int y = 0; y < 3; y++) {
                    assertEquals(alone.probabilities().at(0, y), seen.probabilities().at(i, y));
                    sum += seen.probabilities().at(i, y);
                    assertTrue(seen.probabilities().at(i, y) <= seen.probabilities().at(i, seen.labels()[i]));
                }
                assertEquals(1, sum, 1e-6);
                for (int j = 0; j < 6; j++) {
                    assertEquals(alone.features().at(0, j), seen.features().at(i, j));
                }
            }
            for (int length : new int[] {0, 65}) {
                assertThrows(InputException.class, () -> one.classifier().see(new float[length]));
            }
        }
        CsvLog.Table log = CsvLog.read(cache.resolve("below/shapes-seed1/log.csv"));
        assertTrue(Arrays.stream(log.column("error_t_0.0")).allMatch(e -> e >= 0 && e <= 1), "errors are those of time 0");
        assertTrue(Arrays.stream(log.column("error_t_0.5")).allMatch(Double::isNaN));
        assertTrue(Files.notExists(cache.resolve("below/shapes-seed1/samples/step-000060.png")));
    }

    /** One training for each seed; one that is broken off goes on, and ends with the weights of one that was not. */
    @Test
    void areTrainedOnce() {
        String[] hashes = new String[5];
        for (int round = 0; round < 2; round++) {
            for (int k = 1; k <= 4; k++) {
                try (Classifiers.Trained t = k == 4 ? classifiers(recipe()).judge() : classifiers(recipe()).extractor(k)) {
                    assertEquals(k, t.seed());
                    assertEquals(cache.resolve("below/shapes-seed" + k), t.folder());
                    assertTrue(t.sha256().matches("[0-9a-f]{64}") && (round == 0 || t.sha256().equals(hashes[k])), t.sha256());
                    hashes[k] = t.sha256();
                }
            }
            assertEquals(4, trained.size(), trained.toString());
        }
        assertEquals(4, Arrays.stream(hashes, 1, 5).distinct().count());
        trained.clear();
        Classifiers broken = new Classifiers("other", recipe(), ClassifiersTest::shapes, cache, backend, (run, config) -> {
            trained.add(run);
            return new Breaking();
        });
        for (long stop : new long[] {7, 33}) { // before the first checkpoint and after it
            last = stop;
            assertThrows(IllegalStateException.class, () -> broken.extractor(2));
        }
        last = Long.MAX_VALUE;
        try (Classifiers.Trained t = broken.extractor(2)) {
            assertEquals(hashes[2], t.sha256());
        }
        assertEquals(3, trained.size());
    }

    private static void refused(String piece, Runnable action) {
        InputException e = assertThrows(InputException.class, action::run);
        assertTrue(e.getMessage().contains(piece) && e.getMessage().lines().count() == 1, e.getMessage());
    }

    @Test
    void whatIsAmissIsRefused() {
        TrainConfig recipe = recipe().withSteps(2);
        classifiers(recipe).extractor(1).close();
        refused("shapes-seed1: was trained by another recipe", () -> classifiers(recipe.withShift(2)).extractor(1));
        refused("extractor 4: there are 1 to 3", () -> classifiers(recipe).extractor(4));
        refused("extractor 0", () -> classifiers(recipe).extractor(0));
        refused("network must be \"lenet\"", () -> classifiers(TinyRuns.config("unet")));
        refused("there is one of mnist, fashion-mnist, cifar10", () -> Classifiers.standard("swiss-roll", null, backend, (run, config) -> new Breaking()));
        try (TrainedRun run = TrainedRun.open(cache.resolve("below/shapes-seed1"), TrainedRun.Weights.MODEL, backend)) {
            refused("cannot guide through noise; give a run of preset noise-classifier-mnist", run::classifier);
            refused("holds a classifier, which draws nothing", run::score);
            assertNotEquals(run.sha256(), hash(TrainedRun.Weights.EMA));
        }
        refused("network 'lenet' has no score", () -> recipe.score(null));
    }

    private String hash(TrainedRun.Weights weights) {
        try (TrainedRun run = TrainedRun.open(cache.resolve("below/shapes-seed1"), weights, backend)) {
            return run.sha256();
        }
    }

    /** The other way round: of a score's run and of a noisy classifier's there is nothing to judge clean images by. */
    @Test
    void otherRunsAreNoJudges() {
        TrainConfig tiny = TinyRuns.config("mlp").withSteps(1);
        TrainingRun.create(cache.resolve("score"), tiny, TinyRuns.data("mlp"), new Breaking()).train(backend, 0);
        try (TrainedRun run = TrainedRun.open(cache.resolve("score"), TrainedRun.Weights.EMA, backend)) {
            refused("to judge clean images give a run of preset classifier-mnist", run::imageClassifier);
        }
    }

    @Test
    void configurationsThatMakeNoSenseAreRefused() {
        Dataset data = shapes();
        recipe().check(data);
        refused("shift = 1: a score learns what it is shown", () -> TinyRuns.config("unet").withShift(1).check(TinyRuns.data("unet")));
        refused("shift = 1: a score learns what it is shown", () -> TinyRuns.config("mlp").withShift(1).check(TinyRuns.data("mlp")));
        refused("shift = 8: is no less than the image", () -> recipe().withShift(8).check(data));
        refused("shift = -1: is below 0", () -> recipe().withShift(-1).check(data));
        refused("lenet.classes 4: data set swiss-roll has 3 classes", () -> recipe().withLenet(new LeNetConfig(8, 1, 8, 6, 0, 4)).check(data));
        refused("lenet.classes 3: data set swiss-roll has examples without classes", () -> recipe().check(TinyRuns.data("unet")));
        refused("network 'energy-lenet' is unknown", () -> TinyRuns.config("energy-lenet"));
        // What weights mean: the network, and no process.
        assertTrue(recipe().model().startsWith("network = \"lenet\"\n\n[lenet]\n") && recipe().model().lines().count() == 9, recipe().model());
        for (String name : List.of("classifier-mnist", "classifier-fashion-mnist", "classifier-cifar10")) {
            assertTrue(Presets.named(name).isImageClassifier(), name);
        }
        assertTrue(Presets.named("noise-classifier-mnist").isNoiseClassifier());
    }
}
