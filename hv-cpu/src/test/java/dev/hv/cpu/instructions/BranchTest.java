package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** Near transfers of control: targets, stack, limits, canonical addresses. */
class BranchTest {

    private static final long NOT_CANONICAL = 0x8000_0000_0000L;

    private final Bare b = Bare.mode64();

    @Test
    void branchesGoRelativeToTheNextInstruction() {
        b.code(0xEB, 0xFE).step();
        assertThat(b.c.rip).as("JMP to itself").isEqualTo(Bare.CODE);
        b.code(0xE9, 0x00, 0x01, 0x00, 0x00).step();
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 5 + 0x100);
        b.c.setRflags(Rflags.FIXED | Rflags.ZF);
        b.code(0x74, 0x80).step();
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 2 - 128);
        b.code(0x75, 0x80).step();
        assertThat(b.c.rip).as("not taken").isEqualTo(Bare.CODE + 2);
        b.code(0x0F, 0x84, 0xFC, 0xFF, 0xFF, 0xFF).step();
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 2);
    }

    @Test
    void callsPushWhereReturnsGo() {
        b.c.gpr(Cpu.RSP, Bare.DATA + 0x100);
        b.code(0xE8, 0x10, 0x00, 0x00, 0x00).step();
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 0x15);
        assertThat(b.get64(Bare.DATA + 0xF8)).isEqualTo(Bare.CODE + 5);
        b.code(0xC2, 0x20, 0x00).step();
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 5);
        assertThat(b.c.gpr(Cpu.RSP)).isEqualTo(Bare.DATA + 0x120);
        b.put64(Bare.DATA, Bare.CODE + 0x40);
        b.c.gpr(Cpu.RBX, Bare.DATA);
        b.code(0xFF, 0x13).step();
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 0x40);
        assertThat(b.get64(Bare.DATA + 0x118)).isEqualTo(Bare.CODE + 2);
    }

    @Test
    void aCallThroughTheStackPointerReadsItBeforePushing() {
        b.c.gpr(Cpu.RSP, Bare.DATA + 0x100);
        b.put64(Bare.DATA + 0x100, Bare.CODE + 0x99);
        b.code(0xFF, 0x14, 0x24).step();
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 0x99);
        b.c.gpr(Cpu.RSP, Bare.CODE + 0x200);
        b.code(0xFF, 0xD4).step();
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 0x200);
    }

    @Test
    void targetsThatAreNotCanonicalFaultBeforeAnythingChanges() {
        b.c.gpr(Cpu.RAX, NOT_CANONICAL);
        b.c.gpr(Cpu.RSP, Bare.DATA + 0x100);
        b.code(0xFF, 0xE0);
        assertThat(b.fault()).isEqualTo(Vector.GP);
        assertThat(b.c.rip).isEqualTo(Bare.CODE);
        b.code(0xFF, 0xD0);
        assertThat(b.fault()).isEqualTo(Vector.GP);
        assertThat(b.c.gpr(Cpu.RSP)).isEqualTo(Bare.DATA + 0x100);
        b.put64(Bare.DATA + 0x100, NOT_CANONICAL);
        b.code(0xC3);
        assertThat(b.fault()).isEqualTo(Vector.GP);
        assertThat(b.c.gpr(Cpu.RSP)).isEqualTo(Bare.DATA + 0x100);
    }

    @Test
    void aStackThatIsNotCanonicalIsAStackFault() {
        b.c.gpr(Cpu.RSP, NOT_CANONICAL + 0x100);
        b.code(0xC3);
        assertThat(b.fault()).isEqualTo(Vector.SS);
        b.code(0xE8, 0, 0, 0, 0);
        assertThat(b.fault()).isEqualTo(Vector.SS);
        b.c.gpr(Cpu.RBX, Bare.DATA);
        b.code(0xFF, 0x13);
        assertThat(b.fault()).as("CALL m").isEqualTo(Vector.SS);
        b.c.gpr(Cpu.RSP, Bare.DATA + 0x100);
        b.c.gpr(Cpu.RBX, NOT_CANONICAL);
        b.code(0xFF, 0x13);
        assertThat(b.fault()).as("its operand").isEqualTo(Vector.GP);
    }

    @Test
    void outside64BitModeTargetsStayWithinTheLimit() {
        var p = Bare.mode32();
        p.c.seg[Cpu.CS].limit = (int) Bare.CODE + 0xFFF;
        Modes.update(p.c);
        p.code(0xE9, 0x00, 0x10, 0x00, 0x00);
        assertThat(p.fault()).isEqualTo(Vector.GP);
        p.code(0xE9, 0x00, 0x01, 0x00, 0x00).step();
        assertThat(p.c.rip).isEqualTo(Bare.CODE + 0x105);
        p.code(0x66, 0xEB, 0x10).step();
        assertThat(p.c.rip).as("16-bit operand size cuts EIP").isEqualTo(Bare.CODE + 0x13 & 0xFFFF);
    }

    @Test
    void loopsCountInTheAddressSize() {
        b.c.gpr(Cpu.RCX, 0x1_0000_0001L);
        b.code(0x67, 0xE2, 0x10).step();
        assertThat(b.c.gpr(Cpu.RCX)).as("ECX").isZero();
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 3);
        b.c.gpr(Cpu.RCX, 0x1_0000_0001L);
        b.code(0xE2, 0x10).step();
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 0x12);
        b.c.setRflags(Rflags.FIXED);
        b.code(0xE1, 0x10).step();
        assertThat(b.c.rip).as("LOOPE without ZF").isEqualTo(Bare.CODE + 2);
        b.c.gpr(Cpu.RCX, 0x1_0000_0000L);
        b.code(0x67, 0xE3, 0x10).step();
        assertThat(b.c.rip).as("JECXZ").isEqualTo(Bare.CODE + 0x13);
        b.code(0xE3, 0x10).step();
        assertThat(b.c.rip).as("JRCXZ").isEqualTo(Bare.CODE + 2);
    }
}
