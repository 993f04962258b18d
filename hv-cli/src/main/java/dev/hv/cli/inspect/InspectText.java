package dev.hv.cli.inspect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.util.HexFormat;
import java.util.Map;

/** What was found in a tree, as text or as JSON. Equal finds give equal texts. */
public final class InspectText {

    private InspectText() {}

    /** A line for each value, its whole path before it: {@code PATH = VALUE}. */
    public static String lines(Map<String, InspectNode> found) {
        var out = new StringBuilder();
        found.forEach((path, node) -> lines(out, path, node));
        return out.toString();
    }

    private static void lines(StringBuilder out, String path, InspectNode node) {
        switch (node) {
            case InspectNode.Value v -> out.append(path).append(" = ").append(line(v.text())).append('\n');
            case InspectNode.Branch b -> b.children().forEach((name, child) -> lines(out, path.isEmpty() ? name : path + "/" + name, child));
        }
    }

    /** A text on one line, whatever a guest has put into it. */
    private static String line(String text) {
        var out = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (Character.isISOControl(c)) {
                out.append("\\u%04x".formatted(c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.toString();
    }

    /** One JSON object: paths and what they name. Numbers are signed 64-bit integers, bytes are texts of hexadecimal digits. */
    public static String json(Map<String, InspectNode> found) {
        var text = new StringWriter();
        try (JsonGenerator g = new JsonFactory().createGenerator(text)) {
            g.useDefaultPrettyPrinter();
            if (found.size() == 1 && found.containsKey("")) {
                put(g, found.get(""));
            } else {
                g.writeStartObject();
                for (Map.Entry<String, InspectNode> e : found.entrySet()) {
                    g.writeFieldName(e.getKey());
                    put(g, e.getValue());
                }
                g.writeEndObject();
            }
        } catch (IOException e) {
            throw new IllegalStateException("a text takes everything", e);
        }
        return text + "\n";
    }

    private static void put(JsonGenerator g, InspectNode node) throws IOException {
        switch (node) {
            case InspectNode.Value(var value) -> {
                switch (value) {
                    case null -> g.writeNull();
                    case Long n -> g.writeNumber(n);
                    case Double d -> g.writeNumber(d);
                    case Boolean b -> g.writeBoolean(b);
                    case byte[] bytes -> g.writeString(HexFormat.of().formatHex(bytes));
                    default -> g.writeString(value.toString());
                }
            }
            case InspectNode.Branch b -> {
                g.writeStartObject();
                for (Map.Entry<String, InspectNode> e : b.children().entrySet()) {
                    g.writeFieldName(e.getKey());
                    put(g, e.getValue());
                }
                g.writeEndObject();
            }
        }
    }
}
