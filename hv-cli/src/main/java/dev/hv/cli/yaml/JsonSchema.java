package dev.hv.cli.yaml;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes tables of keys as a JSON Schema (2020-12), for editors and for checks elsewhere. */
public final class JsonSchema {

    private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

    private final JsonGenerator json;
    /** Tables that are named, in the order in which they were met. */
    private final Map<String, Keys> tables = new LinkedHashMap<>();

    private JsonSchema(JsonGenerator json) {
        this.json = json;
    }

    /** The schema of files that have these keys. */
    public static String of(Keys root, String title) {
        var text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text).setPrettyPrinter(new DefaultPrettyPrinter())) {
            new JsonSchema(json).document(root, title);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.append('\n').toString();
    }

    private void document(Keys root, String title) throws IOException {
        json.writeStartObject();
        json.writeStringField("$schema", DIALECT);
        json.writeStringField("title", title);
        body(root);
        json.writeObjectFieldStart("$defs");
        for (int i = 0; i < tables.size(); i++) {
            Keys k = List.copyOf(tables.values()).get(i);
            json.writeObjectFieldStart(k.name());
            body(k);
            json.writeEndObject();
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private void body(Keys keys) throws IOException {
        json.writeStringField("type", "object");
        json.writeBooleanField("additionalProperties", false);
        json.writeArrayFieldStart("required");
        for (Key k : keys.all()) {
            if (k.required()) {
                json.writeString(k.name());
            }
        }
        json.writeEndArray();
        json.writeObjectFieldStart("properties");
        for (Key k : keys.all()) {
            json.writeObjectFieldStart(k.name());
            json.writeStringField("description", k.about());
            shape(k.shape());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private void shape(Shape shape) throws IOException {
        switch (shape) {
            case Shape.Text t -> text(t);
            case Shape.Choice c -> choice(c.words());
            case Shape.Flag f -> json.writeStringField("type", "boolean");
            case Shape.Nothing n -> values(null, true);
            case Shape.Whole w -> {
                json.writeStringField("type", "integer");
                json.writeNumberField("minimum", w.least());
                json.writeNumberField("maximum", w.most());
            }
            case Shape.Real r -> {
                json.writeStringField("type", "number");
                if (r.least() != Double.NEGATIVE_INFINITY) {
                    json.writeNumberField("minimum", r.least());
                    json.writeNumberField("maximum", r.most());
                }
            }
            case Shape.ListOf l -> {
                json.writeStringField("type", "array");
                json.writeNumberField("minItems", l.least());
                json.writeNumberField("maxItems", l.most());
                sub("items", l.item());
            }
            case Shape.MapOf m -> {
                json.writeStringField("type", "object");
                sub("propertyNames", m.key());
                sub("additionalProperties", m.value());
            }
            case Shape.Table t -> reference(t.keys());
            case Shape.Either e -> anyOf(e.shapes());
            case Shape.Kinds k -> anyOf(k.kinds().stream().map(Shape.Table::new).toList());
        }
    }

    private void text(Shape.Text t) throws IOException {
        json.writeArrayFieldStart("type");
        json.writeString("string");
        json.writeString("number");
        json.writeString("boolean");
        json.writeEndArray();
        if (t.pattern() != null) {
            json.writeStringField("pattern", "^(?:" + t.pattern().pattern().replace("(?s).", "[\\s\\S]") + ")$");
        }
    }

    /** Words; those that YAML takes for true and false can be that, too. */
    private void choice(List<String> words) throws IOException {
        json.writeArrayFieldStart("enum");
        for (String w : words) {
            json.writeString(w);
        }
        if (words.contains("true")) {
            json.writeBoolean(true);
            json.writeBoolean(false);
        }
        json.writeEndArray();
    }

    private void values(String nothing, boolean flag) throws IOException {
        json.writeArrayFieldStart("enum");
        json.writeString(nothing);
        json.writeBoolean(flag);
        json.writeEndArray();
    }

    private void anyOf(List<? extends Shape> shapes) throws IOException {
        json.writeArrayFieldStart("anyOf");
        for (Shape s : shapes) {
            json.writeStartObject();
            shape(s);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void reference(Keys keys) throws IOException {
        tables.putIfAbsent(keys.name(), keys);
        json.writeStringField("$ref", "#/$defs/" + keys.name());
    }

    private void sub(String key, Shape shape) throws IOException {
        json.writeObjectFieldStart(key);
        shape(shape);
        json.writeEndObject();
    }
}
