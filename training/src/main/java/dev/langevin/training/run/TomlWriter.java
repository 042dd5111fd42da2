package dev.langevin.training.run;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Writes a record as TOML: its values first, then a table for each nested record; null components are left out. */
final class TomlWriter {
    private TomlWriter() {
    }

    static String write(Record config) {
        StringBuilder text = new StringBuilder();
        table(config, "", text);
        return text.toString();
    }

    private static void table(Record record, String path, StringBuilder text) {
        StringBuilder tables = new StringBuilder();
        StringBuilder values = new StringBuilder();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = value(component, record);
            String key = TomlConfig.key(component.getName());
            if (value instanceof Record nested) {
                table(nested, path.isEmpty() ? key : path + "." + key, tables);
            } else if (value != null) {
                values.append(key).append(" = ").append(literal(value)).append('\n');
            }
        }
        if (!path.isEmpty() && !values.isEmpty()) {
            text.append("\n[").append(path).append("]\n");
        }
        text.append(values).append(tables);
    }

    private static Object value(RecordComponent component, Record record) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " cannot be read", e);
        }
    }

    private static String literal(Object value) {
        return switch (value) {
            case Integer x -> x.toString();
            case Long x -> x.toString();
            case Boolean x -> x.toString();
            case Double x -> number(x);
            case String x -> quoted(x);
            case Enum<?> x -> quoted(TomlConfig.key(x.name()));
            case int[] x -> list(Arrays.stream(x).boxed().toList());
            case double[] x -> list(Arrays.stream(x).boxed().toList());
            case List<?> x -> list(x);
            default -> throw new IllegalArgumentException("a config value of " + value.getClass()
                    + " is not supported");
        };
    }

    private static String list(List<?> values) {
        return values.stream().map(TomlWriter::literal).collect(Collectors.joining(", ", "[", "]"));
    }

    /** TOML writes infinity and NaN its own way; exponents read better as 1e-4 than as 1.0E-4. */
    private static String number(double x) {
        if (Double.isNaN(x)) {
            return "nan";
        }
        if (Double.isInfinite(x)) {
            return x > 0 ? "inf" : "-inf";
        }
        return Double.toString(x).replace(".0E", "e").replace('E', 'e');
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f) {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
