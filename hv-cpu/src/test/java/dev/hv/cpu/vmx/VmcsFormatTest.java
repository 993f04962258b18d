package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cpu.events.Events;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.TaskSwitchSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The numbers of the manual's tables, and back. */
class VmcsFormatTest {

    private final PendingEvent event = new PendingEvent();

    /** Types of table 24-16. */
    @ParameterizedTest
    @CsvSource({"EXTERNAL_INTERRUPT, 0, false", "NMI, 2, false", "EXCEPTION, 3, false", "SOFTWARE_INTERRUPT, 4, true", "PRIVILEGED_SOFTWARE_EXCEPTION, 5, true",
        "SOFTWARE_EXCEPTION, 6, true"})
    void eventsHaveTheirTypes(EventKind kind, int type, boolean byInstruction) {
        assertThat(VmcsFormat.information(kind, 0x5A, false)).isEqualTo(0x8000_005A | type << 8);
        assertThat(VmcsFormat.information(kind, 0xFF, true)).isEqualTo(0x8000_08FF | type << 8);
        assertThat(kind.byInstruction()).isEqualTo(byInstruction);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrittenIsRead(EventKind kind) {
        VmcsFormat.read(VmcsFormat.information(kind, 0x0E, true), 0x17, 3, event);
        assertThat(event.kind()).isEqualTo(kind);
        assertThat(event.vector()).isEqualTo(0x0E);
        assertThat(event.withErrorCode()).isTrue();
        assertThat(event.errorCode()).isEqualTo(0x17);
        assertThat(event.length()).isEqualTo(3);
        assertThat(VmcsFormat.information(event)).isEqualTo(VmcsFormat.information(kind, 0x0E, true));
    }

    @Test
    void noEventIsNotValid() {
        VmcsFormat.read(VmcsFormat.information(EventKind.NMI, 2, false), 0, 0, event);
        VmcsFormat.read(0x7FFF_FFFF, 1, 1, event);
        assertThat(event.present()).isFalse();
        assertThat(VmcsFormat.information(event)).isZero();
        assertThatThrownBy(() -> VmcsFormat.kind(0x8000_0100)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Table 27-2. */
    @ParameterizedTest
    @CsvSource({"CALL, 0", "IRET, 1", "JMP, 2", "GATE, 3"})
    void taskSwitchesHaveTheirSources(TaskSwitchSource source, long number) {
        assertThat(VmcsFormat.qualification(source, 0x1_2340)).isEqualTo(0x2340 | number << 30);
    }

    /** Tables 24-3 and 24-4, and 24.4.2. */
    @Test
    void nonRegisterStateHasItsBits() {
        for (int shadow = 0; shadow < 4; shadow++) {
            assertThat(VmcsFormat.shadow(VmcsFormat.blocking(shadow) | 0xC)).isEqualTo(shadow);
        }
        assertThat(VmcsFormat.blocking(Cpu.SHADOW_STI)).isEqualTo(1);
        assertThat(VmcsFormat.blocking(Cpu.SHADOW_SS)).isEqualTo(2);
        assertThat(VmcsFormat.pendingDebug(Events.BREAKPOINT_MET | 5)).isEqualTo(0x1005);
        assertThat(VmcsFormat.pendingDebug(Events.SINGLE_STEP | Events.TASK_SWITCH)).isEqualTo(0x4000);
        assertThat(VmcsFormat.debugConditions(0x5003)).isEqualTo(Events.BREAKPOINT_MET | Events.SINGLE_STEP | 3);
        int[] activities = {Cpu.ACTIVE, Cpu.HALTED, Cpu.SHUTDOWN, Cpu.WAIT_FOR_SIPI};
        for (int state = 0; state < 4; state++) {
            assertThat(VmcsFormat.activity(state)).isEqualTo(activities[state]);
            assertThat(VmcsFormat.activityState(activities[state])).isEqualTo(state);
        }
        assertThat(VmcsFormat.activity(4)).isNegative();
        assertThat(VmcsFormat.activity(1L << 32)).isNegative();
    }
}
