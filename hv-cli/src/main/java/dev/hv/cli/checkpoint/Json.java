package dev.hv.cli.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;

/** JSON as maps, lists, texts, whole numbers and truth values. */
final class Json {

    private Json() {}

    /** Text of a value, over several lines; equal values give equal texts. */
    static String write(Object value) {
        var text = new StringWriter();
        try (JsonGenerator g = new JsonFactory().createGenerator(text)) {
            g.useDefaultPrettyPrinter();
            put(g, value);
        } catch (IOException e) {
            throw new IllegalStateException("a text takes everything", e);
        }
        return text.toString();
    }

    private static void put(JsonGenerator g, Object value) throws IOException {
        switch (value) {
            case null -> g.writeNull();
            case Map<?, ?> map -> {
                g.writeStartObject();
                for (Map.Entry<?, ?> e : map.entrySet()) {
                    g.writeFieldName((String) e.getKey());
                    put(g, e.getValue());
                }
                g.writeEndObject();
            }
            case List<?> list -> {
                g.writeStartArray();
                for (Object each : list) {
                    put(g, each);
                }
                g.writeEndArray();
            }
            case Boolean b -> g.writeBoolean(b);
            case Number n -> g.writeNumber(n.longValue());
            default -> g.writeString(value.toString());
        }
    }

    /**
     * The value that a text says.
     *
     * @throws IOException when it is no JSON
     */
    static Object read(String text) throws IOException {
        return new JsonText(text).value();
    }
}
