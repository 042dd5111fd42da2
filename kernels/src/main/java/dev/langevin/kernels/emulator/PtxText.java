package dev.langevin.kernels.emulator;

import dev.langevin.kernels.CudaException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads PTX: entries with their statements and labels, variables, source lines. What a word means is decided later. */
final class PtxText {
    /** The text of one kernel. */
    static final class Entry {
        final String name;
        final String header;
        final Scope scope = new Scope(null);
        final List<Statement> statements = new ArrayList<>();
        final Map<String, Integer> labels = new HashMap<>();
        final Map<String, String[]> tables = new HashMap<>();
        final List<String> variables = new ArrayList<>();

        Entry(String name, String header) {
            this.name = name;
            this.header = header;
        }
    }

    final Map<String, Entry> entries = new LinkedHashMap<>();
    /** Variables of the module, as declared. */
    final List<String> variables = new ArrayList<>();

    private final String module;
    private final Map<Integer, String> files = new HashMap<>();
    private final Map<String, String> inlined = new HashMap<>();
    private final StringBuilder buffer = new StringBuilder();
    private int braces;
    private int depth;
    private boolean skipping;
    private Entry entry;
    private Scope scope;
    private String source = "?";
    private int line;

    PtxText(String module, String text) {
        this.module = module;
        String[] lines = text.replaceAll("(?s)/\\*.*?\\*/", " ").split("\n", -1);
        for (String l : lines) {
            if (l.strip().startsWith(".file")) {
                String[] w = l.strip().split("\\s+", 3);
                files.put(Integer.parseInt(w[1]), w[2].replaceAll("^\"|\".*$", ""));
            }
        }
        for (String l : lines) {
            line++;
            int comment = l.indexOf("//");
            if (comment >= 0 && l.startsWith("inlined_at", comment + 3)) {
                // Our build keeps this part of .loc in a comment.
                l = l.substring(0, comment) + "," + l.substring(comment + 2);
            } else if (comment >= 0) {
                l = l.substring(0, comment);
            }
            read(l.strip());
        }
        if (entry != null) {
            throw new CudaException("PTX of " + module + ": kernel " + entry.name + " has no end");
        }
    }

    private void read(String l) {
        if (skipping || l.startsWith(".section")) {
            skipping = !l.startsWith("}");
        } else if (l.startsWith(".loc ") || l.startsWith(".loc\t")) {
            location(l);
        } else if (!ignored(l)) {
            int from = 0;
            for (int i = 0; i < l.length(); i++) {
                char c = l.charAt(i);
                if (c == '{' || c == '}' || c == ';' || c == ':' || braces > 0) {
                    buffer.append(l, from, i);
                    take(c);
                    from = i + 1;
                }
            }
            buffer.append(l, from, l.length());
            buffer.append(' ');
        }
    }

    private static boolean ignored(String l) {
        return l.startsWith(".version") || l.startsWith(".target") || l.startsWith(".address_size") || l.startsWith(".file");
    }

    private void take(char c) {
        String so = buffer.toString().strip();
        if (braces > 0 || c == '{' && !so.isEmpty() && !header(so)) {
            braces += c == '{' ? 1 : c == '}' ? -1 : 0;
            buffer.append(c);
        } else if (c == '{') {
            buffer.setLength(0);
            open(so);
        } else if (c == '}') {
            close();
        } else if (c == ';') {
            buffer.setLength(0);
            statement(so);
        } else if (c == ':' && label(so)) {
            buffer.setLength(0);
            if (entry != null) {
                entry.labels.put(so, entry.statements.size());
            }
        } else {
            buffer.append(c);
        }
    }

    private static boolean label(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '_' || c == '$' || c == '%');
    }

    private static boolean header(String text) {
        return text.startsWith(".") && (text.contains(".entry") || text.contains(".func"));
    }

    private void open(String header) {
        if (entry != null) {
            scope = new Scope(scope);
            depth++;
        } else if (header.contains(".entry")) {
            String name = header.substring(header.indexOf(".entry") + 6, header.indexOf('(')).strip();
            entry = new Entry(name, header);
            scope = entry.scope;
            source = "?";
        } else {
            throw new CudaException("PTX of " + module + ", line " + line + ": device functions that are called are not emulated; inline them");
        }
    }

    private void close() {
        if (depth > 0) {
            depth--;
            scope = scope.outer();
        } else {
            entries.put(entry.name, entry);
            entry = null;
        }
    }

    private void statement(String text) {
        if (text.isEmpty() || text.startsWith(".pragma")) {
            return;
        }
        if (entry == null) {
            variables.add(text);
        } else if (text.startsWith(".reg")) {
            String[] w = words(text, 3);
            scope.declare(w[1], w[2]);
        } else if (text.contains(".branchtargets")) {
            // The label before it was noted as one of an instruction.
            String[] names = split(text.substring(text.indexOf(".branchtargets") + 14));
            int at = entry.statements.size();
            entry.labels.entrySet().stream().filter(e -> e.getValue() == at && !entry.tables.containsKey(e.getKey()))
                    .forEach(e -> entry.tables.put(e.getKey(), names));
        } else if (text.startsWith(".")) {
            entry.variables.add(text);
        } else {
            instruction(text);
        }
    }

    private void instruction(String text) {
        String guard = null;
        boolean negated = false;
        String rest = text;
        if (text.startsWith("@")) {
            String[] parts = words(text.substring(1), 2);
            negated = parts[0].startsWith("!");
            guard = parts[0].substring(negated ? 1 : 0);
            rest = parts[1];
        }
        String[] w = words(rest, 2);
        entry.statements.add(new Statement(guard, negated, w[0].split("\\."), w.length == 1 ? new String[0] : split(w[1]), scope, line, source));
    }

    /** Words between blanks, at most {@code most}: the last holds the rest. */
    private static String[] words(String text, int most) {
        List<String> words = new ArrayList<>(4);
        int i = 0;
        while (true) {
            while (i < text.length() && text.charAt(i) <= ' ') {
                i++;
            }
            int from = i;
            if (i == text.length()) {
                return words.toArray(String[]::new);
            }
            if (words.size() == most - 1) {
                words.add(text.substring(from).strip());
                return words.toArray(String[]::new);
            }
            while (i < text.length() && text.charAt(i) > ' ') {
                i++;
            }
            words.add(text.substring(from, i));
        }
    }

    /** Parts between commas that are not inside braces or brackets. */
    static String[] split(String list) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int from = 0;
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            depth += c == '{' || c == '[' || c == '(' ? 1 : c == '}' || c == ']' || c == ')' ? -1 : 0;
            if (c == ',' && depth == 0) {
                parts.add(list.substring(from, i).strip());
                from = i + 1;
            }
        }
        if (!list.substring(from).isBlank()) {
            parts.add(list.substring(from).strip());
        }
        return parts.toArray(String[]::new);
    }

    /** {@code .loc 2 17 73, function_name X, inlined_at 1 5 3}. */
    private void location(String text) {
        String[] parts = text.substring(4).split(",");
        String[] w = words(parts[0], 9);
        String at = files.getOrDefault(Integer.parseInt(w[0]), "?") + ":" + w[1];
        String key = String.join(" ", w);
        String from = null;
        for (String p : parts) {
            if (p.strip().startsWith("inlined_at")) {
                String[] v = words(p.strip().substring(10), 9);
                String outer = inlined.get(String.join(" ", v));
                from = files.getOrDefault(Integer.parseInt(v[0]), "?") + ":" + v[1] + (outer == null ? "" : ", inlined at " + outer);
            }
        }
        if (from != null) {
            inlined.put(key, from);
        }
        // Line 0 is the compiler's own code: the line before says more.
        if (!w[1].equals("0")) {
            source = at + (from == null ? "" : ", inlined at " + from);
        }
    }
}
