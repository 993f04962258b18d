package dev.hv.cpu.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cpu.events.Guest;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Modes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Any bytes, as the first of an instruction, on both vendors' processors and in every mode that code can have: they have a length or are too long, and whole ones need no bytes behind themselves. */
class DecoderFuzzTest {

    private static final int LONGEST = 15;
    private static final int GIVEN = 16;
    private static final Guest[] MODES = {Guest.long64(), Guest.protected32(), Guest.real(), compatibility()};

    @FuzzTest
    void everyByteStringHasALengthOrNone(byte[] data) {
        ByteBuffer bytes = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.remaining() > GIVEN) {
            decode(bytes.get(), bytes.getLong(), bytes.getLong());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void randomOnesToo(int seed) {
        Random random = new Random(seed);
        int whole = 0;
        for (int i = 0; i < 100_000; i++) {
            whole += decode(random.nextInt(), random.nextLong(), random.nextLong()) > 0 ? 1 : 0;
        }
        assertThat(whole).isGreaterThan(90_000);
    }

    private static int decode(int choice, long low, long high) {
        Guest g = MODES[(choice & 0xFF) % MODES.length];
        int mode = g.c.mode;
        boolean amd = (choice & 0x80) != 0;
        Insn insn = new Insn();
        int length = new Decoder(insn, amd).decode(low, high, GIVEN, g.c.rip, mode);
        if (length == Decoder.TOO_LONG) {
            return 0;
        }
        assertThat(length).as("%016x%016x, amd %s", high, low, amd).isBetween(1, LONGEST);
        assertThat(new Decoder(new Insn(), amd).decode(low, high, length, g.c.rip, mode)).as("without what follows").isEqualTo(length);
        if (length > 1) {
            int less = new Decoder(new Insn(), amd).decode(low, high, length - 1, g.c.rip, mode);
            assertThat(less).as("a byte short").isIn(Decoder.TRUNCATED, Decoder.TOO_LONG);
        }
        return length;
    }

    private static Guest compatibility() {
        Guest g = Guest.long64(CpuModel.amdDefault());
        g.c.seg[Cpu.CS].setFromDescriptor(Guest.KERNEL_CODE, Guest.CODE32);
        Modes.update(g.c);
        return g;
    }
}
