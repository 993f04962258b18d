package dev.hv.cli.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTextTest {

    @Test
    void valuesOfEveryKindAreRead() throws IOException {
        Object value = new JsonText(" {\"a\" : [1, -2,9223372036854775807, true,false ,null, [], {}],\r\n\t\"b\":\"x\"} ").value();
        assertThat(value).isEqualTo(Map.of("a", Arrays.asList(1L, -2L, Long.MAX_VALUE, true, false, null, List.of(), Map.of()), "b", "x"));
    }

    @Test
    void textsHaveEscapes() throws IOException {
        assertThat(new JsonText("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00 \u00fc\"").value()).isEqualTo("\"\\/\b\f\n\r\t\u00e9\uD83D\uDE00 \u00fc");
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Map<String, Object> value = Map.of("name", "a \"b\" \\ \u0001 \u20ac", "list", List.of(1L, Map.of("x", List.of())), "yes", true);
        assertThat(Json.read(Json.write(value))).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1,}", "{a:1}", "{1:1}", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"",
        "1 2", "1.5", "1e3", "-", "+1", "9223372036854775808", "tru", "nul", "x", "[1 2]", "{\"a\" 1}", "{} {}", "\\"})
    void whatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> new JsonText(text).value()).isInstanceOf(IOException.class).hasMessageContaining("at character");
    }

    @Test
    void depthHasALimit() throws IOException {
        assertThat(new JsonText("[".repeat(64) + "]".repeat(64)).value()).isInstanceOf(List.class);
        assertThatThrownBy(() -> new JsonText("[".repeat(100_000)).value()).isInstanceOf(IOException.class);
    }
}
