package dev.langevin.tests.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.training.SampleSheet;
import dev.langevin.training.data.ImageDataset;
import dev.langevin.training.evaluate.ByteImages;
import dev.langevin.training.evaluate.Evaluation;
import dev.langevin.training.evaluate.EvaluationPage;
import dev.langevin.training.evaluate.EvaluationReport;
import dev.langevin.training.evaluate.EvaluationTable;
import dev.langevin.training.evaluate.Row;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row Q-EVAL: sets of images with known faults show these in the figures that are of them, and in no others. */
class EvaluationTest {
    private static final ImageDataset TRAIN = Quadrants.data(1, 1200);
    private static final ImageDataset TEST = Quadrants.data(2, Quadrants.N);

    private final CpuBackend backend = new CpuBackend();
    private final Scope scope = Scope.open(backend);

    @AfterEach
    void close() {
        scope.close();
        backend.close();
    }

    @Test
    void heldOutImagesAgainstThemselves() {
        Row row = Quadrants.evaluation(TRAIN, TEST, 1).row("themselves", Quadrants.images(TEST), null);
        for (double distance : row.frechet()) {
            assertEquals(0, distance, 1e-9);
        }
        assertEquals(0, row.pixelFrechet(), 1e-9);
        assertEquals(1, row.neighbours().precision());
        assertEquals(1, row.neighbours().recall());
        assertEquals(0, row.memorisation().share(), "each is nearest to itself, which was held out");
        assertEquals(0, row.chiSquare().statistic());
        assertEquals(Quadrants.CLASSES, row.inceptionScore(), 1e-3);
        assertNull(row.accuracy());
    }

    /** A distance of the second extractor is four times that of the first, whose features are half as long. */
    @Test
    void everyExtractorHasItsDistance() {
        Row row = Quadrants.evaluation(TRAIN, TEST, 1).real().getFirst();
        assertEquals(4, row.frechet()[1] / row.frechet()[0], 1e-6);
        assertEquals(9, row.frechet()[2] / row.frechet()[0], 1e-6);
        assertEquals(row.frechet()[0] * 14 / 3, row.frechetMean(), 1e-6);
    }

    /** Draws of the data's own distribution: nothing is conspicuous, and the classes are the images' own. */
    @Test
    void realImages() {
        Evaluation evaluation = Quadrants.evaluation(TRAIN, TEST, 1);
        List<Row> real = evaluation.real();
        assertEquals(Evaluation.DRAWS, real.size());
        for (Row row : real) {
            assertEquals(1, row.accuracy().share());
            assertTrue(Math.abs(row.memorisation().z()) < 4, row.toString());
            assertTrue(Math.abs(row.kid().value()) < 5 * row.kid().standardError(), row.toString());
            assertTrue(row.neighbours().precision() > 0.7 && row.neighbours().recall() > 0.7, row.toString());
            assertTrue(row.chiSquare().pValue() > 1e-3, row.toString());
        }
        assertEquals(3, real.stream().map(row -> Arrays.toString(row.frechet())).distinct().count(), "no two draws are the same");
        assertEquals(1, evaluation.judgeAccuracy().share());
    }

    /** A quarter of the training images lies apart for the question of memorisation: of four sets that copy all of them, one in four is seen. */
    @Test
    void copiesOfTrainingImages() {
        Evaluation evaluation = Quadrants.evaluation(TRAIN, TEST, 1);
        assertEquals(0.25, evaluation.seenForMemorisation());
        double share = 0;
        double z = 0;
        for (int set = 0; set < 4; set++) {
            int first = set * Quadrants.N;
            Row row = evaluation.row("copies", ByteImages.of(TRAIN, IntStream.range(first, first + Quadrants.N).toArray()), null);
            share += row.memorisation().share() / 4;
            z += row.memorisation().z() / 2;
        }
        EvaluationTable table = new EvaluationTable("FD", List.of(), evaluation.real(), List.of(), evaluation.seenForMemorisation());
        assertEquals(table.nearerTrainIfCopied(), share, 0.04);
        assertTrue(z > 4, "z " + z);
        Row other = evaluation.row("new", Quadrants.images(Quadrants.data(3, Quadrants.N)), null);
        assertTrue(Math.abs(other.memorisation().z()) < 3, other.toString());
    }

    @Test
    void aDroppedClassLowersRecallOnly() {
        Evaluation evaluation = Quadrants.evaluation(TRAIN, TEST, 1);
        Row real = evaluation.real().getFirst();
        Row dropped = evaluation.baselines().getFirst();
        assertEquals("real images, last class dropped", dropped.name());
        assertEquals(0.75 * real.neighbours().recall(), dropped.neighbours().recall(), 0.06);
        assertEquals(real.neighbours().precision(), dropped.neighbours().precision(), 0.06);
        assertEquals(0, dropped.classes().counts()[3]);
        assertTrue(dropped.chiSquare().pValue() < 1e-9);
        assertTrue(dropped.frechet()[0] > 10 * real.frechet()[0]);
        assertEquals(3, dropped.inceptionScore(), 0.02);
    }

    /** What was asked for is what classes are compared with, here one of them three times as often. */
    @Test
    void classesThatWereAskedFor() {
        Evaluation evaluation = Quadrants.evaluation(TRAIN, TEST, 1);
        int[] wanted = IntStream.range(0, Quadrants.N).map(i -> i % 6 < 4 ? i % 6 : 0).toArray();
        int[] chosen = IntStream.range(0, Quadrants.N).map(i -> 4 * (i % 75) + (i == 0 ? 1 : wanted[i])).toArray();
        Row row = evaluation.row("asked", ByteImages.of(TEST, chosen), wanted);
        assertEquals(Quadrants.N - 1, row.accuracy().correct());
        assertTrue(row.accuracy().lower() < row.accuracy().share() && row.accuracy().upper() > row.accuracy().share());
        assertEquals(1.0 / 150 + 1.0 / 50, row.chiSquare().statistic(), 1e-9);
        assertArrayEquals(new double[] {150, 50, 50, 50}, evaluation.expected(wanted), 1e-9);
        assertArrayEquals(new double[] {75, 75, 75, 75}, evaluation.expected(null), 1e-9);
    }

    /** The seed decides on draws and baselines, and on nothing else. */
    @Test
    void aFunctionOfTheSeed() {
        List<Object> one = figures(1);
        assertEquals(one, figures(1));
        List<Object> two = figures(2);
        assertEquals(one.getFirst(), two.getFirst(), "all but memorisation, of samples");
        for (int i = 1; i < one.size(); i++) {
            assertNotEquals(one.get(i), two.get(i));
        }
    }

    private static List<Object> figures(long seed) {
        Evaluation evaluation = Quadrants.evaluation(TRAIN, TEST, seed);
        List<Row> rows = new ArrayList<>(List.of(evaluation.row("samples", Quadrants.images(Quadrants.data(3, Quadrants.N)), null)));
        rows.addAll(evaluation.real());
        rows.addAll(evaluation.baselines());
        return rows.stream().map(row -> (Object) List.of(Arrays.toString(row.frechet()), row.kid(), row.neighbours(), row.pixelFrechet())).toList();
    }

    @Test
    void tooFewAndTooMany() {
        refused("--n 36: 36 samples are too few, at least 37 are needed (Frechet distance in 6 features and 36 pixels)", 36, TRAIN, TEST, 6);
        refused("--n 255: 255 samples are too few, at least 256 are needed (Frechet distance in 128 features and 36 pixels)", 255, TRAIN, TEST, 128);
        Evaluation.check("--n", 37, TRAIN, TEST, 6);
        Evaluation.check("--n", Quadrants.N, TRAIN, TEST, 128);
        refused("--n 301: 3 draws of as many real images are measured beside them, and 1200 training images allow for 300; give at most that", 301, TRAIN, TEST, 6);
        refused("evaluation: 100 training and 300 held-out images are too few, at least 411 and 37 are needed", 40, Quadrants.data(1, 100), TEST, 6);
        refused("evaluation: 1200 training and 20 held-out images are too few, at least 148 and 37 are needed", 40, TRAIN, Quadrants.data(1, 20), 6);
        InputException wrong = assertThrows(InputException.class, () -> Quadrants.evaluation(TRAIN, TEST, 1).row("few", Quadrants.images(Quadrants.data(3, 20)), null));
        assertEquals("few: 20 images, this evaluation is of 300", wrong.getMessage());
    }

    private static void refused(String message, int n, ImageDataset train, ImageDataset test, int features) {
        assertEquals(message, assertThrows(InputException.class, () -> Evaluation.check("--n", n, train, test, features)).getMessage());
    }

    /** The three files, with every column; the page as wide as its longest line of text, two pixels a dot. */
    @Test
    void filesOfAnEvaluation(@TempDir Path folder) throws IOException {
        Evaluation evaluation = Quadrants.evaluation(TRAIN, TEST, 1);
        ByteImages images = Quadrants.images(Quadrants.data(3, Quadrants.N));
        Row samples = evaluation.row("samples", images, null);
        EvaluationTable table = new EvaluationTable(EvaluationTable.distance("mnist", Quadrants.N), List.of(samples), evaluation.real(), evaluation.baselines(), evaluation.seenForMemorisation());
        assertEquals(1, table.real().stream().mapToDouble(table::ratio).average().orElseThrow(), 1e-12);
        int[] shown = EvaluationPage.shown(Quadrants.N, 0);
        ByteImages compared = images.select(EvaluationPage.compared(shown));
        BufferedImage page = EvaluationPage.of(List.of("Title_1"), table, samples, evaluation.expected(null), images.select(shown), compared, evaluation.nearest(compared));
        List<Path> files = new EvaluationReport("evaluation", Map.of("n", Quadrants.N), table, page).write(folder);
        try (var left = Files.list(folder)) {
            assertEquals(files.stream().sorted().toList(), left.sorted().toList());
        }

        JsonNode json = new ObjectMapper().readTree(files.get(0).toFile());
        assertEquals(Quadrants.N, json.get("n").intValue());
        assertEquals(1 + 3 + 5, json.get("rows").size());
        for (JsonNode row : json.get("rows")) {
            List<String> names = new ArrayList<>();
            row.fieldNames().forEachRemaining(names::add);
            assertEquals(List.of("kind", "name", "n", "frechet", "frechet_deviation", "frechet_by_extractor", "ratio_to_real", "kid", "kid_standard_error", "kid_blocks",
                    "precision", "recall", "density", "coverage", "nearer_train", "nearer_train_expected", "nearer_train_standard_error", "nearer_train_z",
                    "inception_score_form", "classes", "chi_square", "chi_square_degrees", "chi_square_p", "accuracy", "accuracy_lower", "accuracy_upper",
                    "frechet_pixels", "seconds"), names);
            assertEquals(row.get("kind").textValue().equals("real"), !row.get("accuracy").isNull());
        }
        List<String> markdown = Files.readAllLines(files.get(1));
        assertEquals("| images | MFD-300 | / real | KID x1000 | precision | recall | nearer train % | (z) | IS form | chi2 | p | accuracy % | Frechet (pixels) |", markdown.getFirst());
        assertEquals(1 + 1 + 1 + 1 + 5, markdown.stream().takeWhile(line -> line.startsWith("|")).count());
        assertEquals(8, table.text().lines().count(), table.text());

        BufferedImage read = ImageIO.read(files.get(2).toFile());
        int longest = IntStream.concat(table.text().lines().mapToInt(String::length), table.notes().stream().mapToInt(String::length)).max().orElseThrow();
        assertEquals(2 * (6 * longest - 1) + 16, read.getWidth());
        assertEquals(page.getHeight(), read.getHeight());
    }

    @Test
    void names() {
        assertEquals("MFD-10k", EvaluationTable.distance("mnist", 10_000));
        assertEquals("CFD-10k", EvaluationTable.distance("cifar10", 10_000));
        assertEquals("FD-2500", EvaluationTable.distance("fashion-mnist", 2500));
    }

    /** The first samples; where they come in the order of classes, ten of each, a class in each row. */
    @Test
    void whichAreShown() {
        assertArrayEquals(IntStream.range(0, 100).toArray(), EvaluationPage.shown(10_000, 0));
        assertArrayEquals(IntStream.range(0, 7).toArray(), EvaluationPage.shown(7, 10));
        for (int n : new int[] {100, 785, 1003, 10_000}) {
            int[] classes = SampleSheet.classesByRow(n, 10);
            int[] shown = EvaluationPage.shown(n, 10);
            assertEquals(100, shown.length);
            for (int i = 0; i < 100; i++) {
                assertEquals(i / 10, classes[shown[i]]);
                assertTrue(i % 10 == 0 ? shown[i] == 0 || classes[shown[i] - 1] < i / 10 : shown[i] == shown[i - 1] + 1, "the first of each class");
            }
            assertEquals(20, Arrays.stream(EvaluationPage.compared(shown)).distinct().count());
        }
    }

    @Test
    void theNearestTrainingImageOfAllThereAre() {
        ByteImages copies = ByteImages.of(TRAIN, 7, 1199, 600);
        byte[] nudged = copies.pixels().clone();
        for (int i = 0; i < nudged.length; i++) {
            nudged[i] += (byte) (i % 3);
        }
        assertArrayEquals(copies.pixels(), Quadrants.evaluation(TRAIN, TEST, 1).nearest(new ByteImages(nudged, 6, 6, 1)).pixels());
    }
}
