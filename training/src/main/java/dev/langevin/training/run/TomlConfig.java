package dev.langevin.training.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import dev.langevin.engine.InputException;
import dev.langevin.model.io.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Config files in TOML, bound to records strictly: every key must be a component of its record and of the right
 * type. A component {@code learningRate} is the key {@code learning-rate}; nested records are tables; enums are
 * their names in lower case with dashes. A key that is left out keeps the value of the defaults.
 */
public final class TomlConfig {
    private static final TomlMapper TOML = new TomlMapper();

    private TomlConfig() {
    }

    /** Reads a file; see {@link #read(InputStream, String, Class)}. */
    public static <T extends Record> T read(Path file, Class<T> type) {
        try (InputStream in = Files.newInputStream(file)) {
            return read(in, file.toString(), type);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be read (" + Reason.of(e) + ")", e);
        }
    }

    /** Reads a text; see {@link #read(InputStream, String, Class)}. */
    public static <T extends Record> T parse(String toml, String name, Class<T> type) {
        return read(new ByteArrayInputStream(toml.getBytes(StandardCharsets.UTF_8)), name, type);
    }

    /**
     * Reads a config; keys that are left out keep the values of the record's static method {@code defaults()}, and
     * are demanded when the record has none.
     *
     * @param in UTF-8 text, not closed here
     * @param name how messages call it: a path or a preset's name
     * @throws InputException naming {@code name} and the key, when the text is not TOML, a key is unknown (the
     *         nearest known one is given) or missing, or a value is of the wrong type or refused by the record
     */
    public static <T extends Record> T read(InputStream in, String name, Class<T> type) {
        T defaults = null;
        try {
            var method = type.getDeclaredMethod("defaults");
            method.setAccessible(true);
            defaults = type.cast(method.invoke(null));
        } catch (NoSuchMethodException e) {
            // A record without defaults: every key must be given.
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(type + ".defaults() cannot be called", e);
        }
        return new TomlBinder(name).bind(parse(in, name), type, defaults, "");
    }

    private static JsonNode parse(InputStream in, String name) {
        try {
            return TOML.readTree(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            String where = e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr() + ": ";
            throw new InputException(name + ": not TOML: " + where
                    + e.getOriginalMessage().lines().findFirst().orElse("unreadable"), e);
        } catch (IOException e) {
            throw new InputException(name + ": cannot be read (" + Reason.of(e) + ")", e);
        }
    }

    /** The config as TOML with every value written out; {@link #read} gives an equal record back. */
    public static String write(Record config) {
        return TomlWriter.write(config);
    }

    /** {@code learningRate} and {@code LEARNING_RATE} are both {@code learning-rate}. */
    static String key(String javaName) {
        return javaName.equals(javaName.toUpperCase(Locale.ROOT))
                ? javaName.toLowerCase(Locale.ROOT).replace('_', '-')
                : javaName.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }
}
