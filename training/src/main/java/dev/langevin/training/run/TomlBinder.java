package dev.langevin.training.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langevin.engine.InputException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Binds one parsed TOML text to a record; see {@link TomlConfig}. */
final class TomlBinder {
    private final String name;

    /** @param name how messages call the text */
    TomlBinder(String name) {
        this.name = name;
    }

    /**
     * A record from a table.
     *
     * @param defaults values of keys that are left out, or null when each must be given
     * @param prefix dotted path of the table, empty or ending in a dot
     */
    <T extends Record> T bind(JsonNode table, Class<T> type, T defaults, String prefix) {
        RecordComponent[] components = type.getRecordComponents();
        List<String> keys = Arrays.stream(components).map(c -> TomlConfig.key(c.getName())).toList();
        table.fieldNames().forEachRemaining(key -> {
            if (!keys.contains(key)) {
                String nearest = Spelling.nearest(key, keys);
                throw new InputException(name + ": unknown key \"" + prefix + key + "\"; the nearest known one is \""
                        + prefix + nearest + "\"");
            }
        });
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            JsonNode node = table.get(keys.get(i));
            String path = prefix + keys.get(i);
            if (node != null) {
                Object byDefault = defaults == null ? null : component(components[i], defaults);
                values[i] = value(node, components[i].getGenericType(), byDefault, path);
            } else if (defaults != null) {
                values[i] = component(components[i], defaults);
            } else {
                throw new InputException(name + ": lacks the key \"" + path + "\"");
            }
        }
        return construct(type, components, values, prefix);
    }

    private <T extends Record> T construct(Class<T> type, RecordComponent[] components, Object[] values,
            String prefix) {
        try {
            var constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            String table = prefix.isEmpty() ? "" : "[" + prefix.substring(0, prefix.length() - 1) + "] ";
            throw new InputException(name + ": " + table + e.getCause().getMessage(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " cannot be made", e);
        }
    }

    private Object value(JsonNode node, Type type, Object byDefault, String path) {
        if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
            return elements(node, list.getActualTypeArguments()[0], "a list", path);
        }
        Class<?> c = (Class<?>) type;
        if (c == int.class || c == Integer.class) {
            return node.isIntegralNumber() && node.canConvertToInt() ? (Object) node.intValue()
                    : wrong(path, "a whole number within 32 bits", node);
        } else if (c == long.class || c == Long.class) {
            return node.isIntegralNumber() && node.canConvertToLong() ? (Object) node.longValue()
                    : wrong(path, "a whole number within 64 bits", node);
        } else if (c == double.class || c == Double.class) {
            return node.isNumber() ? (Object) node.doubleValue() : wrong(path, "a number", node);
        } else if (c == boolean.class || c == Boolean.class) {
            return node.isBoolean() ? (Object) node.booleanValue() : wrong(path, "true or false", node);
        } else if (c == String.class) {
            return node.isTextual() ? node.textValue() : wrong(path, "a string in quotes", node);
        } else if (c == int[].class) {
            return elements(node, int.class, "a list of whole numbers", path).stream()
                    .mapToInt(x -> (Integer) x).toArray();
        } else if (c == double[].class) {
            return elements(node, double.class, "a list of numbers", path).stream()
                    .mapToDouble(x -> (Double) x).toArray();
        } else if (c.isEnum()) {
            return constant(node, c, path);
        } else if (c.isRecord()) {
            return node.isObject() ? bindRaw(node, c, byDefault, path + ".") : wrong(path, "a table", node);
        }
        throw new IllegalArgumentException("a config component of type " + type + " is not supported");
    }

    private <T extends Record> T bindRaw(JsonNode node, Class<?> type, Object byDefault, String prefix) {
        @SuppressWarnings("unchecked")
        Class<T> record = (Class<T>) type;
        return bind(node, record, record.cast(byDefault), prefix);
    }

    private List<Object> elements(JsonNode node, Type element, String expected, String path) {
        if (!node.isArray()) {
            wrong(path, expected, node);
        }
        List<Object> list = new ArrayList<>();
        StreamSupport.stream(node.spliterator(), false)
                .forEach(n -> list.add(value(n, element, null, path + "[" + list.size() + "]")));
        return List.copyOf(list);
    }

    private Object constant(JsonNode node, Class<?> type, String path) {
        for (Object constant : type.getEnumConstants()) {
            if (node.isTextual() && TomlConfig.key(((Enum<?>) constant).name()).equals(node.textValue())) {
                return constant;
            }
        }
        return wrong(path, Arrays.stream(type.getEnumConstants())
                .map(c -> "\"" + TomlConfig.key(((Enum<?>) c).name()) + "\"").collect(Collectors.joining(" or ")), node);
    }

    private Object wrong(String path, String expected, JsonNode got) {
        String shown = got.toString();
        throw new InputException(name + ": \"" + path + "\": expected " + expected + ", got "
                + (shown.length() > 60 ? shown.substring(0, 60) + "..." : shown));
    }

    private static Object component(RecordComponent component, Record record) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " cannot be read", e);
        }
    }
}
