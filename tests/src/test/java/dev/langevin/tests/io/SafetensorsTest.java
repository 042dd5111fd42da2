package dev.langevin.tests.io;

import static dev.langevin.tests.io.Messages.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.model.io.Safetensors;
import dev.langevin.model.io.Safetensors.Contents;
import dev.langevin.model.io.Safetensors.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tensor files (row R-CKPT): round trip to the bit, every dtype that is read, every damage refused in one line. */
class SafetensorsTest {
    @TempDir
    Path folder;

    @Test
    void roundTripKeepsBitsShapesAndMetadata() {
        float[] floats = {0f, -0f, 1.5f, Float.MIN_VALUE, Float.NaN, Float.NEGATIVE_INFINITY};
        double[] doubles = {Math.PI, 1e300, Double.MIN_VALUE};
        Map<String, Entry> tensors = new LinkedHashMap<>();
        tensors.put("b.weight", new Entry(new int[] {2, 3}, floats));
        tensors.put("a \"quoted\" \u00fc\n", new Entry(new int[] {3, 1}, doubles));
        tensors.put("scalar", new Entry(new int[0], new float[] {7}));
        tensors.put("empty", new Entry(new int[] {4, 0}, new float[0]));
        Path file = folder.resolve("x.safetensors");
        Safetensors.write(file, tensors, Map.of("step", "12", "name", "\u00e9"));

        Contents back = Safetensors.read(file);
        assertEquals(tensors.keySet(), back.tensors().keySet());
        assertEquals(Map.of("step", "12", "name", "\u00e9"), back.metadata());
        for (String name : tensors.keySet()) {
            assertArrayEquals(tensors.get(name).shape(), back.tensors().get(name).shape());
        }
        assertArrayEquals(bits(floats), bits(back.tensors().get("b.weight").data()));
        assertArrayEquals(doubles, back.tensors().get("a \"quoted\" \u00fc\n").doubles(), 0);
        assertTrue(back.tensors().get("a \"quoted\" \u00fc\n").isDouble());
        assertFalse(Files.exists(folder.resolve("x.safetensors.tmp")));
    }

    @Test
    void tensorsLongerThanOneBufferSurvive() {
        float[] floats = new float[700_001];
        double[] doubles = new double[300_003];
        IntStream.range(0, floats.length).forEach(i -> floats[i] = i * 0.25f);
        IntStream.range(0, doubles.length).forEach(i -> doubles[i] = i / 3.0);
        Path file = folder.resolve("long.safetensors");
        Safetensors.write(file, Map.of("f", new Entry(new int[] {floats.length}, floats),
                "d", new Entry(new int[] {doubles.length}, doubles)), Map.of());
        Contents back = Safetensors.read(file);
        assertArrayEquals(floats, back.tensors().get("f").data(), 0);
        assertArrayEquals(doubles, back.tensors().get("d").doubles(), 0);
    }

    @Test
    void bytesDoNotDependOnTheOrderOfTheMaps() throws IOException {
        Entry one = new Entry(new int[] {1}, new float[] {1});
        Entry two = new Entry(new int[] {2}, new double[] {1, 2});
        Map<String, Entry> forward = new LinkedHashMap<>();
        forward.put("a", one);
        forward.put("b", two);
        Map<String, Entry> backward = new LinkedHashMap<>();
        backward.put("b", two);
        backward.put("a", one);
        Safetensors.write(folder.resolve("1"), forward, new LinkedHashMap<>(Map.of("x", "1", "y", "2", "z", "3")));
        Safetensors.write(folder.resolve("2"), backward, new LinkedHashMap<>(Map.of("z", "3", "y", "2", "x", "1")));
        assertArrayEquals(Files.readAllBytes(folder.resolve("1")), Files.readAllBytes(folder.resolve("2")));
    }

    @Test
    void halfPrecisionIsWidenedExactly() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        data.putShort((short) 0x3C00).putShort((short) 0xC580); // 1 and -5.5 in binary16
        data.putShort((short) 0x3F80).putShort((short) 0xC0B0); // 1 and -5.5 in bfloat16
        Path file = raw("{\"h\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[4,8]}}", data.array());
        Contents contents = Safetensors.read(file);
        assertEquals(List.of("h", "b"), List.copyOf(contents.tensors().keySet()));
        assertArrayEquals(new float[] {1, -5.5f}, contents.tensors().get("h").data(), 0);
        assertArrayEquals(new double[] {1, -5.5}, contents.tensors().get("b").doubles(), 0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}                                    | tensor "i" has dtype "I64"
            {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}                                    | "a" has 3 elements
            {"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}                                   | "a" has a length
            {"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}                                  | "a" has a length
            {"a":{"dtype":"F32","shape":[99999,99999],"data_offsets":[0,39999200004]}}                | more than 2^31
            {"a":{"dtype":"F32","shape":[1,999999999],"data_offsets":[0,3999999996]}}                 | the file has 8
            {"a":{"dtype":"F32","shape":[0,2147483647,2147483647,5],"data_offsets":[0,0]}}            | the file has 8
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}                                   | expected 0
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}                                   | data offset
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775808]}}                  | data offset
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}                                    | -8 bytes of data
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}                                      | lacks dtype
            {"a":7}                                                                                   | lacks dtype
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}                                    | the file has 8
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}} | "b" begins at byte 4
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}} | Duplicate
            {"__metadata__":{"n":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}             | not a string
            {"__metadata__":[],"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}                  | not a map
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x                                  | not JSON
            {"a":{"dtype":"F32"                                                                       | not JSON
            """, quoteCharacter = '\'')
    void wrongHeadersAreRefused(String header, String expected) throws IOException {
        refused(raw(header, new byte[8]), expected, Safetensors::read);
    }

    @Test
    void truncatedAndForeignFilesAreRefused() throws IOException {
        Path good = folder.resolve("good.safetensors");
        Safetensors.write(good, Map.of("w", new Entry(new int[] {5}, new float[5])), Map.of());
        byte[] bytes = Files.readAllBytes(good);
        for (int length = 0; length < bytes.length; length++) {
            refused(file("cut", Arrays.copyOf(bytes, length)), "safetensors", Safetensors::read);
        }
        refused(file("more", Arrays.copyOf(bytes, bytes.length + 1)), "the file has 21", Safetensors::read);
        byte[] png = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
        refused(file("image.png", png), "not a safetensors file", Safetensors::read);
        byte[] zip = Arrays.copyOf(new byte[] {'P', 'K', 3, 4, 20}, 64);
        refused(file("weights.pt", zip), "not a safetensors file", Safetensors::read);
        refused(file("text", "hello, this is a text".getBytes()), "not a safetensors file", Safetensors::read);
        refused(folder, "is a folder", Safetensors::read);
        refused(folder.resolve("none"), "no such file", Safetensors::read);
    }

    @Test
    void absurdHeaderLengthsAreRefusedWithoutTakingMemory() throws IOException {
        for (long length : new long[] {-1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 31, 1L << 40, 0, 1}) {
            byte[] bytes = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put((byte) '{').array();
            refused(file("lying", bytes), "safetensors", Safetensors::read);
        }
    }

    @Test
    void anUnwritablePlaceIsRefusedAndTheOldFileKept() throws IOException {
        Entry entry = new Entry(new int[] {1}, new float[] {1});
        Path inFile = file("plain", new byte[1]).resolve("x.safetensors");
        refused(inFile, "cannot be written", p -> Safetensors.write(p, Map.of("a", entry), Map.of()));
        refused(folder.resolve("missing/x.safetensors"), "no such file or folder",
                p -> Safetensors.write(p, Map.of("a", entry), Map.of()));
        Path full = Path.of("/dev/full");
        if (Files.exists(full)) {
            // A link named as the temporary file sends its bytes to a device that is always full.
            Path target = file("kept.safetensors", new byte[] {1, 2, 3});
            Files.createSymbolicLink(folder.resolve("kept.safetensors.tmp"), full);
            refused(target, "No space left", p -> Safetensors.write(p, Map.of("a", entry), Map.of()));
            assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(target));
            assertFalse(Files.isSymbolicLink(folder.resolve("kept.safetensors.tmp")));
        }
    }

    private Path raw(String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return file("raw.safetensors", ByteBuffer.allocate(8 + json.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).put(data).array());
    }

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static int[] bits(float[] values) {
        return IntStream.range(0, values.length).map(i -> Float.floatToRawIntBits(values[i])).toArray();
    }
}
