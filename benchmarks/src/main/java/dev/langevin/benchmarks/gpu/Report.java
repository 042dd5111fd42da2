package dev.langevin.benchmarks.gpu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.langevin.model.io.AtomicFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All results as one JSON file and one Markdown file, written anew after each row, so that a run cut short keeps what it has. */
final class Report {
    private final Path base;
    private final boolean measured;
    private final Map<String, Object> settings = new LinkedHashMap<>();
    private final List<Row> rows = new ArrayList<>();
    private final Set<String> leftOut = new LinkedHashSet<>();

    /**
     * @param base path of both files without their endings
     * @param measured whether times mean something; else only what ran is written
     */
    Report(Path base, boolean measured) {
        this.base = base;
        this.measured = measured;
    }

    void setting(String name, Object value) {
        settings.put(name, value);
    }

    void add(Row row) {
        rows.add(row);
        write();
    }

    /** Says in the results that something was not measured, and why. */
    void leftOut(String line) {
        leftOut.add(line);
        write();
    }

    List<Row> rows() {
        return rows;
    }

    void write() {
        Map<String, Object> json = new LinkedHashMap<>(settings);
        json.put("rows", rows.stream().map(r -> measured ? r.json() : r.ran()).toList());
        json.put("left_out", leftOut);
        try {
            save(".json", new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(json) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
        save(".md", markdown());
    }

    private void save(String ending, String text) {
        AtomicFile.write(base.resolveSibling(base.getFileName() + ending), text.getBytes(StandardCharsets.UTF_8));
    }

    private String markdown() {
        StringBuilder text = new StringBuilder("# GPU benchmark\n\n");
        settings.forEach((name, value) -> text.append("- ").append(name.replace('_', ' ')).append(": ").append(value).append('\n'));
        if (!measured) {
            text.append("\nOn the emulator, to show that every part runs: nothing was measured.\n\n");
            rows.forEach(r -> text.append(String.format("- %s: %s%n", r, String.join(", ", r.times.keySet()))));
            return text.toString();
        }
        text.append("\nTimes are medians of one call in milliseconds, with half of the distance between the quartiles; PyTorch's over "
                + "Langevin's above 1 where Langevin is faster.\n");
        Set<String> sections = new LinkedHashSet<>();
        rows.forEach(r -> sections.add(r.section));
        for (String section : sections) {
            text.append("\n## ").append(section).append("\n\n| what | size | precision | Langevin | rate | of copy | PyTorch eager | "
                    + "PyTorch compiled | bars |\n| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |\n");
            rows.stream().filter(r -> r.section.equals(section)).forEach(r -> line(text, r));
        }
        if (!leftOut.isEmpty()) {
            text.append("\n## Not measured\n\n");
            leftOut.forEach(l -> text.append("- ").append(l).append('\n'));
        }
        return text.toString();
    }

    private static void line(StringBuilder text, Row row) {
        List<String> remarks = new ArrayList<>();
        if (!row.verdict().isEmpty()) {
            remarks.add(row.verdict());
        }
        row.times.forEach((name, t) -> {
            if (!List.of("langevin", "torch eager", "torch compiled").contains(name)) {
                remarks.add(String.format("%s %.3f ms", name, t.median()));
            }
        });
        row.host.forEach((name, t) -> remarks.add(String.format("%s: host %.3f ms", name, t.median())));
        remarks.addAll(row.notes);
        text.append(String.format("| %s | %s | %s | %s | %s | %s | %s | %s | %s |%n", row.what, row.size, row.precision,
                time(row, "langevin"), row.rate(), row.copyRate > 0 ? String.format("%.2f", row.bytesPerSecond() / row.copyRate) : "",
                other(row, "torch eager"), other(row, "torch compiled"), String.join("; ", remarks)));
    }

    private static String time(Row row, String name) {
        Times t = row.times.get(name);
        return t == null ? "" : String.format("%.4f ± %.1f %%", t.median(), 100 * t.spread());
    }

    private static String other(Row row, String name) {
        return row.times.containsKey(name) ? time(row, name) + String.format(" (%.2f x)", row.ratio(name)) : "";
    }
}
