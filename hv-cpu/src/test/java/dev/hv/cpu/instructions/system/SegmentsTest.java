package dev.hv.cpu.instructions.system;

import static dev.hv.cpu.events.Guest.fault;
import static dev.hv.cpu.events.Guest.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.instructions.SegmentQueries;
import dev.hv.cpu.instructions.Segments;
import dev.hv.cpu.instructions.SystemTables;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** Segment registers, LDTR and TR, and the questions about descriptors (SDM vol. 2). */
class SegmentsTest {

    private final Guest g = Guest.protected32();
    private final Cpu c = g.c;

    @Test
    void data_segment_loads_check_level_type_and_presence() {
        Segments.load(c, Cpu.ES, 0);
        assertThat(c.seg[Cpu.ES].usable()).isFalse();
        assertThat(fault(() -> Segments.load(c, Cpu.ES, 0x1008))).as("beyond the table").isEqualTo(with(Vector.GP, 0x1008));
        assertThat(fault(() -> Segments.load(c, Cpu.ES, Guest.TASK))).as("system").isEqualTo(with(Vector.GP, Guest.TASK));
        assertThat(fault(() -> Segments.load(c, Cpu.ES, Guest.KERNEL_DATA | 3))).as("RPL").isEqualTo(with(Vector.GP, Guest.KERNEL_DATA));
        g.put64(Guest.GDT + Guest.SPARE, Guest.CODE32 & ~(1L << 41));
        assertThat(fault(() -> Segments.load(c, Cpu.ES, Guest.SPARE))).as("execute-only").isEqualTo(with(Vector.GP, Guest.SPARE));
        g.put64(Guest.GDT + Guest.SPARE, Guest.DATA32 & ~(1L << 47));
        assertThat(fault(() -> Segments.load(c, Cpu.ES, Guest.SPARE))).as("not present").isEqualTo(with(Vector.NP, Guest.SPARE));
        assertThat(fault(() -> Segments.load(c, Cpu.FS, 0x54))).as("no LDT").isEqualTo(with(Vector.GP, 0x54));
        g.put64(Guest.GDT + Guest.SPARE, 0x12C0_9234_5678_FFFFL);
        Segments.load(c, Cpu.FS, Guest.SPARE);
        assertThat(c.seg[Cpu.FS].base).isEqualTo(0x12345678);
        assertThat(c.seg[Cpu.FS].limit).isEqualTo(0x0FFFFFFF);
        assertThat(g.get8(Guest.GDT + Guest.SPARE + 5)).as("accessed").isEqualTo(0x93);
    }

    @Test
    void stack_segment_loads_are_stricter() {
        assertThat(fault(() -> Segments.load(c, Cpu.SS, 0))).isEqualTo(with(Vector.GP, 0));
        assertThat(fault(() -> Segments.load(c, Cpu.SS, Guest.USER_DATA | 3))).isEqualTo(with(Vector.GP, Guest.USER_DATA));
        g.put64(Guest.GDT + Guest.SPARE, Guest.DATA32 & ~(1L << 41));
        assertThat(fault(() -> Segments.load(c, Cpu.SS, Guest.SPARE))).as("read-only").isEqualTo(with(Vector.GP, Guest.SPARE));
        g.put64(Guest.GDT + Guest.SPARE, Guest.DATA32 & ~(1L << 47));
        assertThat(fault(() -> Segments.load(c, Cpu.SS, Guest.SPARE))).as("not present").isEqualTo(with(Vector.SS, Guest.SPARE));
    }

    @Test
    void a_null_stack_segment_is_fine_in_64_bit_mode_below_level_3() {
        Guest l = Guest.long64();
        Segments.load(l.c, Cpu.SS, 0);
        assertThat(l.c.seg[Cpu.SS].usable()).isFalse();
        l.user();
        assertThat(fault(() -> Segments.load(l.c, Cpu.SS, 3))).isEqualTo(with(Vector.GP, 0));
    }

    @Test
    void real_mode_loads_change_base_and_keep_the_limit() {
        Guest r = Guest.real();
        r.c.seg[Cpu.DS].limit = -1;
        Segments.load(r.c, Cpu.DS, 0xF00D);
        assertThat(r.c.seg[Cpu.DS].base).isEqualTo(0xF00D0);
        assertThat(r.c.seg[Cpu.DS].limit).isEqualTo(-1);
    }

    @Test
    void mov_to_cs_is_undefined_and_mov_from_a_segment_zero_extends() {
        assertThat(fault(() -> Segments.movToSreg(c, g.registers(16, Cpu.CS, 0)))).isEqualTo(with(Vector.UD, 0));
        assertThat(fault(() -> Segments.movFromSreg(c, g.registers(16, 6, 0)))).isEqualTo(with(Vector.UD, 0));
        c.gpr(Cpu.RAX, -1);
        Segments.movFromSreg(c, g.registers(32, Cpu.DS, Cpu.RAX));
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(Guest.KERNEL_DATA);
        c.gpr(Cpu.RAX, -1);
        Segments.movFromSreg(c, g.registers(16, Cpu.DS, Cpu.RAX));
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0xFFFF_FFFF_FFFF_0000L | Guest.KERNEL_DATA);
    }

    @Test
    void push_of_a_segment_moves_four_bytes_and_writes_two() {
        long sp = c.gpr(Cpu.RSP);
        g.put32(sp - 4, 0xDEADBEEF);
        Segments.pushDs(c, g.insn(32, 1));
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(sp - 4);
        assertThat(g.get32(sp - 4)).isEqualTo(0xDEAD0000 | Guest.KERNEL_DATA);
        Segments.popEs(c, g.insn(32, 1));
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(sp);
        assertThat(c.seg[Cpu.ES].selector).isEqualTo(Guest.KERNEL_DATA);
    }

    @Test
    void lds_loads_pointer_and_segment_or_neither() {
        g.put32(0x7000, 0x11223344);
        g.put16(0x7004, Guest.USER_CODE | 3);
        c.gpr(Cpu.RBX, 5);
        Segments.lds(c, g.memory(32, Cpu.RBX, 0x7000));
        assertThat(c.gpr(Cpu.RBX)).isEqualTo(0x11223344);
        assertThat(c.seg[Cpu.DS].selector).isEqualTo(Guest.USER_CODE | 3);
        g.put16(0x7004, Guest.TASK);
        c.gpr(Cpu.RBX, 5);
        assertThat(fault(() -> Segments.lds(c, g.memory(32, Cpu.RBX, 0x7000)))).isEqualTo(with(Vector.GP, Guest.TASK));
        assertThat(c.gpr(Cpu.RBX)).isEqualTo(5);
    }

    @Test
    void lldt_and_ltr_take_descriptors_of_the_gdt_of_their_type() {
        g.put64(Guest.GDT + Guest.LDT_SELECTOR, Guest.tss(Guest.LDT, 0x1F, 2));
        g.put64(Guest.LDT + 8, Guest.DATA32);
        c.gpr(0, Guest.LDT_SELECTOR);
        SystemTables.lldt(c, g.registers(16, 2, 0));
        assertThat(c.ldtr.base).isEqualTo(Guest.LDT);
        Segments.load(c, Cpu.ES, 0xC);
        assertThat(c.seg[Cpu.ES].selector).isEqualTo(0xC);
        assertThat(fault(() -> Segments.load(c, Cpu.ES, 0x24))).as("beyond the LDT").isEqualTo(with(Vector.GP, 0x24));
        c.gpr(0, Guest.KERNEL_DATA);
        assertThat(fault(() -> SystemTables.lldt(c, g.registers(16, 2, 0)))).isEqualTo(with(Vector.GP, Guest.KERNEL_DATA));
        c.gpr(0, Guest.TASK);
        assertThat(fault(() -> SystemTables.ltr(c, g.registers(16, 3, 0)))).as("busy").isEqualTo(with(Vector.GP, Guest.TASK));
        g.put64(Guest.GDT + Guest.SPARE, Guest.tss(0x123456, 0x67, 9));
        c.gpr(0, Guest.SPARE);
        SystemTables.ltr(c, g.registers(16, 3, 0));
        assertThat(c.tr.base).isEqualTo(0x123456);
        assertThat(c.tr.type()).isEqualTo(11);
        assertThat(g.get8(Guest.GDT + Guest.SPARE + 5)).isEqualTo(0x8B);
        c.gpr(0, 0);
        SystemTables.lldt(c, g.registers(16, 2, 0));
        assertThat(c.ldtr.access & Segment.UNUSABLE).isNotZero();
        assertThat(fault(() -> SystemTables.ltr(c, g.registers(16, 3, 0)))).isEqualTo(with(Vector.GP, 0));
    }

    @Test
    void ltr_in_long_mode_takes_sixteen_bytes_with_a_canonical_base() {
        Guest l = Guest.long64();
        l.put64(Guest.GDT + Guest.SPARE, Guest.tss(0x123456, 0x67, 9));
        l.put64(Guest.GDT + Guest.SPARE + 8, 0xFFFF8000L);
        l.c.gpr(0, Guest.SPARE);
        SystemTables.ltr(l.c, l.registers(16, 3, 0));
        assertThat(l.c.tr.base).isEqualTo(0xFFFF_8000_0012_3456L);
        l.put64(Guest.GDT + Guest.SPARE, Guest.tss(0x123456, 0x67, 9));
        l.put64(Guest.GDT + Guest.SPARE + 8, 0x8000L);
        assertThat(fault(() -> SystemTables.ltr(l.c, l.registers(16, 3, 0)))).isEqualTo(with(Vector.GP, Guest.SPARE));
    }

    @Test
    void lgdt_and_sgdt_move_the_pseudo_descriptor() {
        g.put16(0x7000, 0x1234);
        g.put32(0x7002, 0xAABBCCDD);
        SystemTables.lgdt(c, g.memory(32, 2, 0x7000));
        assertThat(c.gdtrLimit).isEqualTo(0x1234);
        assertThat(c.gdtrBase).isEqualTo(0xAABBCCDDL);
        SystemTables.lidt(c, g.memory(16, 3, 0x7000));
        assertThat(c.idtrBase).as("24 bits with a 16-bit operand").isEqualTo(0xBBCCDD);
        SystemTables.sgdt(c, g.memory(32, 0, 0x7100));
        assertThat(g.get16(0x7100)).isEqualTo(0x1234);
        assertThat(g.get32(0x7102)).isEqualTo(0xAABBCCDD);
        Guest l = Guest.long64();
        l.put64(0x7002, 0x8000_0000_0000L);
        assertThat(fault(() -> SystemTables.lgdt(l.c, l.memory(64, 2, 0x7000)))).as("base not canonical").isEqualTo(with(Vector.GP, 0));
    }

    @Test
    void user_mode_instruction_prevention_stops_stores_at_level_3() {
        c.cr4 |= Control.CR4_UMIP;
        SystemTables.str(c, g.registers(32, 1, 0));
        assertThat(c.gpr(0)).isEqualTo(Guest.TASK);
        g.user();
        assertThat(fault(() -> SystemTables.str(c, g.registers(32, 1, 0)))).isEqualTo(with(Vector.GP, 0));
        assertThat(fault(() -> SystemTables.sidt(c, g.memory(32, 1, 0x7000)))).isEqualTo(with(Vector.GP, 0));
        assertThat(fault(() -> SystemTables.lidt(c, g.memory(32, 3, 0x7000)))).isEqualTo(with(Vector.GP, 0));
    }

    @Test
    void lar_and_lsl_answer_for_visible_descriptors_alone() {
        c.gpr(0, Guest.KERNEL_CODE);
        SegmentQueries.lar(c, g.registers(32, 1, 0));
        assertThat(Flags.zf(c)).isTrue();
        assertThat(c.gpr(1)).isEqualTo(0xCF9B00);
        SegmentQueries.lsl(c, g.registers(32, 1, 0));
        assertThat(c.gpr(1)).isEqualTo(0xFFFFFFFFL);
        c.gpr(0, Guest.TASK);
        SegmentQueries.lsl(c, g.registers(32, 1, 0));
        assertThat(c.gpr(1)).isEqualTo(0x67);
        g.put64(Guest.GDT + Guest.SPARE, Guest.descriptorOfGate(8, 0, 12, 0, 0));
        c.gpr(0, Guest.SPARE);
        SegmentQueries.lsl(c, g.registers(32, 1, 0));
        assertThat(Flags.zf(c)).as("a gate has no limit").isFalse();
        SegmentQueries.lar(c, g.registers(32, 1, 0));
        assertThat(Flags.zf(c)).isTrue();
        g.user();
        c.gpr(0, Guest.KERNEL_DATA);
        SegmentQueries.lar(c, g.registers(32, 1, 0));
        assertThat(Flags.zf(c)).as("inner level").isFalse();
        c.gpr(0, 0x7FF8);
        SegmentQueries.lar(c, g.registers(32, 1, 0));
        assertThat(Flags.zf(c)).as("beyond the table").isFalse();
    }

    @Test
    void verr_verw_and_arpl() {
        c.gpr(0, Guest.KERNEL_CODE);
        SegmentQueries.verr(c, g.registers(16, 4, 0));
        assertThat(Flags.zf(c)).isTrue();
        SegmentQueries.verw(c, g.registers(16, 5, 0));
        assertThat(Flags.zf(c)).isFalse();
        c.gpr(0, Guest.KERNEL_DATA);
        SegmentQueries.verw(c, g.registers(16, 5, 0));
        assertThat(Flags.zf(c)).isTrue();
        c.gpr(1, 3);
        SegmentQueries.arpl(c, g.registers(16, 1, 0));
        assertThat(Flags.zf(c)).isTrue();
        assertThat(c.gpr(0)).isEqualTo(Guest.KERNEL_DATA | 3);
        SegmentQueries.arpl(c, g.registers(16, 1, 0));
        assertThat(Flags.zf(c)).isFalse();
        Guest r = Guest.real();
        assertThat(fault(() -> SegmentQueries.verr(r.c, r.registers(16, 4, 0)))).isEqualTo(with(Vector.UD, 0));
    }
}
