package dev.hv.cli.yaml;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Validates values against a JSON Schema (2020-12) with the keywords that {@link JsonSchema} writes; any other is an error, so that none is passed over in silence. */
public final class SchemaValidator {

    private static final Set<String> NOTES = Set.of("$schema", "title", "description", "$defs");

    private final Map<?, ?> root;

    /** Validates against this schema. */
    public SchemaValidator(String schema) throws IOException {
        try (JsonParser p = new JsonFactory().createParser(schema)) {
            p.nextToken();
            root = (Map<?, ?>) read(p);
        }
    }

    private static Object read(JsonParser p) throws IOException {
        switch (p.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> all = new LinkedHashMap<>();
                while (p.nextToken() != JsonToken.END_OBJECT) {
                    String key = p.currentName();
                    p.nextToken();
                    if (all.put(key, read(p)) != null) {
                        throw new IOException(key + " stands twice");
                    }
                }
                return all;
            }
            case START_ARRAY -> {
                List<Object> all = new ArrayList<>();
                while (p.nextToken() != JsonToken.END_ARRAY) {
                    all.add(read(p));
                }
                return all;
            }
            case VALUE_STRING -> {
                return p.getText();
            }
            case VALUE_TRUE, VALUE_FALSE -> {
                return p.getBooleanValue();
            }
            case VALUE_NULL -> {
                return null;
            }
            default -> {
                return p.getNumberValue();
            }
        }
    }

    /** Whether a value is valid: maps, lists, texts, numbers, truth values and null. */
    public boolean valid(Object value) {
        return valid(value, root);
    }

    private boolean valid(Object value, Object schema) {
        for (Map.Entry<?, ?> e : ((Map<?, ?>) schema).entrySet()) {
            if (!NOTES.contains((String) e.getKey()) && !keyword((String) e.getKey(), e.getValue(), value, (Map<?, ?>) schema)) {
                return false;
            }
        }
        return true;
    }

    private boolean keyword(String key, Object said, Object v, Map<?, ?> schema) {
        return switch (key) {
            case "type" -> (said instanceof List<?> l ? l : List.of(said)).stream().anyMatch(t -> is(v, (String) t));
            case "enum" -> ((List<?>) said).contains(v);
            case "pattern" -> !(v instanceof String s) || Pattern.compile((String) said).matcher(s).find();
            case "minimum" -> !(v instanceof Number n) || n.doubleValue() >= ((Number) said).doubleValue();
            case "maximum" -> !(v instanceof Number n) || n.doubleValue() <= ((Number) said).doubleValue();
            case "minItems" -> !(v instanceof List<?> l) || l.size() >= ((Number) said).intValue();
            case "maxItems" -> !(v instanceof List<?> l) || l.size() <= ((Number) said).intValue();
            case "items" -> !(v instanceof List<?> l) || l.stream().allMatch(i -> valid(i, said));
            case "required" -> !(v instanceof Map<?, ?> m) || m.keySet().containsAll((List<?>) said);
            case "properties" -> !(v instanceof Map<?, ?> m) || m.entrySet().stream().allMatch(e -> !((Map<?, ?>) said).containsKey(e.getKey()) || valid(e.getValue(), ((Map<?, ?>) said).get(e.getKey())));
            case "additionalProperties" -> !(v instanceof Map<?, ?> m) || m.entrySet().stream().allMatch(e -> schema.get("properties") instanceof Map<?, ?> p && p.containsKey(e.getKey())
                    || said instanceof Map<?, ?> && valid(e.getValue(), said));
            case "propertyNames" -> !(v instanceof Map<?, ?> m) || m.keySet().stream().allMatch(k -> valid(k, said));
            case "anyOf" -> ((List<?>) said).stream().anyMatch(s -> valid(v, s));
            case "$ref" -> valid(v, ((Map<?, ?>) root.get("$defs")).get(((String) said).replace("#/$defs/", "")));
            default -> throw new IllegalArgumentException("keyword " + key);
        };
    }

    private static boolean is(Object v, String type) {
        return switch (type) {
            case "object" -> v instanceof Map;
            case "array" -> v instanceof List;
            case "string" -> v instanceof String;
            case "boolean" -> v instanceof Boolean;
            case "integer" -> v instanceof Integer || v instanceof Long;
            case "number" -> v instanceof Number;
            default -> throw new IllegalArgumentException("type " + type);
        };
    }
}
