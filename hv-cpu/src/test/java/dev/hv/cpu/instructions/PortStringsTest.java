package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** INS and OUTS: transfers, faults that must not lose data, permission, events. The test's device answers 01020304h times the access's number. */
class PortStringsTest {

    private static final int INSB = 0x6C;
    private static final int INSD = 0x6D;
    private static final int OUTSB = 0x6E;
    private static final int OUTSD = 0x6F;

    private final Bare b = Bare.mode64();

    private void registers(long rsi, long rdi, long rcx, int port) {
        b.c.gpr(Cpu.RSI, rsi);
        b.c.gpr(Cpu.RDI, rdi);
        b.c.gpr(Cpu.RCX, rcx);
        b.c.gpr(Cpu.RDX, 0xFFFF_0000 | port);
    }

    @Test
    void repeatedInputStoresOneAccessAfterTheOther() {
        registers(0, Bare.DATA, 3, 0x1F0);
        b.code(0xF3, INSD).step();
        assertThat(b.ports).containsExactly("in 1f0/4", "in 1f0/4", "in 1f0/4");
        assertThat(b.get64(Bare.DATA)).isEqualTo(0x02040608_01020304L);
        assertThat(b.get64(Bare.DATA + 8)).isEqualTo(0x0306090CL);
        assertThat(b.c.gpr(Cpu.RDI)).isEqualTo(Bare.DATA + 12);
        assertThat(b.c.gpr(Cpu.RCX)).isZero();
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 2);
    }

    @Test
    void outputGoesDownwardsUnderTheDirectionFlag() {
        b.put64(Bare.DATA, 0x44332211L);
        registers(Bare.DATA + 2, 0, 3, 0x60);
        b.c.setRflags(Rflags.FIXED | Rflags.DF);
        b.code(0xF3, OUTSB).step();
        assertThat(b.ports).containsExactly("out 60/1 33", "out 60/1 22", "out 60/1 11");
        assertThat(b.c.gpr(Cpu.RSI)).isEqualTo(Bare.DATA - 1);
    }

    @Test
    void anOperandSizeOf64StillMeansADoubleword() {
        b.put64(Bare.DATA, 0x8877_6655_4433_2211L);
        registers(Bare.DATA, 0, 0, 0x60);
        b.code(0x48, OUTSD).step();
        assertThat(b.ports).containsExactly("out 60/4 44332211");
        assertThat(b.c.gpr(Cpu.RSI)).isEqualTo(Bare.DATA + 4);
    }

    @Test
    void aDestinationThatFaultsLeavesThePortUnread() {
        b.unmap(Bare.DATA + 0x1000);
        registers(0, Bare.DATA + 0xFFC, 2, 0x1F0);
        b.code(0xF3, INSD);
        assertThat(b.fault()).isEqualTo(Vector.PF);
        assertThat(b.ports).hasSize(1);
        assertThat(b.c.gpr(Cpu.RCX)).isEqualTo(1);
    }

    @Test
    void withoutPermissionNothingHappens() {
        b.c.cpl = 3;
        Modes.update(b.c);
        b.c.tr.set(0x28, Bare.DATA, 0x67, 0x8B);
        // the permission map begins at the limit: no port is allowed
        b.put8(Bare.DATA + 102, 0x68);
        b.openToUser();
        registers(Bare.DATA, Bare.DATA, 1, 0x60);
        b.code(0xF3, INSB);
        assertThat(b.fault()).isEqualTo(Vector.GP);
        assertThat(b.ports).isEmpty();
        b.c.gpr(Cpu.RCX, 0);
        b.code(0xF3, INSB);
        assertThat(b.fault()).as("the right is wanted even when nothing is moved").isEqualTo(Vector.GP);
        assertThat(b.ports).isEmpty();
    }

    @Test
    void anEventGetsInBetweenTwoElements() {
        registers(0, Bare.DATA, 4, 0x1F0);
        b.code(0xF3, INSD);
        int[] at = {-1};
        b.c.raise(Cpu.EVENT_NMI);
        b.onEvent = () -> {
            if (b.ports.size() == 1) {
                at[0] = (int) b.c.gpr(Cpu.RCX);
                b.c.events = 0;
            }
            return false;
        };
        // a part of one element, and the rest
        b.engine.run(2);
        assertThat(at[0]).isEqualTo(3);
        assertThat(b.ports).hasSize(4);
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 2);
    }
}
