package dev.hv.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.suite.ResultsForTests;
import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.Suites;
import dev.hv.cli.suite.tap.TapParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.w3c.dom.Element;
import picocli.CommandLine;
import sun.misc.Signal;

/** The command with a runner that runs nothing. */
@Timeout(60)
@ResourceLock(Resources.SYSTEM_OUT)
class TestCommandTest {

    @TempDir
    private Path temp;
    private Path suite;
    private String out;
    private String err;

    @BeforeEach
    void suite() throws IOException {
        suite = new Suites(temp).file("s.yaml", Suites.SMALL);
    }

    private int run(ResultsForTests runner, String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.addFirst(suite.toString());
        PrintStream standardOut = System.out;
        PrintStream standardErr = System.err;
        var o = new ByteArrayOutputStream();
        var e = new ByteArrayOutputStream();
        System.setOut(new PrintStream(o, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(e, true, StandardCharsets.UTF_8));
        try {
            return new CommandLine(new TestCommand(() -> runner)).setExecutionExceptionHandler((ex, _, _) -> {
                System.err.println(ex.getMessage());
                return ex instanceof dev.hv.cli.config.UsageException ? ExitStatus.USAGE : ExitStatus.INTERNAL;
            }).execute(all.toArray(String[]::new));
        } finally {
            System.setOut(standardOut);
            System.setErr(standardErr);
            out = o.toString(StandardCharsets.UTF_8);
            err = e.toString(StandardCharsets.UTF_8);
        }
    }

    private static Element validated(Path report) throws Exception {
        var schema = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI).newSchema(TestCommandTest.class.getResource("/dev/hv/cli/suite/report/junit.xsd"));
        schema.newValidator().validate(new StreamSource(report.toFile()));
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(report.toFile()).getDocumentElement();
    }

    @Test
    void aLineACaseAndASummaryWithTheStatusThatScriptsTest() {
        assertThat(run(new ResultsForTests(Status.PASSED))).isEqualTo(ExitStatus.OK);
        assertThat(out.lines()).containsExactly("passed  s/one[cpu=intel] (0.01 s, 2 subtests)", "passed  s/two[cpu=intel] (0.01 s)", "passed  s/one[cpu=amd] (0.01 s, 2 subtests)", "passed  s/two[cpu=amd] (0.01 s)",
                "4 passed, 0 failed, 2 skipped");
        assertThat(run(new ResultsForTests(Status.PASSED, Status.FAILED, Status.SKIPPED, Status.ERROR))).isEqualTo(ExitStatus.FAILED);
        assertThat(out).contains("failed  s/two[cpu=intel]", "\\x1b[31m", "again: hv test s.yaml --filter 'one' --seed 7", "artefacts: ").doesNotContain("\u001b").endsWith("2 passed, 2 failed, 2 skipped\n");
    }

    @Test
    void theXmlFitsTheCommonSchemaWhateverAGuestPrinted() throws Exception {
        Path xml = temp.resolve("out.xml");
        run(new ResultsForTests(Status.FAILED, Status.PASSED, Status.ERROR, Status.SKIPPED), "--report", xml.toString(), "--repeat", "2");
        Element root = validated(xml);
        assertThat(root.getAttribute("tests")).isEqualTo(Integer.toString(root.getElementsByTagName("testcase").getLength()));
        assertThat(root.getAttribute("failures")).isEqualTo(Integer.toString(root.getElementsByTagName("failure").getLength()));
        assertThat(root.getAttribute("errors")).isEqualTo(Integer.toString(root.getElementsByTagName("error").getLength())).isNotEqualTo("0");
        assertThat(((Element) root.getElementsByTagName("failure").item(0)).getTextContent()).contains("why: ]]> <b>&\"'\u2401\u241b[31m");
        assertThat(Files.readString(xml)).contains("name=\"two[cpu=intel] #2\"");
        assertThat(temp.toFile().list()).as("nothing half is left").noneMatch(n -> n.endsWith(".part"));
    }

    @Test
    void tapAndKtapAreReadBackAsTheyWereMeant() throws Exception {
        Path tap = temp.resolve("out.tap");
        Path ktap = temp.resolve("out.ktap");
        run(new ResultsForTests(Status.FAILED, Status.PASSED, Status.ERROR, Status.SKIPPED), "--tap", tap.toString(), "--ktap", ktap.toString());
        assertThat(TapParser.parse(Files.readString(tap))).extracting(r -> r.name() + " " + r.status()).containsExactly("s/one[cpu=intel]/sub/one PASSED", "s/one[cpu=intel]/sub/two # x FAILED", "s/two[cpu=intel] PASSED",
                "s/one[cpu=amd]/sub/one PASSED", "s/one[cpu=amd]/sub/two # x FAILED", "s/two[cpu=amd] SKIPPED");
        assertThat(TapParser.parse(Files.readString(ktap))).extracting(r -> r.name() + " " + r.status()).containsExactly("s/one[cpu=intel]/sub/one PASSED", "s/one[cpu=intel]/sub/two _ x FAILED",
                "s/two[cpu=intel] PASSED", "s/one[cpu=amd]/sub/one PASSED", "s/one[cpu=amd]/sub/two _ x FAILED", "s/two[cpu=amd] SKIPPED");
    }

    @Test
    void thePageStandsAlone() throws Exception {
        Path html = temp.resolve("out.html");
        run(new ResultsForTests(Status.FAILED, Status.PASSED, Status.ERROR, Status.SKIPPED), "--html", html.toString());
        String page = Files.readString(html);
        assertThat(page).doesNotContain("<b>", "http://", "https://", "src=", "<link", "@import", "url(", "\u001b").contains("&lt;b&gt;", "default-src 'none'", "data-status=\"failed\"", "3 passed, 3 failed, 1 skipped");
    }

    @Test
    void aSignalWritesTheReportsAndEndsTheRun() throws Exception {
        Path xml = temp.resolve("out.xml");
        var runner = new ResultsForTests(Status.PASSED);
        boolean[] there = new boolean[1];
        runner.between = () -> {
            Signal.raise(new Signal("TERM"));
            for (int i = 0; i < 500 && !Files.exists(xml); i++) {
                pause();
            }
            there[0] = Files.exists(xml);
            pause();
        };
        assertThat(run(runner, "--report", xml.toString())).isEqualTo(ExitStatus.SIGNAL + 15);
        assertThat(there[0]).as("written before the run has ended").isTrue();
        assertThat(validated(xml).getElementsByTagName("property").item(0).getAttributes().getNamedItem("value").getNodeValue()).isEqualTo("SIGTERM");
        assertThat(out).contains("ended early: SIGTERM").endsWith(", 3 not run\n");
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void optionsBecomeSettingsAndWrongOnesAreRefused() {
        var runner = new ResultsForTests(Status.PASSED);
        assertThat(run(runner, "--jobs", "3", "--repeat", "2", "--until-failure", "--seed", "0x10", "--shard", "1/2", "--tags", "all,!fast")).isEqualTo(ExitStatus.OK);
        assertThat(runner.settings.jobs()).isEqualTo(3);
        assertThat(runner.settings.repetitions()).isEqualTo(2);
        assertThat(runner.settings.untilFailure()).isTrue();
        assertThat(runner.settings.seed()).isEqualTo(16);
        assertThat(out).contains("s/two[cpu=intel] #2").endsWith("2 passed, 0 failed, 0 skipped\n");
        assertThat(run(runner, "--list", "--filter", "amd")).isEqualTo(ExitStatus.OK);
        assertThat(out).isEqualTo("s/one[cpu=amd]\ns/two[cpu=amd]\n");
        for (String[] wrong : new String[][] {{"--shard", "3/2"}, {"--shard", "x"}, {"--jobs", "0"}, {"--repeat", "0"}, {"--seed", "many"}, {"--filter", "nowhere"}, {"--filter", ""}, {"--tags", ","}, {"--tags", ""}, {"--tags", "all,,fast"}, {"--tags", "!"}, {"--tags", "all,"}, {"--tags", "all,!all"}, {"--shard", "0/0"}, {"--jobs", "-1"}, {"--report", "/nowhere/x.xml"},
                {"--tap", temp + "/x", "--ktap", temp + "/x"}, {"--html", temp + "/x", "--report", temp + "/../" + temp.getFileName() + "/x"}, {"--report", suite.toString()}}) {
            assertThat(run(runner, wrong)).as(String.join(" ", wrong)).isEqualTo(ExitStatus.USAGE);
            assertThat(err.lines()).hasSize(1);
        }
    }

    @Test
    void allThatIsWrongInASuiteIsTold() throws IOException {
        Files.writeString(suite, "machine: {kernel: nowhere}\ncases:\n  - {name: a, steps: [{rum: x}]}\n");
        assertThat(run(new ResultsForTests(Status.PASSED), "--report", temp.resolve("o.xml").toString())).isEqualTo(ExitStatus.USAGE);
        assertThat(err.lines()).hasSize(2).allMatch(l -> l.matches("hv: .*s\\.yaml:\\d+:\\d+: .*"));
        assertThat(out).isEmpty();
        assertThat(temp.resolve("o.xml")).doesNotExist();
    }
}
