package dev.hv.cli.suite.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.suite.Suites;
import dev.hv.cli.yaml.JsonSchema;
import dev.hv.cli.yaml.Key;
import dev.hv.cli.yaml.Keys;
import dev.hv.cli.yaml.SchemaValidator;
import dev.hv.cli.yaml.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The schema and the documents say what the reader reads. */
class SuiteSchemaTest {

    private static final Path DOCS = Path.of("../docs");

    private static SchemaValidator schema() throws IOException {
        return new SchemaValidator(JsonSchema.of(SuiteKeys.SUITE, "suite"));
    }

    private static Object yaml(String text) {
        return new Load(LoadSettings.builder().build()).loadFromString(text);
    }

    @Test
    void examplesAreValid() throws IOException {
        try (Stream<Path> examples = Files.list(DOCS.resolve("examples"))) {
            List<Path> all = examples.filter(p -> p.toString().endsWith(".yaml")).toList();
            assertThat(all).isNotEmpty();
            for (Path p : all) {
                assertThat(schema().valid(yaml(Files.readString(p)))).as(p.toString()).isTrue();
            }
        }
        assertThat(schema().valid(yaml(Suites.SMALL))).isTrue();
    }

    @Test
    void theReadersMistakesAreTheSchemas() throws IOException {
        String good = "machine: {kernel: k}\ncases: [{name: c, steps: [%s]}]\n";
        for (String step : List.of("{run: ls}", "{run: [ls, -l], status: [0, 1], output: {matches: a, min: 3}}", "{run: ls, status: any, timeout: 5}", "{heal: }", "{heal: true}", "{disk-error: 0, blocks: 5-9, times: 3}",
                "{network: 0, loss: 0.5}", "{press: [enter]}", "{do: nmi}", "{ends: power-off}", "{write: /a, content: 5, mode: '0644'}", "{clock-jump: -5s}")) {
            assertThat(schema().valid(yaml(good.formatted(step)))).as(step).isTrue();
        }
        for (String step : List.of("{rum: ls}", "{run: ls, color: red}", "{run: ls, status: 300}", "{run: []}", "{network: 0, loss: 2}", "{press: [ctrl-1]}", "{heal: 5}", "{file: a}", "{wait: soon}", "{ends: badly}", "ls",
                "{put: k}", "{run: ls, output: {match: a}}", "{disk-error: -1}")) {
            assertThat(schema().valid(yaml(good.formatted(step)))).as(step).isFalse();
        }
        assertThat(schema().valid(yaml("machine: {kernel: k}\n"))).isFalse();
        assertThat(schema().valid(yaml("machine: {kernel: k, serial: stdio}\ncases: [{name: c, steps: [{run: ls}]}]\n"))).isFalse();
        assertThat(schema().valid(yaml("machine: {kernel: k}\nmatrix: {cpus: [65]}\ncases: [{name: c, steps: [{run: ls}]}]\n"))).isFalse();
    }

    /** The table of a mapping's keys, as the page has it. */
    private static String table(Keys keys) {
        var text = new StringBuilder("| key | value | |\n| --- | --- | --- |\n");
        for (Key k : keys.all()) {
            text.append("| `").append(k.name()).append('`').append(k.required() ? " (needed)" : "").append(" | ").append(what(k.shape())).append(" | ").append(k.about()).append(" |\n");
        }
        return text.toString();
    }

    private static String what(Shape shape) {
        String what = switch (shape) {
            case Shape.ListOf l -> "list";
            case Shape.MapOf m -> "names with values";
            case Shape.Choice c -> String.join(", ", c.words());
            default -> shape.what();
        };
        return what.length() > 90 ? shape instanceof Shape.Choice ? "see there" : what : what;
    }

    private static Map<String, Keys> tables() {
        Map<String, Keys> all = new LinkedHashMap<>();
        for (Keys k : List.of(SuiteKeys.SUITE, SuiteKeys.MACHINE, SuiteKeys.PLATFORM, SuiteKeys.MATRIX, SuiteKeys.KERNEL, SuiteKeys.SETUP, SuiteKeys.DEFAULTS, SuiteKeys.CASE, StepKeys.CHECK)) {
            all.put(k.name(), k);
        }
        Stream.concat(StepKeys.DOING.stream(), StepKeys.FAULTS.stream()).forEach(k -> all.put("step " + k.name(), new Keys(k.name(), k.what(), k.all().subList(0, k.all().size() - StepKeys.COMMON.size()))));
        all.put("every step", new Keys("every", "a step", StepKeys.COMMON));
        return all;
    }

    @Test
    void thePageHasTheTablesOfAllKeys() throws IOException {
        Path page = DOCS.resolve("testing.md");
        String text = Files.readString(page);
        if (Boolean.getBoolean("hv.docs.write")) {
            for (Map.Entry<String, Keys> e : tables().entrySet()) {
                String begin = "<!-- keys: " + e.getKey() + " -->\n";
                int at = text.indexOf(begin);
                int from = at + begin.length();
                int to = text.indexOf("<!-- end -->", from);
                // what is not there cannot be replaced, and nothing of the page is written over for it
                assertThat(at).as("%s is missing in %s", begin.strip(), page).isNotNegative();
                assertThat(to).as("<!-- end --> is missing behind %s in %s", begin.strip(), page).isNotNegative();
                assertThat(text.substring(from, to)).as("<!-- end --> is missing behind %s in %s", begin.strip(), page).doesNotContain("<!-- keys: ");
                text = text.substring(0, from) + table(e.getValue()) + text.substring(to);
            }
            Files.writeString(page, text);
        }
        for (Map.Entry<String, Keys> e : tables().entrySet()) {
            assertThat(text).as("-Dhv.docs.write=true writes them").contains("<!-- keys: " + e.getKey() + " -->\n" + table(e.getValue()) + "<!-- end -->");
        }
    }
}
