package dev.langevin.benchmarks.peer;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.cpu.CpuBackend;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.bytedeco.javacpp.PointerScope;

/** Single ops, one after the other: prepared, shown to agree, timed, told. */
final class Operations {
    private static final String LINE = "%-44s %-9s %9s %8s  %9s %8s %6s  %5s %-7s %s";

    private static final int TRIAL_TURNS = 2;

    private final Say say;
    private final double warmUp;
    private final int turns;
    private final int repeats;

    /** Takes a line for people. */
    interface Say {
        void line(String format, Object... arguments);
    }

    /** The numbers as in {@link Duel#fight}. */
    Operations(Say say, double warmUp, int turns, int repeats) {
        this.say = say;
        this.warmUp = warmUp;
        this.turns = turns;
        this.repeats = repeats;
    }

    /**
     * The ops whose names {@code regex} is found in, whatever the case.
     *
     * @throws InputException when there are none; the message lists all
     */
    static List<PeerOp> named(String regex, int batch) {
        List<PeerOp> all = new ArrayList<>(DifferentiableOps.all(batch));
        all.addAll(UpdateOps.all(batch));
        Pattern pattern;
        try {
            pattern = Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
        } catch (PatternSyntaxException e) {
            throw new InputException("--ops " + regex + ": " + e.getDescription() + " (a regular expression)");
        }
        List<PeerOp> found = all.stream().filter(op -> pattern.matcher(op.name()).find()).toList();
        if (found.isEmpty()) {
            throw new InputException("--ops " + regex + ": fits none of " + String.join(", ", all.stream().map(PeerOp::name).toList()));
        }
        return found;
    }

    /** One row for each op and pass. */
    List<Map<String, Object>> run(List<PeerOp> ops) {
        say.line("%nGFLOP/s of the definition, or GB/s of the bytes that must be moved at least. Ratio: libtorch's time over Langevin's.%n");
        say.line(LINE, "", "", "Langevin", "", "libtorch", "", "", "", "", "");
        say.line(LINE, "op", "pass", "ms", "G/s", "ms", "G/s", "ratio", "bar", "", "difference; libtorch's form");
        List<Map<String, Object>> rows = new ArrayList<>();
        for (PeerOp op : ops) {
            try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend); PointerScope peer = new PointerScope()) {
                for (Match match : op.matches()) {
                    rows.add(row(match, Duel.fight(match.langevin(), match.forms(), warmUp, TRIAL_TURNS, turns, repeats)));
                }
            }
        }
        return rows;
    }

    private Map<String, Object> row(Match match, Duel duel) {
        double ratio = duel.ratio();
        String verdict = match.bar() == 0 ? "" : ratio >= match.bar() ? "met" : "missed";
        say.line(LINE, match.op(), match.pass(), milliseconds(duel.ours()), rate(match, duel.ours()), milliseconds(duel.theirs()),
                rate(match, duel.theirs()), String.format("%.2f", ratio), match.bar() == 0 ? "" : String.format("%.1f", match.bar()), verdict,
                String.format("%.0e; %s%s", match.difference(), duel.theirs().name(), leftOut(duel)));
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("op", match.op());
        figures.put("pass", match.pass());
        figures.put("giga_" + (match.unit().equals(Match.FLOP) ? "flop" : "bytes"), match.giga());
        figures.put("langevin", figures(duel.ours()));
        figures.put("libtorch", figures(duel.theirs()));
        figures.put("libtorch_trials", duel.trials().stream().map(Operations::figures).toList());
        figures.put("ratio", ratio);
        figures.put("bar", match.bar() == 0 ? null : match.bar());
        figures.put("met", match.bar() == 0 ? null : ratio >= match.bar());
        figures.put("difference", match.difference());
        return figures;
    }

    private static String milliseconds(Turns.Work work) {
        return String.format("%.3f", work.median() * 1e3);
    }

    private static String rate(Match match, Turns.Work work) {
        return String.format("%.1f", match.giga() / work.median());
    }

    private static String leftOut(Duel duel) {
        int disturbed = duel.ours().disturbed().size() + duel.theirs().disturbed().size();
        return disturbed == 0 ? "" : "; " + disturbed + " disturbed repeats left out";
    }

    private static Map<String, Object> figures(Turns.Work work) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("form", work.name());
        figures.put("median_ms", work.median() * 1e3);
        figures.put("fastest_ms", work.fastest() * 1e3);
        figures.put("slowest_ms", work.slowest() * 1e3);
        figures.put("repeats", work.seconds().size());
        figures.put("disturbed_repeats", work.disturbed().size());
        return figures;
    }
}
