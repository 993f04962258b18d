package dev.hv.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.devices.disk.DiskFaults;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Faults after {@code --at}. */
class FaultReaderTest {

    private static ScheduledAction.Action action(String text) {
        return ScheduledAction.parse("--at", "1s:" + text, Path.of("")).action();
    }

    @Test
    void aFaultIsWrittenAsInASuite() {
        assertThat(action("disk-error=1,blocks=8-15,access=write,failure=no-space,times=2"))
                .isEqualTo(new ScheduledAction.Action.Inject(new Fault.DiskError(new Fault.Blocks(1, Fault.Access.WRITE, 8, 8, 2), DiskFaults.Failure.NO_SPACE)));
        assertThat(action("lose-interrupt=sint 2,processor=1")).isEqualTo(new ScheduledAction.Action.Inject(new Fault.Interrupt(Fault.InterruptKind.SINT, 2, 1, Fault.NEVER, Fault.ALWAYS)));
        assertThat(action("clock-jump=-90s").needsBus()).isFalse();
        assertThat(action("rescind=kvp").needsBus()).isTrue();
        assertThat(action("heal")).isEqualTo(new ScheduledAction.Action.Inject(new Fault.Heal()));
        assertThat(ScheduledAction.parse("--at", "console=a:b:stall=0,for=1ms", Path.of("")).when()).isEqualTo(new ScheduledAction.When.Printed("a:b"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "disk-error=x | a whole number from 0 to 63", "disk-error=0,blocks=9-8 | the last is before the first", "disk-error=0,failure=odd | one of medium", "disk-delay=0 | delay: a duration", "disk-delay=0,dely=1s | unknown setting 'dely'",
        "network=0 | says nothing that happens", "network=0,loss=2 | loss: 2: a number from 0.0 to 1.0", "network=0,delay=1ms,jitter=2ms | nothing comes before it was sent", "rescind=disk | one of scsi", "lose-interrupt=irq 24 | from 0 to 23",
        "lose-interrupt=irq 2,processor=0 | processor: the I/O APIC decides", "lose-interrupt=vector 8 | from 16 to 255", "stall=0 | for: a duration", "clock-jump=soon | a duration, with - in front", "heal=now | takes no value", "disk-errr=0 | or a fault: disk-error"})
    void aWrongOneIsRefusedInALine(String text, String problem) {
        assertThatThrownBy(() -> action(text)).isInstanceOf(UsageException.class).hasMessageContaining(problem).hasMessageStartingWith("--at ").hasMessageNotContaining("\n");
    }

    @Test
    void nothingButARefusalComesOfNonsense() {
        var random = new Random(5);
        String[] words = {"disk-error", "disk-delay", "network", "rescind", "offer", "lose-interrupt", "delay-interrupt", "stall", "clock-jump", "memory-pressure", "heal", "blocks", "times", "delay", "loss", "for", "=", "=", "=", ",", ",", "0", "-1",
            "9223372036854775807", "99999999999999", "0-5", "5-0", "kvp", "sint 2", "irq 99", "vector 255", "1ms", "-5s", "0.5", "1e309", "", " ", "é", "\0"};
        for (int i = 0; i < 20_000; i++) {
            var text = new StringBuilder(words[random.nextInt(11)]);
            for (int n = random.nextInt(9); n > 0; n--) {
                text.append(words[random.nextInt(words.length)]);
            }
            try {
                action(text.toString());
            } catch (UsageException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }
}
