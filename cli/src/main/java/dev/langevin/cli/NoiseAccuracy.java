package dev.langevin.cli;

import dev.langevin.model.score.NetworkClassifier;
import dev.langevin.model.sde.Sde;
import dev.langevin.training.ClassifierAccuracy;
import dev.langevin.training.data.Dataset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** How often a noise-conditional classifier is right about examples that it has not seen, by noise level. */
final class NoiseAccuracy {
    /** Noise levels beside almost none. */
    private static final int LEVELS = 10;
    private static final int HELD_OUT = 2000;

    private NoiseAccuracy() {
    }

    /** Measures on the current scope's backend, prints, and gives the figures. */
    static List<Map<String, Object>> tell(Console console, NetworkClassifier classifier, Dataset held, long seed) {
        Sde sde = classifier.sde();
        double[] times = DoubleStream.concat(DoubleStream.of(sde.trainingEpsilon()),
                IntStream.rangeClosed(1, LEVELS).mapToDouble(i -> i * sde.endTime() / LEVELS)).toArray();
        int n = Math.min(HELD_OUT, held.size());
        double[] accuracy = ClassifierAccuracy.measure(classifier, sde, held, n, times, seed);
        List<Map<String, Object>> rows = new ArrayList<>();
        console.result("the classifier's accuracy on %,d held-out examples:", n);
        for (int i = 0; i < times.length; i++) {
            console.result("  t %.2f, noise level %8.3f: %6.2f %%", times[i], sde.sigma(times[i]), 100 * accuracy[i]);
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("t", times[i]);
            row.put("sigma", sde.sigma(times[i]));
            row.put("accuracy", accuracy[i]);
            rows.add(row);
        }
        return rows;
    }
}
