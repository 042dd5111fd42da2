package dev.langevin.tests.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.io.Safetensors;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * PyTorch's values from the tests' resources (golden/README.md there says how they were made), and comparison with
 * them. Tensors of rank 4 are (A, B, C, D) in the files and (A, C, D, B) here.
 */
public final class Golden {
    private final Map<String, Safetensors.Entry> entries;

    private Golden(Map<String, Safetensors.Entry> entries) {
        this.entries = entries;
    }

    public static Golden open(String name) {
        return new Golden(Safetensors.read(path(name)).tensors());
    }

    public static Path path(String name) {
        try {
            return Path.of(Objects.requireNonNull(Golden.class.getResource("/golden/" + name)).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An entry as a tensor in the engine's layout. */
    public Tensor tensor(String name) {
        Safetensors.Entry e = Objects.requireNonNull(entries.get(name), name);
        Tensor t = Tensor.of(Shape.of(e.shape()), e.doubles());
        return e.shape().length == 4 ? t.permute(0, 2, 3, 1) : t;
    }

    /** An entry as it lies in the file: sequences such as (N, heads, tokens, d) are not images. */
    public Tensor raw(String name) {
        Safetensors.Entry e = Objects.requireNonNull(entries.get(name), name);
        return Tensor.of(Shape.of(e.shape()), e.doubles());
    }

    public boolean has(String name) {
        return entries.containsKey(name);
    }

    /**
     * Holds {@code actual} to the entry within {@code relative} of the entry's largest magnitude; NaN fails.
     *
     * @return the share of the tolerance used
     */
    public double check(String name, Tensor actual, double relative) {
        return check(name, tensor(name), actual, relative);
    }

    static double check(String name, Tensor expected, Tensor actual, double relative) {
        assertArrayEquals(expected.shape().dims(), actual.shape().dims(), name + ": shape");
        double[] want = expected.toDoubles();
        double[] got = actual.toDoubles();
        double scale = 0;
        for (double v : want) {
            scale = Math.max(scale, Math.abs(v));
        }
        double worst = 0;
        for (int i = 0; i < want.length; i++) {
            double share = Math.abs(got[i] - want[i]) / (relative * scale);
            assertTrue(share <= 1, name + "[" + i + "]: expected " + want[i] + ", got " + got[i] + ", " + share + " of the tolerance");
            worst = Math.max(worst, share);
        }
        return worst;
    }
}
