package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** Pushes, pops and frames, with the corner cases where the stack pointer is an operand too. */
class StackTest {

    private static final long TOP = Bare.DATA + 0x1000;

    private final Bare b = Bare.mode64();

    private void stack(long rsp) {
        b.c.gpr(Cpu.RSP, rsp);
    }

    @Test
    void pushOfTheStackPointerStoresWhatItWas() {
        stack(TOP);
        b.code(0x54).step();
        assertThat(b.get64(TOP - 8)).isEqualTo(TOP);
        assertThat(b.c.gpr(Cpu.RSP)).isEqualTo(TOP - 8);
    }

    @Test
    void popIntoTheStackPointerKeepsWhatWasPopped() {
        stack(TOP);
        b.put64(TOP, 0x1234);
        b.code(0x5C).step();
        assertThat(b.c.gpr(Cpu.RSP)).isEqualTo(0x1234);
    }

    @Test
    void popToMemoryAddressesWithTheStackPointerAlreadyMoved() {
        stack(TOP);
        b.put64(TOP, 0x77);
        b.code(0x8F, 0x44, 0x24, 0x10).step();
        assertThat(b.get64(TOP + 8 + 0x10)).isEqualTo(0x77);
        assertThat(b.c.gpr(Cpu.RSP)).isEqualTo(TOP + 8);
    }

    @Test
    void popToMemoryThatFaultsLeavesTheStackPointer() {
        stack(TOP);
        b.unmap(Bare.DATA + 0x8000);
        b.c.gpr(Cpu.RBX, Bare.DATA + 0x8000);
        b.code(0x8F, 0x03);
        assertThat(b.fault()).isEqualTo(Vector.PF);
        assertThat(b.c.gpr(Cpu.RSP)).isEqualTo(TOP);
    }

    @Test
    void immediatesAreSignExtendedAndWordsMoveTheStackByTwo() {
        stack(TOP);
        b.code(0x6A, 0xFE).step();
        assertThat(b.get64(TOP - 8)).isEqualTo(-2);
        b.code(0x66, 0x6A, 0xFE).step();
        assertThat(b.c.gpr(Cpu.RSP)).isEqualTo(TOP - 10);
        assertThat(b.get64(TOP - 10) & 0xFFFF).isEqualTo(0xFFFE);
    }

    @Test
    void aPushThatFaultsChangesNothing() {
        stack(TOP + 4);
        b.put64(TOP - 4, 0x5555);
        b.map(Bare.DATA, Bare.DATA, false);
        b.code(0x50);
        assertThat(b.fault()).isEqualTo(Vector.PF);
        assertThat(b.c.pageFaultAddress).isEqualTo(TOP - 4);
        assertThat(b.c.gpr(Cpu.RSP)).isEqualTo(TOP + 4);
        assertThat(b.get64(TOP - 4)).isEqualTo(0x5555);
    }

    @Test
    void enterBuildsADisplayOfOuterFrames() {
        stack(TOP);
        b.c.gpr(Cpu.RBP, Bare.DATA + 0x2000);
        b.put64(Bare.DATA + 0x2000 - 8, 0xA1);
        b.put64(Bare.DATA + 0x2000 - 16, 0xA2);
        b.code(0xC8, 0x20, 0x00, 0x03).step();
        long frame = TOP - 8;
        assertThat(b.get64(frame)).isEqualTo(Bare.DATA + 0x2000);
        assertThat(b.get64(frame - 8)).isEqualTo(0xA1);
        assertThat(b.get64(frame - 16)).isEqualTo(0xA2);
        assertThat(b.get64(frame - 24)).isEqualTo(frame);
        assertThat(b.c.gpr(Cpu.RBP)).isEqualTo(frame);
        assertThat(b.c.gpr(Cpu.RSP)).isEqualTo(frame - 24 - 0x20);
        b.code(0xC9).step();
        assertThat(b.c.gpr(Cpu.RSP)).isEqualTo(TOP);
        assertThat(b.c.gpr(Cpu.RBP)).isEqualTo(Bare.DATA + 0x2000);
    }

    @Test
    void pushAllAndPopAllSkipTheStackPointer() {
        var p = Bare.mode32();
        for (int i = 0; i < 8; i++) {
            p.c.gpr(i, 0x100 + i);
        }
        p.c.gpr(Cpu.RSP, TOP);
        p.code(0x60).step();
        assertThat(p.c.gpr(Cpu.RSP)).isEqualTo(TOP - 32);
        assertThat(p.get64(TOP - 16) & 0xFFFF_FFFFL).as("EBX").isEqualTo(0x103);
        assertThat(p.get64(TOP - 20) & 0xFFFF_FFFFL).as("ESP as it was").isEqualTo(TOP);
        for (int i = 0; i < 8; i++) {
            if (i != Cpu.RSP) {
                p.c.gpr(i, 0);
            }
        }
        p.code(0x61).step();
        assertThat(p.c.gpr(Cpu.RSP)).isEqualTo(TOP);
        assertThat(p.c.gpr(Cpu.RDI)).isEqualTo(0x107);
        assertThat(p.c.gpr(Cpu.RAX)).isEqualTo(0x100);
    }

    @Test
    void aSmallStackWrapsWithinItsSegment() {
        var p = Bare.mode32();
        p.c.seg[Cpu.SS].set(0x10, Bare.DATA, 0xFFFF, 0x93);
        Modes.update(p.c);
        p.c.gpr(Cpu.RSP, 0xABCD_0002L);
        p.c.gpr(Cpu.RAX, 0x1122);
        p.code(0x66, 0x50).step();
        assertThat(p.c.gpr(Cpu.RSP)).isEqualTo(0xABCD_0000L);
        p.code(0x66, 0x50).step();
        assertThat(p.c.gpr(Cpu.RSP)).isEqualTo(0xABCD_FFFEL);
        assertThat(p.get64(Bare.DATA + 0xFFFE) & 0xFFFF).isEqualTo(0x1122);
    }

    @Test
    void aLimitOfTheStackSegmentIsAStackFault() {
        var p = Bare.mode32();
        p.c.seg[Cpu.SS].set(0x10, 0, 0xFFF, 0x93 | Segment.DB);
        Modes.update(p.c);
        p.c.gpr(Cpu.RSP, 0x1004);
        p.code(0x50);
        assertThat(p.fault()).isEqualTo(Vector.SS);
        p.c.gpr(Cpu.RBP, 0x2000);
        p.code(0x8B, 0x45, 0x00);
        assertThat(p.fault()).as("EBP addresses the stack").isEqualTo(Vector.SS);
        p.code(0x3E, 0x8B, 0x45, 0x00).step();
        assertThat(p.c.rip).as("unless told otherwise").isEqualTo(Bare.CODE + 4);
    }
}
