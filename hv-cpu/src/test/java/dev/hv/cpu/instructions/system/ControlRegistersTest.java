package dev.hv.cpu.instructions.system;

import static dev.hv.cpu.events.Guest.fault;
import static dev.hv.cpu.events.Guest.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.events.PendingVector;
import dev.hv.cpu.instructions.ControlRegisters;
import dev.hv.cpu.instructions.DebugRegisters;
import dev.hv.cpu.instructions.TlbInstructions;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MOV to control and debug registers, and what they do to modes and translations (SDM vol. 3A, 2.5; vol. 3B, 18.2). */
class ControlRegistersTest {

    private static final int GP0 = with(Vector.GP, 0);

    private final Guest g = Guest.long64();
    private final Cpu c = g.c;

    private int write(Guest guest, int cr, long value) {
        guest.c.gpr(0, value);
        return ControlRegisters.movToCr(guest.c, guest.registers(64, cr, 0));
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 32 | 1, 0x80000000L, 0x20000001L, -1})
    void cr0_refuses_high_bits_paging_without_protection_and_nw_without_cd(long value) {
        assertThat(fault(() -> write(g, 0, value))).isEqualTo(GP0);
    }

    @Test
    void cr0_keeps_et_and_ignores_reserved_bits() {
        write(g, 0, c.cr0 & ~Control.CR0_ET | 0x1000FF40);
        assertThat(c.cr0 & 0x1000FF40).isZero();
        assertThat(c.cr0(Control.CR0_ET)).isTrue();
        c.cpl = 3;
        assertThat(fault(() -> write(g, 0, 0))).as("level 3").isEqualTo(GP0);
        assertThat(fault(() -> write(g, 1, 0))).as("CR1 comes before the level").isEqualTo(with(Vector.UD, 0));
    }

    @Test
    void paging_cannot_be_left_from_64_bit_code() {
        assertThat(fault(() -> write(g, 0, c.cr0 & ~Control.CR0_PG))).isEqualTo(GP0);
    }

    @Test
    void the_way_into_ia32e_mode() {
        Guest p = Guest.protected32();
        p.put64(Guest.PAGES, Guest.PAGES + 0x1000 | 7);
        p.c.efer = Control.EFER_LME;
        write(p, 3, Guest.PAGES);
        assertThat(fault(() -> write(p, 0, p.c.cr0 | Control.CR0_PG))).as("needs PAE").isEqualTo(GP0);
        write(p, 4, Control.CR4_PAE);
        p.c.seg[Cpu.CS].access |= Segment.L;
        assertThat(fault(() -> write(p, 0, p.c.cr0 | Control.CR0_PG))).as("CS.L must be clear").isEqualTo(GP0);
        p.c.seg[Cpu.CS].access &= ~Segment.L;
        write(p, 0, p.c.cr0 | Control.CR0_PG);
        assertThat(p.c.efer & Control.EFER_LMA).isNotZero();
        assertThat(p.c.mode64()).isFalse();
        assertThat(fault(() -> write(p, 4, 0))).as("PAE stays in IA-32e mode").isEqualTo(GP0);
        write(p, 0, p.c.cr0 & ~Control.CR0_PG);
        assertThat(p.c.efer & Control.EFER_LMA).isZero();
    }

    @Test
    void pae_paging_loads_and_checks_its_four_pointers() {
        Guest p = Guest.protected32();
        p.put64(0x7000, 0x8001);
        p.put64(0x7018, 0x9001);
        write(p, 3, 0x7000);
        write(p, 4, Control.CR4_PAE);
        p.put64(0x7008, 0x8003);
        assertThat(fault(() -> write(p, 0, p.c.cr0 | Control.CR0_PG))).as("reserved bit in a present pointer").isEqualTo(GP0);
        p.put64(0x7008, 0x8002);
        write(p, 0, p.c.cr0 | Control.CR0_PG);
        assertThat(p.c.pdpte).containsExactly(0x8001, 0x8002, 0, 0x9001);
        p.put64(0x7000, 0x8007);
        assertThat(fault(() -> write(p, 3, 0x7000))).isEqualTo(GP0);
        assertThat(p.c.pdpte[0]).isEqualTo(0x8001);
    }

    @ParameterizedTest
    @ValueSource(longs = {1 << 12, 1 << 14, 1 << 15, 1 << 23, 1 << 24, 1 << 28, 1L << 32})
    void cr4_refuses_what_the_model_lacks(long bit) {
        assertThat(fault(() -> write(g, 4, c.cr4 | bit))).isEqualTo(GP0);
    }

    @Test
    void process_context_identifiers_need_long_mode_and_a_clean_cr3() {
        c.cr3 |= 1;
        assertThat(fault(() -> write(g, 4, c.cr4 | Control.CR4_PCIDE))).isEqualTo(GP0);
        c.cr3 &= ~1;
        write(g, 4, c.cr4 | Control.CR4_PCIDE);
        Guest p = Guest.protected32();
        assertThat(fault(() -> write(p, 4, Control.CR4_PCIDE))).isEqualTo(GP0);
    }

    @Test
    void cr3_refuses_addresses_beyond_the_physical_width() {
        assertThat(fault(() -> write(g, 3, 1L << 46))).isEqualTo(GP0);
        assertThat(fault(() -> write(g, 3, 1L << 63 | Guest.PAGES))).as("bit 63 without PCIDE").isEqualTo(GP0);
        write(g, 3, Guest.PAGES | 0x18);
        assertThat(c.cr3).isEqualTo(Guest.PAGES | 0x18);
    }

    @Test
    void translations_outlive_a_change_of_cr3_only_with_bit_63() {
        write(g, 4, c.cr4 | Control.CR4_PCIDE);
        write(g, 3, Guest.PAGES | 5);
        g.put64(0x50000, 0x1111);
        g.put64(0x51000, 0x2222);
        assertThat(Mem.read64(c, 0x50000)).isEqualTo(0x1111);
        g.put64(Guest.pte(0x50000), 0x51007);
        write(g, 3, Guest.PAGES | 6);
        write(g, 3, 1L << 63 | Guest.PAGES | 5);
        assertThat(Mem.read64(c, 0x50000)).as("kept").isEqualTo(0x1111);
        assertThat(c.cr3).isEqualTo(Guest.PAGES | 5);
        write(g, 3, Guest.PAGES | 6);
        assertThat(Mem.read64(c, 0x50000)).as("another context").isEqualTo(0x2222);
        g.put64(Guest.pte(0x50000), 0x50007);
        write(g, 3, Guest.PAGES | 6);
        assertThat(Mem.read64(c, 0x50000)).as("flushed").isEqualTo(0x1111);
    }

    @Test
    void invlpg_drops_every_piece_of_a_large_page() {
        g.put64(Guest.PAGES + 0x2000, 0x87);
        c.tlb.flushAll();
        g.put64(0x150000, 0x1111);
        g.put64(0x50000, 0x3333);
        assertThat(Mem.read64(c, 0x150000)).isEqualTo(0x1111);
        g.put64(Guest.PAGES + 0x2000, Guest.PAGES + 0x3000 | 7);
        g.put64(Guest.pte(0x150000), 0x50007);
        TlbInstructions.invlpg(c, g.memory(64, 7, 0x1000));
        assertThat(Mem.read64(c, 0x150000)).isEqualTo(0x3333);
    }

    @Test
    void invpcid_checks_its_descriptor_and_flushes() {
        g.put64(0x7000, 5);
        g.put64(0x7008, 0x50000);
        c.gpr(1, 4);
        assertThat(fault(() -> TlbInstructions.invpcid(c, g.memory(64, 1, 0x7000)))).as("type").isEqualTo(GP0);
        c.gpr(1, 1);
        assertThat(fault(() -> TlbInstructions.invpcid(c, g.memory(64, 1, 0x7000)))).as("PCID without PCIDE").isEqualTo(GP0);
        g.put64(0x7000, 0x1005);
        c.gpr(1, 2);
        assertThat(fault(() -> TlbInstructions.invpcid(c, g.memory(64, 1, 0x7000)))).as("reserved bits, whatever the type").isEqualTo(GP0);
        g.put64(0x7000, 5);
        g.put64(0x50000, 0x1111);
        g.put64(0x51000, 0x2222);
        assertThat(Mem.read64(c, 0x50000)).isEqualTo(0x1111);
        g.put64(Guest.pte(0x50000), 0x51007);
        c.gpr(1, 2);
        TlbInstructions.invpcid(c, g.memory(64, 1, 0x7000));
        assertThat(Mem.read64(c, 0x50000)).isEqualTo(0x2222);
    }

    @Test
    void supervisor_writes_obey_write_protection_once_it_is_switched_on() {
        g.put64(Guest.pte(0x50000), 0x50001 | 4);
        write(g, 0, c.cr0 & ~Control.CR0_WP);
        Mem.write64(c, 0x50000, 1);
        write(g, 0, c.cr0 | Control.CR0_WP);
        assertThat(fault(() -> Mem.write64(c, 0x50000, 2))).isEqualTo(with(Vector.PF, 3));
    }

    @Test
    void cr8_is_the_task_priority_of_the_local_apic() {
        var apic = new PendingVector();
        c.apic = apic;
        write(g, 8, 9);
        assertThat(apic.priority).isEqualTo(9);
        ControlRegisters.movFromCr(c, g.registers(64, 8, 3));
        assertThat(c.gpr(3)).isEqualTo(9);
        assertThat(fault(() -> write(g, 8, 16))).isEqualTo(GP0);
    }

    @Test
    void clts_lmsw_and_smsw() {
        c.cr0 |= Control.CR0_TS;
        Modes.update(c);
        assertThat(c.mode & Modes.SIMD_NM).isNotZero();
        ControlRegisters.clts(c, g.insn(32, 2));
        assertThat(c.mode & Modes.SIMD_NM).isZero();
        c.gpr(0, 0xFFF0 | 8);
        ControlRegisters.lmsw(c, g.registers(16, 6, 0));
        assertThat(c.cr0 & 0xF).as("TS set, PE stays").isEqualTo(9);
        c.gpr(1, -1);
        ControlRegisters.smsw(c, g.registers(16, 4, 1));
        assertThat(c.gpr(1)).isEqualTo(0xFFFF_FFFF_FFFF_0000L | c.cr0 & 0xFFFF);
        ControlRegisters.smsw(c, g.registers(64, 4, 1));
        assertThat(c.gpr(1)).isEqualTo(c.cr0);
    }

    @Test
    void debug_registers_have_fixed_bits_and_aliases() {
        c.gpr(0, 0xFFFFFFFFL);
        DebugRegisters.movToDr(c, g.registers(64, 6, 0));
        assertThat(c.dr[6]).isEqualTo(0xFFFFEFFFL);
        c.gpr(0, 0);
        DebugRegisters.movToDr(c, g.registers(64, 7, 0));
        assertThat(c.dr[7]).isEqualTo(0x400);
        DebugRegisters.movFromDr(c, g.registers(64, 5, 2));
        assertThat(c.gpr(2)).isEqualTo(0x400);
        c.gpr(0, 1L << 32);
        assertThat(fault(() -> DebugRegisters.movToDr(c, g.registers(64, 6, 0)))).isEqualTo(GP0);
        c.cr4 |= Control.CR4_DE;
        assertThat(fault(() -> DebugRegisters.movFromDr(c, g.registers(64, 4, 2)))).isEqualTo(with(Vector.UD, 0));
    }

    @Test
    void general_detect_faults_on_any_debug_register() {
        c.gpr(0, 0x2000);
        DebugRegisters.movToDr(c, g.registers(64, 7, 0));
        assertThat(fault(() -> DebugRegisters.movFromDr(c, g.registers(64, 0, 2)))).isEqualTo(with(Vector.DB, 1 << 13));
    }

    @Test
    void data_breakpoints_see_accesses_to_pages_cached_before() {
        Mem.read8(c, 0x50010);
        c.gpr(0, 0x50010);
        DebugRegisters.movToDr(c, g.registers(64, 1, 0));
        c.gpr(0, 0x00F0_0008L);
        DebugRegisters.movToDr(c, g.registers(64, 7, 0));
        Mem.read8(c, 0x5000F);
        assertThat(c.pendingDebug).isZero();
        Mem.read8(c, 0x50013);
        assertThat(c.pendingDebug & 0xF).isEqualTo(2);
        assertThat(c.events & Cpu.EVENT_DEBUG).isNotZero();
    }
}
