package dev.langevin.training.run;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;

/** Guesses which word was meant. */
public final class Spelling {
    private Spelling() {
    }

    /**
     * The known word with the smallest distance to {@code word}, the first of several.
     *
     * @throws java.util.NoSuchElementException when none is known
     */
    public static String nearest(String word, Collection<String> known) {
        return known.stream().min(Comparator.comparingInt(k -> distance(word, k))).orElseThrow();
    }

    /** Levenshtein's distance: insertions, deletions and substitutions from one word to the other. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, j -> j);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitution = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substitution, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
