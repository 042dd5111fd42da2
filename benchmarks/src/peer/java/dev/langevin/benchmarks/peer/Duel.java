package dev.langevin.benchmarks.peer;

import java.util.Comparator;
import java.util.List;

/**
 * Langevin against libtorch in the best of its forms (layouts, or ways of calling it), which a short trial of all picks.
 *
 * @param ours measured
 * @param theirs measured: the form that was the fastest in the trial
 * @param trials of all of libtorch's forms
 */
record Duel(Turns.Work ours, Turns.Work theirs, List<Turns.Work> trials) {
    /**
     * @param warmUp seconds of Langevin's unmeasured work, for the JVM to compile; libtorch has its trial
     * @param trialTurns of each form
     * @param turns of each side
     * @param repeats in a turn, as in {@link Turns#run}
     */
    static Duel fight(Turns.Work ours, List<Turns.Work> forms, double warmUp, int trialTurns, int turns, int repeats) {
        List<Turns.Work> trials = forms.stream().map(Turns.Work::again).toList();
        Turns.warmUp(0, trials.toArray(Turns.Work[]::new));
        if (trials.size() > 1) {
            Turns.run(trialTurns, 1, trials.toArray(Turns.Work[]::new));
        }
        Turns.Work theirs = trials.size() == 1 ? trials.getFirst()
                : trials.stream().min(Comparator.comparingDouble(Turns.Work::median)).orElseThrow().again();
        Turns.warmUp(warmUp, ours);
        Turns.run(turns, repeats, ours, theirs);
        return new Duel(ours, theirs, trials.size() == 1 ? List.of() : trials);
    }

    /** libtorch's median over Langevin's: above 1, Langevin is faster. */
    double ratio() {
        return theirs.median() / ours.median();
    }
}
