package dev.hv.cli.suite.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The counters of a run by their paths: names from the root with dots between. */
final class Counters {

    private final Map<String, String> values = new LinkedHashMap<>();

    /** Reads the report of {@code --stats}. */
    Counters(byte[] json) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            parser.nextToken();
            object(parser, "");
        }
    }

    private void object(JsonParser parser, String prefix) throws IOException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String path = prefix + parser.currentName();
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                object(parser, path + ".");
            } else {
                values.put(path, parser.getText());
            }
        }
    }

    /** A value; null when there is none. */
    String text(String path) {
        return values.get(path);
    }

    /** A number; one that has not been counted yet is 0. */
    double number(String path) {
        try {
            return Double.parseDouble(values.getOrDefault(path, "0"));
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }
}
