package dev.langevin.model.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langevin.model.io.Safetensors.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes one safetensors file. */
final class SafetensorsWriter {
    private static final int CHUNK = 1 << 20;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private SafetensorsWriter() {
    }

    static void write(Path file, Map<String, Entry> tensors, Map<String, String> metadata) {
        if (tensors.containsKey(SafetensorsReader.METADATA)) {
            throw new IllegalArgumentException("a tensor cannot be named " + SafetensorsReader.METADATA);
        }
        List<String> names = new ArrayList<>(tensors.keySet());
        names.sort(Comparator.comparing((String name) -> !tensors.get(name).isDouble())
                .thenComparing(Comparator.naturalOrder()));
        byte[] header = header(names, tensors, metadata);
        AtomicFile.write(file, out -> {
            ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
            AtomicFile.writeFully(out, start.putLong(header.length).put(header).flip());
            for (String name : names) {
                writeData(out, tensors.get(name));
            }
        });
    }

    private static byte[] header(List<String> names, Map<String, Entry> tensors, Map<String, String> metadata) {
        ObjectNode root = JSON.createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode map = root.putObject(SafetensorsReader.METADATA);
            new TreeMap<>(metadata).forEach(map::put);
        }
        long at = 0;
        for (String name : names) {
            Entry entry = tensors.get(name);
            long end = at + (long) entry.data().length * (entry.isDouble() ? 8 : 4);
            ObjectNode node = root.putObject(name);
            node.put("dtype", entry.isDouble() ? "F64" : "F32");
            Arrays.stream(entry.shape()).forEach(node.putArray("shape")::add);
            node.putArray("data_offsets").add(at).add(end);
            at = end;
        }
        byte[] json;
        try {
            json = JSON.writeValueAsString(root).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
        // Spaces up to a multiple of 8, so that readers can map the data in place.
        byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        return padded;
    }

    private static void writeData(FileChannel out, Entry entry) throws IOException {
        int bytes = entry.isDouble() ? 8 : 4;
        int size = entry.data().length;
        int perChunk = CHUNK / bytes;
        ByteBuffer raw = ByteBuffer.allocate(Math.min(size, perChunk) * bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < size; from += perChunk) {
            int n = Math.min(perChunk, size - from);
            raw.clear().limit(n * bytes);
            if (entry.isDouble()) {
                raw.asDoubleBuffer().put(entry.doubles(), from, n);
            } else {
                raw.asFloatBuffer().put(entry.data(), from, n);
            }
            AtomicFile.writeFully(out, raw);
        }
    }
}
