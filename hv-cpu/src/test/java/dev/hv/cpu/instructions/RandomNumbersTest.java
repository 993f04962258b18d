package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Entropy;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Vector;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** RDRAND and RDSEED (SDM vol. 2B, the pages of the names). */
class RandomNumbersTest {

    private static long rdrand64(Bare m) {
        m.code(0x48, 0x0F, 0xC7, 0xF0).step();
        return m.c.gpr(Cpu.RAX);
    }

    @Test
    void carryAloneIsSetAndNumbersDiffer() {
        Bare m = Bare.mode64();
        Set<Long> seen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            m.c.setRflags(0x8D6);
            assertThat(seen.add(rdrand64(m))).isTrue();
            assertThat(m.flags()).isEqualTo(".....C");
        }
    }

    @Test
    void everyOperandSizeWritesWhatItMust() {
        Bare m = Bare.mode64();
        m.c.gpr(Cpu.RBX, -1);
        // rdseed bx
        m.code(0x66, 0x0F, 0xC7, 0xFB).step();
        assertThat(m.c.gpr(Cpu.RBX) >>> 16).isEqualTo(-1L >>> 16);
        assertThat(m.c.gpr(Cpu.RBX) & 0xFFFF).isNotEqualTo(0xFFFF);
        // rdrand r9d
        m.c.gpr(9, -1);
        m.code(0x41, 0x0F, 0xC7, 0xF1).step();
        assertThat(m.c.gpr(9) >>> 32).isZero();
        assertThat(m.c.gpr(9)).isNotZero();
        // rdseed rcx
        m.code(0x48, 0x0F, 0xC7, 0xF9).step();
        assertThat(m.c.gpr(Cpu.RCX) >>> 32).isNotZero();
    }

    @Test
    void equalSeedsGiveEqualNumbersAndStateIsSaved() {
        Bare a = Bare.mode64();
        Bare b = Bare.mode64();
        assertThat(rdrand64(a)).isEqualTo(rdrand64(b));
        Entropy.seed(a.c, 42);
        Entropy.seed(b.c, 43);
        assertThat(rdrand64(a)).isNotEqualTo(rdrand64(b));
        RecordedState.copy(a.c, b.c);
        assertThat(rdrand64(a)).isEqualTo(rdrand64(b));
    }

    @Test
    void processorsOfOneMachineDiffer() {
        var first = new Cpu(0, CpuModel.intelDefault(), null);
        var second = new Cpu(1, CpuModel.intelDefault(), null);
        assertThat(Entropy.next(first)).isNotEqualTo(Entropy.next(second));
    }

    @Test
    void invalidWithRepeatPrefixesAndWithoutTheFeature() {
        assertThat(Bare.mode64().code(0xF2, 0x0F, 0xC7, 0xF0).fault()).isEqualTo(Vector.UD);
        assertThat(Bare.mode64().code(0xF3, 0x0F, 0xC7, 0xF0).fault()).isEqualTo(Vector.UD);
        assertThat(Bare.mode64().code(0xF0, 0x0F, 0xC7, 0xF8).fault()).isEqualTo(Vector.UD);
        EnumSet<Feature> without = EnumSet.copyOf(CpuModel.intelDefault().features());
        without.removeAll(EnumSet.of(Feature.RDRAND, Feature.RDSEED));
        var model = new CpuModel("without", true, without, 46, 1_000_000_000L);
        assertThat(Bare.mode64(model).code(0x0F, 0xC7, 0xF0).fault()).isEqualTo(Vector.UD);
        assertThat(Bare.mode64(model).code(0x0F, 0xC7, 0xF8).fault()).isEqualTo(Vector.UD);
    }

    @Test
    void cpuidAnnouncesBoth() {
        Bare m = Bare.mode64();
        m.c.gpr(Cpu.RAX, 1);
        m.code(0x0F, 0xA2).step();
        assertThat(m.c.gpr(Cpu.RCX) >>> 30 & 1).isEqualTo(1);
        m.c.gpr(Cpu.RAX, 7);
        m.c.gpr(Cpu.RCX, 0);
        m.code(0x0F, 0xA2).step();
        assertThat(m.c.gpr(Cpu.RBX) >>> 18 & 1).isEqualTo(1);
    }
}
