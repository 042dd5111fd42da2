package dev.langevin.model.io;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Between tensors and the entries of safetensors files, which use PyTorch's layouts. A weight of rank 4 is
 * (A, kh, kw, B) here and (A, B, kh, kw) there, for convolutions and transposed convolutions alike; all else is the same.
 */
public final class TensorFiles {
    private TensorFiles() {
    }

    /** The named tensors as entries in PyTorch's layouts, each name after {@code prefix}. */
    public static Map<String, Safetensors.Entry> entries(String prefix, Map<String, Tensor> tensors) {
        Map<String, Safetensors.Entry> entries = new LinkedHashMap<>();
        tensors.forEach((name, t) -> entries.put(prefix + name, entry(t)));
        return entries;
    }

    private static Safetensors.Entry entry(Tensor t) {
        float[] data = t.toArray();
        int[] s = t.shape().dims();
        return s.length != 4 ? new Safetensors.Entry(s, data)
                : new Safetensors.Entry(new int[] {s[0], s[3], s[1], s[2]}, swapLast(data, s[0], s[1] * s[2], s[3]));
    }

    /**
     * Overwrites the named tensors with the entries whose names are theirs after {@code prefix}.
     *
     * @param source what the entries come from, for messages
     * @throws InputException when an entry is missing, is left over or has another shape; then nothing was written
     */
    public static void load(String prefix, Map<String, Safetensors.Entry> entries, Map<String, Tensor> tensors, String source) {
        tensors.forEach((name, t) -> check(source, prefix + name, entries.get(prefix + name), t.shape()));
        for (String name : entries.keySet()) {
            if (name.startsWith(prefix) && !tensors.containsKey(name.substring(prefix.length()))) {
                throw new InputException(source + ": " + name + " has no place in the network; it belongs to another network");
            }
        }
        tensors.forEach((name, t) -> {
            Safetensors.Entry entry = entries.get(prefix + name);
            int[] s = t.shape().dims();
            t.write(s.length != 4 ? entry.data() : swapLast(entry.data(), s[0], s[3], s[1] * s[2]));
        });
    }

    private static void check(String source, String name, Safetensors.Entry entry, Shape shape) {
        int[] s = shape.dims();
        int[] theirs = s.length == 4 ? new int[] {s[0], s[3], s[1], s[2]} : s;
        if (entry == null) {
            throw new InputException(source + ": has no tensor named " + name + "; it belongs to another network");
        }
        if (!Arrays.equals(entry.shape(), theirs)) {
            throw new InputException(source + ": " + name + " has shape " + Arrays.toString(entry.shape()) + ", the network needs "
                    + Arrays.toString(theirs) + "; it belongs to another network");
        }
    }

    /** (a, b, c) to (a, c, b). */
    private static float[] swapLast(float[] x, int a, int b, int c) {
        float[] y = new float[x.length];
        for (int i = 0; i < a; i++) {
            for (int j = 0; j < b; j++) {
                for (int k = 0; k < c; k++) {
                    y[(i * c + k) * b + j] = x[(i * b + j) * c + k];
                }
            }
        }
        return y;
    }
}
