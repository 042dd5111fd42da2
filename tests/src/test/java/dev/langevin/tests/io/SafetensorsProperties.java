package dev.langevin.tests.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.langevin.engine.InputException;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.io.Safetensors.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Tensor files (row R-CKPT): any tensors survive, and no damage of any file does worse than an InputException. */
class SafetensorsProperties {
    private static Path file;
    private static byte[] good;

    /** One change of a file's bytes: at a place (a share of its length), a new byte, or a cut. */
    record Damage(double at, byte value, boolean cut) {
    }

    @BeforeContainer
    static void open() throws IOException {
        file = Files.createTempFile("langevin", ".safetensors");
        Map<String, Entry> tensors = new LinkedHashMap<>();
        tensors.put("model.w", new Entry(new int[] {2, 2}, new float[] {1, 2, 3, 4}));
        tensors.put("model.b", new Entry(new int[] {1}, new double[] {5}));
        Safetensors.write(file, tensors, Map.of("step", "3"));
        good = Files.readAllBytes(file);
    }

    @AfterContainer
    static void close() throws IOException {
        Files.delete(file);
    }

    @Property(tries = 100)
    void roundTrip(@ForAll("tensors") Map<String, Entry> tensors,
            @ForAll @Size(max = 3) Map<String, String> metadata) {
        Safetensors.write(file, tensors, metadata);
        var back = Safetensors.read(file);
        assertEquals(metadata, back.metadata());
        assertEquals(tensors.keySet(), back.tensors().keySet());
        tensors.forEach((name, entry) -> {
            assertArrayEquals(entry.shape(), back.tensors().get(name).shape());
            assertArrayEquals(entry.doubles(), back.tensors().get(name).doubles(), 0);
        });
    }

    @Property(tries = 2000)
    void everyDamageReadsOrIsRefused(@ForAll("damages") @Size(min = 1, max = 4) List<Damage> damages)
            throws IOException {
        byte[] bytes = good.clone();
        for (Damage damage : damages) {
            int place = (int) (damage.at() * bytes.length);
            if (damage.cut()) {
                bytes = Arrays.copyOf(bytes, Math.max(1, place));
            } else {
                bytes[place] = damage.value();
            }
        }
        Files.write(file, bytes);
        try {
            Safetensors.read(file);
        } catch (InputException e) {
            assertFalse(e.getMessage().contains("\n"), e.getMessage());
        }
    }

    @Provide
    Arbitrary<List<Damage>> damages() {
        // JSON's own characters and digits do more harm to a header than random bytes.
        Arbitrary<Byte> value = Arbitraries.oneOf(Arbitraries.bytes(),
                Arbitraries.of('{', '}', '[', ']', '"', ',', ':', '0', '9', '-', '\n').map(c -> (byte) c.charValue()));
        return Combinators.combine(Arbitraries.doubles().between(0, true, 1, false), value,
                Arbitraries.frequency(Tuple.of(9, false), Tuple.of(1, true))).as(Damage::new).list();
    }

    @Provide
    Arbitrary<Map<String, Entry>> tensors() {
        Arbitrary<Entry> floats = Arbitraries.floats().array(float[].class).ofMaxSize(20)
                .map(a -> new Entry(new int[] {1, a.length}, a));
        Arbitrary<Entry> doubles = Arbitraries.doubles().array(double[].class).ofMaxSize(20)
                .map(a -> new Entry(new int[] {a.length}, a));
        Arbitrary<String> names = Arbitraries.strings().ofMaxLength(12).filter(n -> !n.equals("__metadata__"));
        return Arbitraries.maps(names, Arbitraries.oneOf(floats, doubles)).ofMaxSize(5);
    }
}
