package dev.hv.cli.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.hv.cli.run.HvProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;

/** Tests whose subject is a guest, started from forks of a setup. */
@HvTest(value = """
        machine: {multiboot: src/test/resources/guests/faults.elf, memory: 16M}
        platform: {engine: interpreter}
        setups:
          ready:
            steps: [console: ready]
        defaults: {timeout: 3s}
        """, seed = 5)
class HvTestTest {

    private static final List<String> DIGESTS = new ArrayList<>();

    @RepeatedTest(2)
    void eachMethodStartsFromTheSameState(HvLab lab) {
        lab.type("m");
        assertThat(lab.await("nmis: 0\n")).as("nothing of another test").endsWith(": nmis: 0\n");
        lab.step("do: nmi");
        lab.type("m");
        lab.await("nmis: 1\n");
        DIGESTS.add(lab.digest());
        assertThat(DIGESTS).as("equal tests end alike").allMatch(DIGESTS.getFirst()::equals);
    }

    @Test
    void faultsAreInjectedAndStatesKept(HvLab lab) {
        lab.save("before");
        lab.step("{lose-interrupt: vector 80, times: 1}");
        lab.type("s");
        lab.await("vector 80: lost\n");
        lab.restore("before");
        lab.type("s");
        lab.await("vector 80: came after 0 ms\n");
        assertThat(lab.console()).endsWith("came after 0 ms\n");
    }

    @Test
    void aStepThatIsWrongIsRefusedAndOneThatFailsFails(HvLab lab) {
        assertThatThrownBy(() -> lab.step("{clock-jmp: 5s}")).isInstanceOf(ExtensionConfigurationException.class).hasMessageContaining("did you mean 'clock-jump'?");
        assertThatThrownBy(() -> lab.step("{stall: 3, for: 1s}")).isInstanceOf(ExtensionConfigurationException.class).hasMessageContaining("has no processor 3");
        assertThatThrownBy(() -> lab.step("{console: never, timeout: 5ms}")).isInstanceOf(AssertionError.class).hasMessageContaining("took longer than 0.005 s").hasMessageContaining("console:");
        assertThatThrownBy(() -> lab.on("other")).isInstanceOf(RuntimeException.class);
    }

    /** A test that fails; run by another launcher. */
    @HvTest(value = "machine: {multiboot: src/test/resources/guests/faults.elf, memory: 16M}\nplatform: {engine: interpreter}\n", artefacts = "target/hv-artefacts-test")
    static class Failing {
        @Test
        void fails(HvLab lab) {
            lab.await("ready\n");
            lab.save("back");
            lab.type("m");
            lab.restore("back");
            lab.type("m");
            lab.await("nmis: 0\n");
            lab.pass(1000);
            lab.step("{console: never, timeout: 5ms}");
        }
    }

    @Test
    void aFailureLeavesConsoleLogAndCheckpoint() throws Exception {
        Map<String, String> entries = new HashMap<>();
        List<String> failures = new ArrayList<>();
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request().selectors(selectClass(Failing.class)).build();
        LauncherFactory.create().execute(request, new TestExecutionListener() {
            @Override
            public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
                entries.putAll(entry.getKeyValuePairs());
            }

            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                result.getThrowable().ifPresent(t -> failures.add(t.getMessage()));
            }
        });
        assertThat(failures).singleElement().asString().startsWith("console never: took longer than 0.005 s").contains("VMBus 5.3 offers");
        Path left = Path.of(entries.get("hv.artefacts"));
        try (var all = Files.walk(left)) {
            assertThat(all.map(f -> left.relativize(f).toString()).toList()).contains("steps.log", "console-guest.log", "checkpoint/manifest.json");
        }
        assertThat(left.resolve("steps.log")).content().contains("console never: took longer").contains("hv replay " + left.resolve("replay.hvr"));
        HvProcess again = HvProcess.run("replay", left.resolve("replay.hvr").toString());
        assertThat(again.err()).startsWith("hv: the case failed: console never: took longer than 0.005 s").contains("equal to its end");
        try (var all = Files.walk(left.getParent())) {
            for (Path f : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(f);
            }
        }
    }
}
