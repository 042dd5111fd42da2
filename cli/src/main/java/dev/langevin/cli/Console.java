package dev.langevin.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Where a command's results and messages go, and the options that every command has. */
final class Console {
    private final PrintStream out;
    private final PrintStream err;

    @Option(names = "--json", description = "Print one JSON object of figures on standard output, and nothing else there.")
    private boolean json;

    /** Read from the arguments by {@link Failures}, which must know it even when they cannot be parsed. */
    @Option(names = "--debug", description = "Show the stack trace of a failure.")
    private boolean debug;

    Console(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    boolean json() {
        return json;
    }

    /** A line of the result for a reader; not printed with {@code --json}. */
    void result(String format, Object... arguments) {
        if (!json) {
            out.printf(format + "%n", arguments);
            out.flush();
        }
    }

    /** A line about how the work goes, on standard error. */
    void note(String format, Object... arguments) {
        err.printf(format + "%n", arguments);
    }

    /** The figures of the command; printed with {@code --json} only. Numbers that are not finite become null. */
    void figures(Map<String, ?> figures) {
        if (json) {
            try {
                out.println(new ObjectMapper().writeValueAsString(finite(figures)));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e); // maps, lists, strings and numbers can always be written
            }
        }
    }

    Progress progress(String task, String unit, long from, long to) {
        return Progress.start(err, task, unit, from, to);
    }

    private static Object finite(Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<Object, Object> copy = new LinkedHashMap<>();
                map.forEach((key, v) -> copy.put(key, finite(v)));
                yield copy;
            }
            case List<?> list -> {
                List<Object> copy = new ArrayList<>();
                list.forEach(v -> copy.add(finite(v)));
                yield copy;
            }
            case Double d when !Double.isFinite(d) -> null;
            case null, default -> value;
        };
    }
}
