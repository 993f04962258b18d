package dev.hv.devices.chipset;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResetAndKeyboardTest {

    private final FakePower power = new FakePower();
    private final ResetControl resets = new ResetControl(power);
    private final Keyboard8042 keyboard = new Keyboard8042(power);

    private void command(int value) {
        keyboard.writePort(0x64, 1, value);
    }

    private void data(int value) {
        keyboard.writePort(0x60, 1, value);
    }

    private int status() {
        return keyboard.readPort(0x64, 1);
    }

    @Test
    void resetControlActsOnTheRisingResetBit() {
        resets.writePort(0xCF9, 1, 0x02);
        assertThat(power.calls).isEmpty();
        assertThat(resets.readPort(0xCF9, 1)).isEqualTo(2);
        resets.writePort(0xCF9, 1, 0x06);
        assertThat(power.calls).containsExactly("reset");
        resets.writePort(0xCF9, 1, 0x06);
        assertThat(power.calls).hasSize(1);
    }

    @Test
    void port92HasAnOpenA20GateAndAFastReset() {
        assertThat(resets.readPort(0x92, 1)).isEqualTo(2);
        resets.writePort(0x92, 1, 0);
        assertThat(resets.readPort(0x92, 1)).isEqualTo(2);
        assertThat(power.calls).isEmpty();
        resets.writePort(0x92, 1, 3);
        assertThat(power.calls).containsExactly("reset");
    }

    @Test
    void theSelfTestPassesAndSetsTheSystemFlag() {
        assertThat(status()).isEqualTo(0x10);
        command(0xAA);
        assertThat(status()).isEqualTo(0x1D);
        assertThat(keyboard.readPort(0x60, 1)).isEqualTo(0x55);
        assertThat(status()).isEqualTo(0x1C);
    }

    @Test
    void theCommandByteReadsBack() {
        command(0x60);
        data(0x45);
        command(0x20);
        assertThat(keyboard.readPort(0x60, 1)).isEqualTo(0x45);
        command(0xAD);
        command(0x20);
        assertThat(keyboard.readPort(0x60, 1)).isEqualTo(0x55);
        command(0xAE);
        command(0x20);
        assertThat(keyboard.readPort(0x60, 1)).isEqualTo(0x45);
    }

    @Test
    void noKeyboardAnswers() {
        command(0xAB);
        assertThat(keyboard.readPort(0x60, 1)).as("interface test fails").isEqualTo(1);
        data(0xFF);
        assertThat(status() & 1).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0xFE,true", "0xF0,true", "0xFF,false", "0xFD,false"})
    void pulsingLineZeroResets(String value, boolean resets) {
        command(Integer.decode(value));
        assertThat(power.calls.contains("reset")).isEqualTo(resets);
    }

    @Test
    void theOutputPortsBitZeroResets() {
        command(0xD1);
        data(0xDF);
        assertThat(power.calls).isEmpty();
        command(0xD1);
        data(0xDE);
        assertThat(power.calls).containsExactly("reset");
    }
}
