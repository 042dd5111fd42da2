package dev.langevin.benchmarks.gpu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One line of the results: one piece of work, and the times of all who did it. */
final class Row {
    /** What a figure is held to. */
    enum Bar {
        /** Share of the bandwidth of a copy. */
        COPY("of copy"),
        /** PyTorch eager's time over ours. */
        EAGER("x eager"),
        /** Compiled PyTorch's time over ours. */
        COMPILED("x compiled");

        private final String words;

        Bar(String words) {
            this.words = words;
        }
    }

    final String section;
    final String what;
    final String size;
    final String precision;
    final Map<String, Times> times = new LinkedHashMap<>();
    final Map<String, Times> host = new LinkedHashMap<>();
    final List<String> notes = new ArrayList<>();
    private final Map<Bar, Double> bars = new LinkedHashMap<>();
    /** Of one call; 0 where they do not count. */
    double bytes;
    double flops;
    int images;
    /** Bytes a second of a copy of as many bytes; 0 where it is not known. */
    double copyRate;

    Row(String section, String what, String size, String precision) {
        this.section = section;
        this.what = what;
        this.size = size;
        this.precision = precision;
    }

    Row bar(Bar bar, double least) {
        bars.put(bar, least);
        return this;
    }

    /** Milliseconds of one call, or NaN where this one was not timed. */
    double median(String contender) {
        return times.containsKey(contender) ? times.get(contender).median() : Double.NaN;
    }

    double bytesPerSecond() {
        return bytes / (median("langevin") * 1e-3);
    }

    /** Another's time over ours, above 1 where we are faster. */
    double ratio(String contender) {
        return median(contender) / median("langevin");
    }

    private double figure(Bar bar) {
        return switch (bar) {
            case COPY -> copyRate == 0 ? Double.NaN : bytesPerSecond() / copyRate;
            // In the layout that is the faster for it.
            case EAGER -> times.containsKey("torch eager nchw") ? Math.min(ratio("torch eager"), ratio("torch eager nchw")) : ratio("torch eager");
            case COMPILED -> ratio("torch compiled");
        };
    }

    /** What throughput is in: GB/s, TFLOP/s, images/s or nothing. */
    String rate() {
        double ms = median("langevin");
        return Double.isNaN(ms) ? ""
                : bytes > 0 ? String.format("%.0f GB/s", bytes / ms * 1e-6)
                : flops > 0 ? String.format("%.1f TFLOP/s", flops / ms * 1e-9)
                : images > 0 ? String.format("%.0f images/s", images / ms * 1e3) : "";
    }

    /** All times in a line. */
    String summary() {
        List<String> parts = new ArrayList<>();
        times.forEach((name, t) -> parts.add(String.format("%s %.4f ms", name, t.median())));
        return String.join(", ", parts) + "; " + rate() + "; " + verdict();
    }

    @Override
    public String toString() {
        return section + ", " + what + ", " + size + " " + precision;
    }

    /** "0.91 of copy (0.85: met)", for each bar that this row has. */
    String verdict() {
        List<String> parts = new ArrayList<>();
        bars.forEach((bar, least) -> {
            double figure = figure(bar);
            parts.add(Double.isNaN(figure) ? String.format("%s %.2f: not measured", bar.words, least)
                    : String.format("%.2f %s (%.2f: %s)", figure, bar.words, least, figure >= least ? "met" : "missed"));
        });
        return String.join(", ", parts);
    }

    /** What ran, without a time. */
    Map<String, Object> ran() {
        return Map.of("section", section, "what", what, "size", size, "precision", precision, "ran", times.keySet(), "notes", notes);
    }

    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("section", section);
        json.put("what", what);
        json.put("size", size);
        json.put("precision", precision);
        times.forEach((name, t) -> json.put(name, Map.of("ms_median", t.median(), "spread", t.spread(), "ms", t.values())));
        host.forEach((name, t) -> json.put(name + ", host", Map.of("ms_median", t.median(), "ms", t.values())));
        json.put("bytes", bytes);
        json.put("flops", flops);
        json.put("images", images);
        if (copyRate > 0) {
            json.put("copy_bytes_per_second", copyRate);
        }
        Map<String, Object> held = new LinkedHashMap<>();
        bars.forEach((bar, least) -> held.put(bar.name().toLowerCase(Locale.ROOT),
                Double.isNaN(figure(bar)) ? Map.of("least", least) : Map.of("least", least, "measured", figure(bar))));
        json.put("bars", held);
        json.put("notes", notes);
        return json;
    }
}
