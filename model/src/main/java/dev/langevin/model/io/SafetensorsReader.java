package dev.langevin.model.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.langevin.engine.InputException;
import dev.langevin.model.io.Safetensors.Contents;
import dev.langevin.model.io.Safetensors.Entry;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads one safetensors file; every claim of its header is checked before memory is taken for it. */
final class SafetensorsReader {
    static final String METADATA = "__metadata__";

    /** The format allows 100 MB; 8 MiB hold some 80,000 tensors, and a parsed header takes many times its length. */
    private static final long MAX_HEADER = 8L << 20;
    private static final int CHUNK = 1 << 20;
    private static final ObjectReader JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build().reader();

    private enum Type {
        F64(8), F32(4), F16(2), BF16(2);

        final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }
    }

    /** One tensor of the header; offsets in bytes from the start of the data. */
    private record Slot(String name, Type type, int[] shape, int size, long begin, long end) {
    }

    private final Path file;

    SafetensorsReader(Path file) {
        this.file = file;
    }

    Contents read() {
        if (Files.isDirectory(file)) {
            throw new InputException(file + ": is a folder, expected a safetensors file");
        }
        try (FileChannel in = FileChannel.open(file)) {
            long total = in.size();
            long headerLength = headerLength(in, total);
            JsonNode header = parse(bytes(in, 8, (int) headerLength));
            List<Slot> slots = slots(header);
            checkCover(slots, total - 8 - headerLength);
            LinkedHashMap<String, Entry> tensors = new LinkedHashMap<>();
            for (Slot slot : slots) {
                tensors.put(slot.name(), load(in, 8 + headerLength, slot));
            }
            return new Contents(tensors, metadata(header));
        } catch (EOFException e) {
            throw damaged("it ended while being read");
        } catch (IOException e) {
            throw new InputException(file + ": cannot be read (" + Reason.of(e) + ")", e);
        }
    }

    private long headerLength(FileChannel in, long total) throws IOException {
        if (total < 10) {
            throw damaged("it has " + total + " bytes");
        }
        ByteBuffer start = bytes(in, 0, 9);
        long length = start.getLong();
        if (start.get() != '{' || length < 2) {
            throw new InputException(file + ": not a safetensors file (no header where one belongs); "
                    + "give a .safetensors file");
        }
        if (length > total - 8) {
            throw damaged("its header claims " + length + " bytes, the file has " + total);
        }
        if (length > MAX_HEADER) {
            throw damaged("its header claims " + length + " bytes, more than " + MAX_HEADER);
        }
        return length;
    }

    private JsonNode parse(ByteBuffer header) throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(header.array());
        } catch (JsonProcessingException e) {
            throw damaged("its header is not JSON: " + e.getOriginalMessage().lines().findFirst().orElse(""));
        }
        if (root == null || !root.isObject()) {
            throw damaged("its header is not a JSON object");
        }
        return root;
    }

    private Map<String, String> metadata(JsonNode header) {
        Map<String, String> metadata = new TreeMap<>();
        JsonNode node = header.path(METADATA);
        if (!node.isMissingNode() && !node.isObject()) {
            throw damaged(METADATA + " is not a map of strings");
        }
        node.properties().forEach(e -> {
            if (!e.getValue().isTextual()) {
                throw damaged(METADATA + "." + shown(e.getKey()) + " is not a string");
            }
            metadata.put(e.getKey(), e.getValue().textValue());
        });
        return metadata;
    }

    private List<Slot> slots(JsonNode header) {
        List<Slot> slots = new ArrayList<>();
        header.properties().forEach(e -> {
            if (!e.getKey().equals(METADATA)) {
                slots.add(slot(e.getKey(), e.getValue()));
            }
        });
        return slots;
    }

    private Slot slot(String name, JsonNode node) {
        String tensor = "tensor " + shown(name);
        JsonNode dtype = node.path("dtype");
        JsonNode dims = node.path("shape");
        JsonNode offsets = node.path("data_offsets");
        if (!dtype.isTextual() || !dims.isArray() || !offsets.isArray() || offsets.size() != 2) {
            throw damaged(tensor + " lacks dtype, shape or two data_offsets");
        }
        Type type = type(tensor, dtype.textValue());
        int[] shape = new int[dims.size()];
        long size = 1;
        for (int i = 0; i < shape.length; i++) {
            if (!dims.get(i).canConvertToInt() || !dims.get(i).isIntegralNumber() || dims.get(i).intValue() < 0) {
                throw damaged(tensor + " has a length of " + shown(dims.get(i).toString()) + " in its shape");
            }
            shape[i] = dims.get(i).intValue();
            size *= shape[i];
            if (size > Integer.MAX_VALUE) {
                throw damaged(tensor + " has more than 2^31 - 1 elements");
            }
        }
        long begin = offset(tensor, offsets.get(0));
        long end = offset(tensor, offsets.get(1));
        if (end - begin != size * type.bytes) {
            throw damaged(tensor + " has " + size + " elements of " + type + " but " + (end - begin)
                    + " bytes of data");
        }
        return new Slot(name, type, shape, (int) size, begin, end);
    }

    private Type type(String tensor, String dtype) {
        for (Type type : Type.values()) {
            if (type.name().equals(dtype)) {
                return type;
            }
        }
        throw new InputException(file + ": " + tensor + " has dtype " + shown(dtype)
                + ", expected F32, F64, F16 or BF16; convert it or leave it out");
    }

    private long offset(String tensor, JsonNode node) {
        // 2^53 bytes is past any file, and keeps every difference of offsets inside a long.
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0
                || node.longValue() > 1L << 53) {
            throw damaged(tensor + " has a data offset of " + shown(node.toString()));
        }
        return node.longValue();
    }

    /** The tensors must tile the data: no overlap, no gap, nothing beyond the end. */
    private void checkCover(List<Slot> slots, long dataBytes) {
        List<Slot> ordered = new ArrayList<>(slots);
        ordered.sort(Comparator.comparingLong(Slot::begin).thenComparingLong(Slot::end));
        long at = 0;
        for (Slot slot : ordered) {
            if (slot.begin() != at) {
                throw damaged("the data of tensor " + shown(slot.name()) + " begins at byte " + slot.begin()
                        + ", expected " + at);
            }
            at = slot.end();
        }
        if (at != dataBytes) {
            throw damaged("its tensors need " + at + " bytes of data, the file has " + dataBytes);
        }
    }

    private Entry load(FileChannel in, long dataStart, Slot slot) throws IOException {
        float[] floats = slot.type() == Type.F64 ? null : new float[slot.size()];
        double[] doubles = slot.type() == Type.F64 ? new double[slot.size()] : null;
        int perChunk = CHUNK / slot.type().bytes;
        for (int from = 0; from < slot.size(); from += perChunk) {
            int n = Math.min(perChunk, slot.size() - from);
            ByteBuffer raw = bytes(in, dataStart + slot.begin() + (long) from * slot.type().bytes,
                    n * slot.type().bytes);
            switch (slot.type()) {
                case F64 -> raw.asDoubleBuffer().get(doubles, from, n);
                case F32 -> raw.asFloatBuffer().get(floats, from, n);
                case F16 -> {
                    for (int i = 0; i < n; i++) {
                        floats[from + i] = Float.float16ToFloat(raw.getShort());
                    }
                }
                case BF16 -> {
                    for (int i = 0; i < n; i++) {
                        floats[from + i] = Float.intBitsToFloat(raw.getShort() << 16);
                    }
                }
            }
        }
        return doubles != null ? new Entry(slot.shape(), doubles) : new Entry(slot.shape(), floats);
    }

    private static ByteBuffer bytes(FileChannel in, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (in.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException();
            }
        }
        return buffer.flip();
    }

    private InputException damaged(String how) {
        return new InputException(file + ": damaged safetensors file: " + how + "; fetch or write it again");
    }

    /** A piece of the file as it may stand in a one-line message. */
    private static String shown(String text) {
        String clean = text.replaceAll("\\p{Cntrl}", "?");
        return "\"" + (clean.length() > 80 ? clean.substring(0, 80) + "..." : clean) + "\"";
    }
}
