package dev.langevin.training.evaluate;

import dev.langevin.sampling.metrics.Kid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The table of an evaluation: a line for each row, and one for all draws of real images, with their means.
 *
 * @param distance name of the Frechet distance, with n in it; see {@link #distance(String, int)}
 * @param samples what was sampled, first in the table
 * @param real the draws of real images, by whose Frechet distance the others' are divided
 * @param baselines images whose faults are known
 * @param seen see {@link Evaluation#seenForMemorisation}
 */
public record EvaluationTable(String distance, List<Row> samples, List<Row> real, List<Row> baselines, double seen) {
    private static final double PERCENT = 100;

    /**
     * The name of the Frechet distance in the features of a data set's own classifiers: MFD of MNIST's, CFD of CIFAR-10's, FD of
     * others. The number of images is part of it, since the value falls with it as 1/n.
     */
    public static String distance(String data, int n) {
        String letters = data.equals("mnist") ? "MFD" : data.equals("cifar10") ? "CFD" : "FD";
        return letters + "-" + (n % 1000 == 0 ? n / 1000 + "k" : String.valueOf(n));
    }

    /** Frechet distance in units of that of real images, mean over the extractors. */
    public double ratio(Row row) {
        return IntStream.range(0, row.frechet().length).mapToDouble(e -> row.frechet()[e] / realFrechet(e)).average().orElseThrow();
    }

    /**
     * Share of samples nearer to a training image than to a held-out one if each were a copy of a training image: those whose image is
     * looked at, and of the others as many as of real images.
     */
    public double nearerTrainIfCopied() {
        return seen + (1 - seen) * mean(real, row -> row.memorisation().share());
    }

    private double realFrechet(int extractor) {
        return mean(real, row -> row.frechet()[extractor]);
    }

    /** Titles of the columns. */
    public List<String> head() {
        return List.of("images", distance, "/ real", "KID x1000", "precision", "recall", "nearer train %", "(z)", "IS form", "chi2", "p", "accuracy %",
                "Frechet (pixels)");
    }

    /** Cells of the lines. */
    public List<List<String>> lines() {
        List<List<String>> lines = new ArrayList<>();
        samples.forEach(row -> lines.add(line(row.name(), List.of(row))));
        lines.add(line("real images, " + real.size() + " draws", real));
        baselines.forEach(row -> lines.add(line(row.name(), List.of(row))));
        return lines;
    }

    /** Of one row, or the means of several. */
    private List<String> line(String name, List<Row> rows) {
        double[] frechet = IntStream.range(0, rows.getFirst().frechet().length).mapToDouble(e -> mean(rows, row -> row.frechet()[e])).toArray();
        boolean one = rows.size() == 1;
        Row row = rows.getFirst();
        return List.of(name,
                number(Arrays.stream(frechet).average().orElseThrow()) + (frechet.length > 1 ? " ± " + number(deviation(frechet)) : ""),
                number(mean(rows, this::ratio)),
                number(1000 * mean(rows, r -> r.kid().value())) + " ± " + number(1000 * mean(rows, r -> r.kid().standardError())),
                share(rows, r -> r.neighbours().precision()), share(rows, r -> r.neighbours().recall()),
                percent(mean(rows, r -> r.memorisation().share())), String.format(Locale.ROOT, "%+.1f", mean(rows, r -> r.memorisation().z())),
                String.format(Locale.ROOT, "%.3f", mean(rows, Row::inceptionScore)),
                String.format(Locale.ROOT, "%.1f", mean(rows, r -> r.chiSquare().statistic())), pValue(mean(rows, r -> r.chiSquare().pValue())),
                row.accuracy() == null ? "-" : percent(mean(rows, r -> r.accuracy().share()))
                    + (one ? " [" + percent(row.accuracy().lower()) + ", " + percent(row.accuracy().upper()) + "]" : ""),
                row.pixelFrechet() == null ? "-" : number(mean(rows, Row::pixelFrechet)));
    }

    private static String share(List<Row> rows, ToDoubleFunction<Row> value) {
        return String.format(Locale.ROOT, "%.3f", mean(rows, value));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f", PERCENT * share);
    }

    private static String pValue(double p) {
        return p >= 0.001 ? String.format(Locale.ROOT, "%.3f", p) : "<0.001";
    }

    /** About three digits, without an exponent. */
    private static String number(double value) {
        int decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    private static double mean(List<Row> rows, ToDoubleFunction<Row> value) {
        return rows.stream().mapToDouble(value).average().orElseThrow();
    }

    /** Standard deviation; NaN of one value. */
    private static double deviation(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        return Math.sqrt(Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (values.length - 1));
    }

    /** With columns of equal width. */
    public String text() {
        List<List<String>> all = new ArrayList<>(List.of(head()));
        all.addAll(lines());
        int[] widths = IntStream.range(0, head().size()).map(c -> all.stream().mapToInt(line -> line.get(c).length()).max().orElseThrow()).toArray();
        return all.stream().map(line -> IntStream.range(0, widths.length)
                .mapToObj(c -> c == 0 ? line.get(c) + " ".repeat(widths[c] - line.get(c).length()) : " ".repeat(widths[c] - line.get(c).length()) + line.get(c))
                .collect(Collectors.joining("  ")).stripTrailing()).collect(Collectors.joining("\n"));
    }

    /** As Markdown has tables. */
    public String markdown() {
        StringBuilder out = new StringBuilder(head().stream().collect(Collectors.joining(" | ", "| ", " |\n")));
        out.append("| --- |").append(" ---: |".repeat(head().size() - 1)).append('\n');
        lines().forEach(line -> out.append(line.stream().collect(Collectors.joining(" | ", "| ", " |\n"))));
        return out.toString();
    }

    /** What must be known to read it, in lines. */
    public List<String> notes() {
        return List.of(
                distance + ": Frechet distance to the held-out images in the features of " + real.getFirst().frechet().length
                    + " classifiers trained on the same data, mean ± deviation over them. It falls with n as 1/n: compare at one n only.",
                "/ real: in units of the same distance of real images, which is " + number(mean(real, Row::frechetMean)) + " ± "
                    + number(deviation(real.stream().mapToDouble(Row::frechetMean).toArray())) + " over the draws, and not 0. They are training images: the classifiers know them.",
                "KID x1000, precision, recall (k = 3): in the features of the first classifier. ± is the standard error.",
                "nearer train: share nearer to one of some training images than to one of as many held-out images, by pixels. Were every sample copied, it would be "
                    + percent(nearerTrainIfCopied()) + " %.",
                "(z): where the two halves of the data are alike and nothing is memorised, that share is 50 % and z, in standard errors, within 3; real images show how alike.",
                "IS form, chi2 and p of the classes, accuracy [95 %]: by a classifier that is none of these, in real images those that it was trained on.",
                "p: of images drawn at random. Where classes were asked for in fixed shares, chi2 is smaller and p larger than chance would have them.");
    }

    /** Every figure; numbers that are not there are null. */
    public List<Map<String, Object>> figures() {
        List<Map<String, Object>> rows = new ArrayList<>();
        samples.forEach(row -> rows.add(figures("samples", row)));
        real.forEach(row -> rows.add(figures("real", row)));
        baselines.forEach(row -> rows.add(figures("baseline", row)));
        return rows;
    }

    private Map<String, Object> figures(String kind, Row row) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("kind", kind);
        figures.put("name", row.name());
        figures.put("n", row.n());
        figures.put("frechet", row.frechetMean());
        figures.put("frechet_deviation", row.frechet().length == 1 ? null : deviation(row.frechet()));
        figures.put("frechet_by_extractor", Arrays.stream(row.frechet()).boxed().toList());
        figures.put("ratio_to_real", ratio(row));
        figures.put("kid", row.kid().value());
        figures.put("kid_standard_error", row.kid().standardError());
        figures.put("kid_blocks", Kid.BLOCKS);
        figures.put("precision", row.neighbours().precision());
        figures.put("recall", row.neighbours().recall());
        figures.put("density", row.neighbours().density());
        figures.put("coverage", row.neighbours().coverage());
        figures.put("nearer_train", row.memorisation().share());
        figures.put("nearer_train_expected", row.memorisation().expected());
        figures.put("nearer_train_standard_error", row.memorisation().standardError());
        figures.put("nearer_train_z", row.memorisation().z());
        figures.put("inception_score_form", row.inceptionScore());
        figures.put("classes", Arrays.stream(row.classes().counts()).boxed().toList());
        figures.put("chi_square", row.chiSquare().statistic());
        figures.put("chi_square_degrees", row.chiSquare().degreesOfFreedom());
        figures.put("chi_square_p", row.chiSquare().pValue());
        figures.put("accuracy", row.accuracy() == null ? null : row.accuracy().share());
        figures.put("accuracy_lower", row.accuracy() == null ? null : row.accuracy().lower());
        figures.put("accuracy_upper", row.accuracy() == null ? null : row.accuracy().upper());
        figures.put("frechet_pixels", row.pixelFrechet());
        figures.put("seconds", row.seconds());
        return figures;
    }
}
