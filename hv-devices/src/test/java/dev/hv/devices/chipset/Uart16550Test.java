package dev.hv.devices.chipset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Uart16550Test {

    private final FakeLine irq = new FakeLine();
    private final StringBuilder printed = new StringBuilder();
    private final Uart16550 uart = new Uart16550(0x3F8, irq, b -> printed.append((char) b));

    private int in(int register) {
        return uart.readPort(0x3F8 + register, 1);
    }

    private void out(int register, int value) {
        uart.writePort(0x3F8 + register, 1, value);
    }

    @Test
    void registersAfterResetAreThoseOfTheDataSheet() {
        assertThat(in(1)).isZero();
        assertThat(in(2)).isEqualTo(0x01);
        assertThat(in(3)).isZero();
        assertThat(in(4)).isZero();
        assertThat(in(5)).isEqualTo(0x60);
        assertThat(in(6)).as("a connected line, no changes").isEqualTo(0xB0);
    }

    @Test
    void bytesWrittenAreTransmitted() {
        out(0, 'h');
        out(0, 'v');
        assertThat(printed).hasToString("hv");
        assertThat(in(5)).isEqualTo(0x60);
    }

    @Test
    void divisorLatchHidesDataAndInterruptEnable() {
        out(1, 5);
        out(3, 0x83);
        out(0, 0x34);
        out(1, 0x12);
        assertThat(in(0)).isEqualTo(0x34);
        assertThat(in(1)).isEqualTo(0x12);
        out(3, 0x03);
        assertThat(in(1)).isEqualTo(5);
        assertThat(printed).isEmpty();
    }

    @Test
    void scratchKeepsItsByteAndStatusIsReadOnly() {
        out(7, 0xA5);
        out(5, 0);
        out(6, 0xFF);
        assertThat(in(7)).isEqualTo(0xA5);
        assertThat(in(5)).isEqualTo(0x60);
        assertThat(in(6)).isEqualTo(0xB0);
    }

    @Test
    void fifoBitsShowInTheInterruptIdentification() {
        out(2, 0x01);
        assertThat(in(2)).isEqualTo(0xC1);
        out(2, 0x00);
        assertThat(in(2)).isEqualTo(0x01);
    }

    @Test
    void receivedBytesComeInOrderAndWaitBeyondTheFifo() {
        for (int i = 0; i < 100; i++) {
            assertThat(uart.receive(i)).isTrue();
        }
        assertThat(in(5)).isEqualTo(0x61);
        for (int i = 0; i < 100; i++) {
            assertThat(in(0)).isEqualTo(i);
        }
        assertThat(in(5)).as("no overrun").isEqualTo(0x60);
    }

    @Test
    void theQueueBeforeTheLineHasAnEnd() {
        while (uart.room() > 0) {
            assertThat(uart.receive('x')).isTrue();
        }
        assertThat(uart.receive('x')).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"0x01,1", "0x41,4", "0x81,8", "0xC1,14"})
    void receivedDataInterruptsAtTheTriggerLevelAndByTimeoutBelow(String fcr, int level) {
        out(2, Integer.decode(fcr));
        out(1, 1);
        out(4, 8);
        for (int i = 1; i <= level; i++) {
            uart.receive(i);
            assertThat(in(2)).isEqualTo(i < level ? 0xCC : 0xC4);
        }
        assertThat(irq.high).isTrue();
        for (int i = 1; i <= level; i++) {
            in(0);
        }
        assertThat(in(2)).isEqualTo(0xC1);
        assertThat(irq.high).isFalse();
    }

    @Test
    void enablingTheTransmitInterruptRaisesItOnceUntilTheNextByte() {
        out(4, 8);
        out(1, 2);
        assertThat(irq.high).isTrue();
        assertThat(in(2)).isEqualTo(0x02);
        assertThat(irq.high).as("reading the identification ends it").isFalse();
        assertThat(in(2)).isEqualTo(0x01);
        out(0, 'a');
        assertThat(irq.high).isTrue();
        out(1, 0);
        assertThat(irq.high).isFalse();
        out(1, 2);
        assertThat(in(2)).as("enabled again").isEqualTo(0x02);
    }

    @Test
    void interruptsHaveTheDataSheetsPriorities() {
        out(2, 0x01);
        out(4, 0x18);
        out(0, 'a');
        out(4, 0x08);
        in(6);
        out(4, 0x18);
        out(4, 0x08);
        uart.receiveBreak();
        out(1, 0x0F);
        in(0);
        assertThat(in(2)).as("line status").isEqualTo(0xC6);
        assertThat(in(5) & 0x10).as("break").isEqualTo(0x10);
        assertThat(in(2)).as("received data").isEqualTo(0xC4);
        in(0);
        assertThat(in(2)).as("transmitter empty").isEqualTo(0xC2);
        assertThat(in(2)).as("modem status").isEqualTo(0xC0);
        in(6);
        assertThat(in(2)).isEqualTo(0xC1);
    }

    @Test
    void out2GatesTheInterrupt() {
        out(1, 1);
        uart.receive('a');
        assertThat(irq.high).isFalse();
        out(4, 8);
        assertThat(irq.high).isTrue();
        out(4, 0x18);
        assertThat(irq.high).isFalse();
    }

    @Test
    void loopbackReturnsBytesAndModemOutputs() {
        out(4, 0x1A);
        assertThat(in(6) & 0xF0).as("RTS and OUT2 as CTS and DCD").isEqualTo(0x90);
        out(4, 0x15);
        assertThat(in(6) & 0xF0).as("DTR and OUT1 as DSR and RI").isEqualTo(0x60);
        out(0, 0x5A);
        assertThat(printed).isEmpty();
        assertThat(in(5)).isEqualTo(0x61);
        assertThat(in(0)).isEqualTo(0x5A);
    }

    @Test
    void modemChangesShowOnceAndRingOnlyWhenItEnds() {
        out(4, 0x10);
        in(6);
        out(4, 0x16);
        assertThat(in(6)).as("CTS rose, RI rose").isEqualTo(0x51);
        assertThat(in(6)).isEqualTo(0x50);
        out(4, 0x10);
        assertThat(in(6)).as("CTS fell, ring ended").isEqualTo(0x05);
    }

    @Test
    void withoutFifosASecondByteOverruns() {
        out(4, 0x10);
        out(0, 1);
        out(0, 2);
        assertThat(in(5)).isEqualTo(0x63);
        assertThat(in(5)).as("read once").isEqualTo(0x61);
        assertThat(in(0)).isEqualTo(2);
    }

    @Test
    void withFifosTheSeventeenthByteIsLost() {
        out(2, 1);
        out(4, 0x10);
        for (int i = 0; i < 17; i++) {
            out(0, i);
        }
        assertThat(in(5)).isEqualTo(0x63);
        for (int i = 0; i < 16; i++) {
            assertThat(in(0)).isEqualTo(i);
        }
        assertThat(in(5)).isEqualTo(0x60);
    }

    @Test
    void aBreakIsMarkedAtItsCharacterAndInBit7() {
        out(2, 1);
        uart.receive('a');
        uart.receiveBreak();
        assertThat(in(5)).as("behind the head: only the FIFO's error bit").isEqualTo(0xE1);
        assertThat(in(0)).isEqualTo('a');
        assertThat(in(5)).isEqualTo(0xF1);
        assertThat(in(5)).isEqualTo(0x61);
        assertThat(in(0)).isZero();
    }

    @Test
    void clearingTheReceiverFifoDropsItsBytes() {
        out(2, 1);
        uart.receive('a');
        out(2, 3);
        assertThat(in(5)).isEqualTo(0x60);
        uart.receive('b');
        assertThat(in(0)).isEqualTo('b');
    }

    @Test
    void wideAccessesAreByteAccesses() {
        uart.writePort(0x3FE, 2, 0x7700);
        assertThat(in(7)).isEqualTo(0x77);
        assertThat(uart.readPort(0x3FE, 2)).isEqualTo(0x77B0);
    }

    @Test
    void savedStateGoesOnWhereItWas() {
        out(2, 0x41);
        out(1, 5);
        out(4, 8);
        out(7, 0x99);
        for (int i = 0; i < 20; i++) {
            uart.receive(i);
        }
        in(0);
        var line = new FakeLine();
        var other = new Uart16550(0x3F8, line, b -> { });
        RecordedState.copy(uart, other);
        assertThat(line.high).isTrue();
        assertThat(other.readPort(0x3FF, 1)).isEqualTo(0x99);
        for (int i = 1; i < 20; i++) {
            assertThat(other.readPort(0x3F8, 1)).isEqualTo(i);
        }
        assertThat(line.high).isFalse();
    }
}
