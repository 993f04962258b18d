package dev.hv.cpu.instructions.system;

import static dev.hv.cpu.events.Guest.fault;
import static dev.hv.cpu.events.Guest.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.instructions.FlagInstructions;
import dev.hv.cpu.instructions.Ports;
import dev.hv.cpu.instructions.SoftwareInterrupts;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.PortBus;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** IN and OUT with their permissions; CLI, STI, PUSHF, POPF, CLAC, STAC; BOUND (SDM vol. 1, 19.5; vol. 2). */
class PortsAndFlagsTest {

    private static final int GP0 = with(Vector.GP, 0);

    private final Guest g = Guest.protected32();
    private final Cpu c = g.c;
    private String log = "";

    PortsAndFlagsTest() {
        c.ports = new PortBus() {
            @Override
            public int in(int port, int size) {
                return 0x89ABCDEF;
            }

            @Override
            public void out(int port, int size, int value) {
                log += port + "/" + size + "=" + Integer.toHexString(value) + " ";
            }
        };
    }

    @Test
    void in_and_out_move_the_accumulator_by_size() {
        c.gpr(Cpu.RAX, -1);
        c.gpr(Cpu.RDX, 0x103F8);
        Ports.inByteDx(c, g.insn(32, 1));
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0xFFFF_FFFF_FFFF_FFEFL);
        Ports.inDx(c, g.insn(16, 1));
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0xFFFF_FFFF_FFFF_CDEFL);
        assertThat(Ports.inDx(c, g.insn(32, 1))).isEqualTo(Outcome.BRANCH);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x89ABCDEFL);
        Ports.outByteDx(c, g.insn(32, 1));
        Ports.outDx(c, g.insn(16, 1));
        Ports.outDx(c, g.insn(32, 1));
        assertThat(log).isEqualTo("1016/1=ef 1016/2=cdef 1016/4=89abcdef ");
    }

    @Test
    void the_io_permission_bitmap_decides_beyond_iopl() {
        g.user();
        assertThat(fault(() -> Ports.checkAccess(c, 0x60, 1))).as("map beyond the limit").isEqualTo(GP0);
        g.put16(Guest.TSS + 102, 0x68);
        c.tr.limit = 0x68 + 15;
        g.put8(Guest.TSS + 0x68 + 0x60 / 8, 0x10);
        Ports.checkAccess(c, 0x60, 4);
        assertThat(fault(() -> Ports.checkAccess(c, 0x61, 4))).as("one of four denied").isEqualTo(GP0);
        assertThat(fault(() -> Ports.checkAccess(c, 0x64, 1))).isEqualTo(GP0);
        assertThat(fault(() -> Ports.checkAccess(c, 0x7F, 2))).as("second byte beyond the limit").isEqualTo(GP0);
        c.rflagsOther(c.rflagsOther() | Rflags.IOPL);
        Ports.checkAccess(c, 0x64, 1);
    }

    @Test
    void cli_and_sti_need_iopl_or_work_on_vif_with_pvi() {
        g.user();
        assertThat(fault(() -> FlagInstructions.cli(c, g.insn(32, 1)))).isEqualTo(GP0);
        c.cr4 |= Control.CR4_PVI;
        FlagInstructions.sti(c, g.insn(32, 1));
        assertThat(c.rflags() & Rflags.VIF).isNotZero();
        FlagInstructions.cli(c, g.insn(32, 1));
        assertThat(c.rflags() & (Rflags.VIF | Rflags.IF)).isEqualTo(Rflags.IF);
        c.rflagsOther(c.rflagsOther() | Rflags.VIP);
        assertThat(fault(() -> FlagInstructions.sti(c, g.insn(32, 1)))).as("virtual interrupt pending").isEqualTo(GP0);
        c.rflagsOther(c.rflagsOther() | Rflags.IOPL);
        FlagInstructions.cli(c, g.insn(32, 1));
        assertThat(c.rflags() & Rflags.IF).isZero();
    }

    @Test
    void popf_changes_what_the_level_allows() {
        c.rflagsOther(c.rflagsOther() | Rflags.RF);
        FlagInstructions.pushf(c, g.insn(32, 1));
        assertThat(g.get32(c.gpr(Cpu.RSP))).as("RF reads as 0").isEqualTo(0x202);
        g.put32(c.gpr(Cpu.RSP), -1);
        FlagInstructions.popf(c, g.insn(32, 1));
        assertThat(c.rflags()).as("all but RF, VM, VIF and VIP").isEqualTo(0x247FD7);
        c.setRflags(0x202);
        g.user();
        g.put32(c.gpr(Cpu.RSP), 0x3000);
        FlagInstructions.popf(c, g.insn(32, 1));
        assertThat(c.rflags()).as("neither IF nor IOPL").isEqualTo(0x202);
        g.put16(c.gpr(Cpu.RSP), 0x0001);
        c.rflagsOther(c.rflagsOther() | Rflags.AC);
        FlagInstructions.popf(c, g.insn(16, 1));
        assertThat(c.rflags()).as("a word leaves the upper half").isEqualTo(0x203 | Rflags.AC);
    }

    @Test
    void stac_opens_user_pages_to_the_supervisor() {
        Guest l = Guest.long64();
        l.c.cr4 |= Control.CR4_SMAP;
        l.c.tlb.flushAll();
        assertThat(fault(() -> Mem.read8(l.c, 0x50000))).isEqualTo(with(Vector.PF, 1));
        FlagInstructions.stac(l.c, l.insn(32, 3));
        Mem.read8(l.c, 0x50000);
        FlagInstructions.clac(l.c, l.insn(32, 3));
        assertThat(fault(() -> Mem.read8(l.c, 0x50000))).isEqualTo(with(Vector.PF, 1));
        l.c.cpl = 3;
        assertThat(fault(() -> FlagInstructions.stac(l.c, l.insn(32, 3)))).isEqualTo(with(Vector.UD, 0));
    }

    @Test
    void bound_compares_signed() {
        g.put32(0x7000, -5);
        g.put32(0x7004, 5);
        c.gpr(0, 0xFFFFFFFBL);
        assertThat(SoftwareInterrupts.bound(c, g.memory(32, 0, 0x7000))).isEqualTo(Outcome.NEXT);
        c.gpr(0, 6);
        assertThat(fault(() -> SoftwareInterrupts.bound(c, g.memory(32, 0, 0x7000)))).isEqualTo(with(Vector.BR, 0));
    }
}
