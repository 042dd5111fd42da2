package dev.langevin.training.run;

import dev.langevin.model.io.Safetensors.Entry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** SHA-256 over names, shapes, elements and metadata, each with its length, in the order of the names. */
public final class ContentHash {
    /** Metadata key under which the hash itself is kept; it is not part of what is hashed. */
    static final String KEY = "sha256";

    private static final int CHUNK = 1 << 16;

    private ContentHash() {
    }

    /** In hexadecimal. */
    public static String of(Map<String, Entry> tensors, Map<String, String> metadata) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has SHA-256
        }
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        new TreeMap<>(tensors).forEach((name, entry) -> {
            addText(digest, name);
            addInt(digest, entry.isDouble() ? Double.BYTES : Float.BYTES);
            addInt(digest, entry.shape().length);
            for (int length : entry.shape()) {
                addInt(digest, length);
            }
            addData(digest, buffer, entry);
        });
        new TreeMap<>(metadata).forEach((key, value) -> {
            addText(digest, key);
            addText(digest, value);
        });
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void addData(MessageDigest digest, ByteBuffer buffer, Entry entry) {
        int size = entry.data().length;
        int perChunk = CHUNK / (entry.isDouble() ? Double.BYTES : Float.BYTES);
        double[] doubles = entry.isDouble() ? entry.doubles() : null;
        for (int from = 0; from < size; from += perChunk) {
            int n = Math.min(perChunk, size - from);
            buffer.clear();
            if (doubles != null) {
                buffer.asDoubleBuffer().put(doubles, from, n);
                digest.update(buffer.limit(n * Double.BYTES));
            } else {
                buffer.asFloatBuffer().put(entry.data(), from, n);
                digest.update(buffer.limit(n * Float.BYTES));
            }
        }
    }

    private static void addText(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        addInt(digest, bytes.length);
        digest.update(bytes);
    }

    private static void addInt(MessageDigest digest, int value) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, value));
    }
}
