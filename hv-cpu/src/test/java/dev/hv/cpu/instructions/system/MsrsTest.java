package dev.hv.cpu.instructions.system;

import static dev.hv.cpu.events.Guest.fault;
import static dev.hv.cpu.events.Guest.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.events.PendingVector;
import dev.hv.cpu.instructions.Cpuid;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.instructions.SystemInstructions;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Vector;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MSRs, CPUID, time and the FS and GS bases (SDM vol. 2 and vol. 4). */
class MsrsTest {

    private static final int GP0 = with(Vector.GP, 0);

    private final Guest g = Guest.long64();
    private final Cpu c = g.c;

    @ParameterizedTest
    @CsvSource({"174, 00000000ffffffff", "175, ffff800000001000", "176, 00007ffffffff000", "277, 0407050600070106", "c0000081, 123456789abcdef0",
        "c0000082, ffff800000001000", "c0000083, ffff800000002000", "c0000084, 0000000000047700", "c0000100, 00007fff00001000",
        "c0000101, ffff888000000000", "c0000102, 00007fff00002000", "c0000103, 0000000000000fff", "200, 0000000080000006", "201, 00003fff80000800",
        "250, 0606060606060606", "26f, 0505050505050505", "2ff, 0000000000000c06", "400, ffffffffffffffff", "402, 0000123456789000", "48, 0000000000000401"})
    void what_is_written_reads_back(String msr, String value) {
        int n = (int) Long.parseLong(msr, 16);
        long v = Long.parseUnsignedLong(value, 16);
        Msrs.write(c, n, v);
        assertThat(Msrs.read(c, n)).isEqualTo(v);
    }

    @ParameterizedTest
    @CsvSource({"175, 0000800000000000", "c0000082, 0000800000000000", "c0000100, ffff7fffffffffff", "c0000102, 8000000000000000", "277, 0000000000000002",
        "277, 0800000000000000", "c0000103, 0000000100000000", "2ff, 0000000000000007", "200, 0000000000000002", "201, 0000400000000800",
        "401, 0000000000000001", "400, 0000000000000001", "c0000080, 0000000000000002", "c0000080, 0000000000001000", "10a, 0", "fe, 0", "ce, 0",
        "179, 0", "428, 0", "0, 0", "1, 0", "12345678, 0", "48, 0000000000000008", "49, 0000000000000002"})
    void bad_values_and_registers_are_general_protection(String msr, String value) {
        int n = (int) Long.parseLong(msr, 16);
        assertThat(fault(() -> Msrs.write(c, n, Long.parseUnsignedLong(value, 16)))).isEqualTo(GP0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x49, 0x428, 0x12345678, 0x3F1, 0x6E0, 0x800})
    void some_cannot_be_read(int msr) {
        assertThat(fault(() -> Msrs.read(c, msr))).isEqualTo(GP0);
    }

    /** Hypervisors set bits there for errata on the bare machine, and expect no fault of a processor of that family. */
    @ParameterizedTest
    @ValueSource(ints = {0xC0011020, 0xC0011021, 0xC0011022, 0xC0011029, 0xC001102A, 0xC001102C, 0xC001102E})
    void registers_for_errata_are_amds(int msr) {
        Cpu amd = Guest.long64(CpuModel.amdDefault()).c;
        Msrs.write(amd, msr, 0x20_0000_0020L);
        assertThat(Msrs.read(amd, msr)).isZero();
        assertThat(fault(() -> Msrs.read(c, msr))).isEqualTo(GP0);
    }

    @Test
    void efer_lma_is_the_processors_own_and_lme_is_locked_while_paging() {
        assertThat(fault(() -> Msrs.write(c, Msrs.EFER, 0))).isEqualTo(GP0);
        Msrs.write(c, Msrs.EFER, Control.EFER_LME);
        assertThat(c.efer).isEqualTo(Control.EFER_LME | Control.EFER_LMA);
        Guest p = Guest.protected32();
        Msrs.write(p.c, Msrs.EFER, Control.EFER_LME | Control.EFER_LMA);
        assertThat(p.c.efer).isEqualTo(Control.EFER_LME);
    }

    @Test
    void feature_control_locks() {
        Msrs.write(c, Msrs.FEATURE_CONTROL, 5);
        assertThat(Msrs.read(c, Msrs.FEATURE_CONTROL)).isEqualTo(5);
        assertThat(fault(() -> Msrs.write(c, Msrs.FEATURE_CONTROL, 0))).isEqualTo(GP0);
    }

    @Test
    void writing_the_time_stamp_counter_moves_tsc_adjust_by_as_much() {
        c.time = () -> 1000;
        Msrs.write(c, Msrs.TSC, 5000);
        assertThat(Msrs.read(c, Msrs.TSC)).isEqualTo(5000);
        assertThat(Msrs.read(c, Msrs.TSC_ADJUST)).isEqualTo(4000);
        Msrs.write(c, Msrs.TSC_ADJUST, -1000);
        assertThat(Msrs.read(c, Msrs.TSC)).isZero();
    }

    @Test
    void segment_bases_take_effect_where_addresses_are_formed() {
        Msrs.write(c, Msrs.GS_BASE, 0x7000);
        Msrs.write(c, Msrs.KERNEL_GS_BASE, 0x9000);
        assertThat(c.segBase(Cpu.GS)).isEqualTo(0x7000);
        SystemInstructions.swapgs(c, g.insn(32, 3));
        assertThat(c.segBase(Cpu.GS)).isEqualTo(0x9000);
        assertThat(Msrs.read(c, Msrs.KERNEL_GS_BASE)).isEqualTo(0x7000);
        assertThat(fault(() -> SystemInstructions.wrfsbase(c, g.registers(64, 2, 0)))).as("CR4.FSGSBASE").isEqualTo(with(Vector.UD, 0));
        c.cr4 |= Control.CR4_FSGSBASE;
        c.gpr(0, 0xFFFF_9000_1234_5678L);
        SystemInstructions.wrfsbase(c, g.registers(32, 2, 0));
        SystemInstructions.rdfsbase(c, g.registers(64, 0, 1));
        assertThat(c.gpr(1)).isEqualTo(0x12345678);
        c.gpr(0, 0x8000_0000_0000L);
        assertThat(fault(() -> SystemInstructions.wrgsbase(c, g.registers(64, 3, 0)))).isEqualTo(GP0);
    }

    @Test
    void x2apic_and_deadline_registers_go_to_the_local_apic() {
        c.apic = new PendingVector();
        assertThat(Msrs.read(c, 0x802)).isEqualTo(7);
        assertThat(fault(() -> Msrs.read(c, 0x80A))).isEqualTo(GP0);
        assertThat(fault(() -> Msrs.write(c, 0x802, 1))).isEqualTo(GP0);
        Msrs.write(c, Msrs.TSC_DEADLINE, 1234);
        assertThat(Msrs.read(c, Msrs.TSC_DEADLINE)).isEqualTo(1234);
    }

    @Test
    void rdmsr_and_wrmsr_use_ecx_edx_and_eax_and_need_level_0() {
        c.gpr(Cpu.RCX, 0xFFFF_FFFF_0000_0000L | 0x277);
        c.gpr(Cpu.RAX, 0x1_0007_0106L);
        c.gpr(Cpu.RDX, 0x5_0007_0406L);
        SystemInstructions.wrmsr(c, g.insn(32, 2));
        assertThat(c.pat).isEqualTo(0x0007_0406_0007_0106L);
        SystemInstructions.rdmsr(c, g.insn(32, 2));
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x0007_0106);
        assertThat(c.gpr(Cpu.RDX)).isEqualTo(0x0007_0406);
        g.user();
        assertThat(fault(() -> SystemInstructions.rdmsr(c, g.insn(32, 2)))).isEqualTo(GP0);
        assertThat(fault(() -> SystemInstructions.hlt(c, g.insn(32, 1)))).isEqualTo(GP0);
    }

    @Test
    void time_stamp_reads_obey_tsd() {
        c.time = () -> 0x1_0000_0002L;
        c.tscAux = 42;
        SystemInstructions.rdtscp(c, g.insn(32, 3));
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(2);
        assertThat(c.gpr(Cpu.RDX)).isEqualTo(1);
        assertThat(c.gpr(Cpu.RCX)).isEqualTo(42);
        c.cr4 |= Control.CR4_TSD;
        SystemInstructions.rdtsc(c, g.insn(32, 2));
        g.user();
        assertThat(fault(() -> SystemInstructions.rdtsc(c, g.insn(32, 2)))).isEqualTo(GP0);
        assertThat(fault(() -> SystemInstructions.rdpmc(c, g.insn(32, 2)))).isEqualTo(GP0);
    }

    @Test
    void hlt_stops_after_itself() {
        assertThat(SystemInstructions.hlt(c, g.insn(32, 1))).isEqualTo(Outcome.HALT);
        assertThat(c.rip).isEqualTo(Guest.CODE + 1);
        assertThat(c.activity).isEqualTo(Cpu.HALTED);
    }

    private int[] leaf(int leaf, int subleaf) {
        int[] out = new int[4];
        Cpuid.leaf(c, leaf, subleaf, out);
        return out;
    }

    private static String text(int... registers) {
        var b = ByteBuffer.allocate(registers.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (int r : registers) {
            b.putInt(r);
        }
        return new String(b.array(), StandardCharsets.ISO_8859_1).replace("\0", "");
    }

    @Test
    void cpuid_names_vendor_and_brand() {
        int[] v = leaf(0, 0);
        assertThat(text(v[1], v[3], v[2])).isEqualTo("GenuineIntel");
        assertThat(v[0]).isEqualTo(0x16);
        assertThat(text(leaf(0x80000002, 0)) + text(leaf(0x80000003, 0)) + text(leaf(0x80000004, 0))).isEqualTo(c.model.name());
        assertThat(leaf(0x17, 0)).as("beyond the last: the last").isEqualTo(leaf(0x16, 0));
        assertThat(leaf(0x40000000, 0)).isEqualTo(leaf(0x16, 0));
    }

    @Test
    void cpuid_tells_clocks_that_need_no_calibration() {
        int[] clocks = leaf(0x15, 0);
        assertThat((clocks[2] & 0xFFFFFFFFL) * clocks[1] / clocks[0]).isEqualTo(c.model.tscHz());
        assertThat(leaf(0x16, 0)[0]).isEqualTo(2000);
        assertThat(leaf(0x80000007, 0)[3] & 1 << 8).as("invariant TSC").isNotZero();
    }

    @Test
    void cpuid_advertises_what_is_there_and_nothing_else() {
        int[] one = leaf(1, 0);
        int vmx = 1 << 5;
        int avx = 1 << 28;
        int xsave = 1 << 26;
        int hypervisor = 1 << 31;
        assertThat(one[2] & (vmx | avx | xsave | hypervisor)).isEqualTo(vmx | avx | xsave);
        assertThat(one[3] & 0x0789_FBFF).as("the baseline of x86-64").isEqualTo(0x0789_FBFF);
        assertThat(leaf(0xD, 0)).as("x87 enabled; x87, SSE, AVX and PKRU there").containsExactly(7 | 1 << 9, 576, 840, 0);
        assertThat(leaf(0x80000001, 0)[3] & 1 << 11).as("SYSCALL, in 64-bit mode").isNotZero();
        assertThat(leaf(0x80000008, 0)[0]).isEqualTo(46 | 48 << 8);
        c.seg[Cpu.CS].access &= ~0x2000;
        Modes.update(c);
        assertThat(leaf(0x80000001, 0)[3] & 1 << 11).as("SYSCALL, outside").isZero();
    }

    @Test
    void cpuid_follows_the_apic_enable_bit_and_the_topology() {
        var apic = new PendingVector();
        c.apic = apic;
        assertThat(leaf(1, 0)[3] & 1 << 9).isNotZero();
        apic.base = 0xFEE00000L;
        assertThat(leaf(1, 0)[3] & 1 << 9).isZero();
        c.processors = 3;
        assertThat(leaf(1, 0)[1] >>> 16 & 0xFF).isEqualTo(4);
        assertThat(leaf(0xB, 1)).containsExactly(2, 3, 0x201, 0);
        assertThat(leaf(4, 0)[0] >>> 26).isEqualTo(3);
    }
}
