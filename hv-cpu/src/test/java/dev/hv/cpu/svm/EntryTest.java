package dev.hv.cpu.svm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.GuestFault;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What VMRUN takes and what it refuses (APM vol. 2, 15.5.1, 15.20), SVM's instructions and MSRs. */
class EntryTest {

    private final SvmFixture f = new SvmFixture();
    private final Cpu c = f.c;

    @AfterEach
    void free() {
        f.close();
    }

    /** Field, bits of it to change. */
    @ParameterizedTest
    @CsvSource({"0x4D0, 0x1000, EFER.SVME", "0x4D0, 0x20000, EFER reserved", "0x558, 0x20000000, NW without CD", "0x558, 0x100000000, CR0 high half",
        "0x558, 1, PG with LME but not PE", "0x548, 0x20, PG with LME but not PAE", "0x548, 0x80000000, CR4 reserved", "0x550, 0x1000000000000, CR3 reserved", "0x568, 0x100000000, DR6 high half",
        "0x560, 0x100000000, DR7 high half", "0x412, 0x400, CS with L and D", "0x58, 1, ASID 0", "0x10, 1, VMRUN not intercepted", "0x90, 0, none",
        "0xB0, 0x1000000000000, nested CR3", "0x668, 0x5, PAT", "0x40, 0xFFFFFFFF8000, I/O map", "0x48, 0xFFFFFFFFA000, MSR map", "0x5C, 2, TLB control", "0x60, 0x4000000, virtual NMIs without their intercept",
        "0xA8, 0x80000100, event type 1", "0xA8, 0x80000302, NMI as exception", "0xA8, 0x80000320, exception 32", "0xA8, 0x80000305, BOUND in 64-bit code"})
    void aVmcbThatIsWrongIsRefused(String field, String bits, String what) {
        f.intercept(0x7B, 0x7C);
        if (what.startsWith("virtual NMIs")) {
            f.noIntercept(0x61);
        }
        int at = Integer.decode(field);
        f.w(at, f.r(at) ^ Long.decode(bits));
        f.code(0x1000, SvmFixture.CALL);
        long rip = c.rip;
        assertThat(f.run()).as(what).isEqualTo(what.equals("none") ? SvmFixture.VMMCALL : -1);
        assertThat(c.rip).isEqualTo(rip);
        assertThat(c.eventsHeld).isTrue();
        assertThat(c.guest).isNull();
    }

    /** 15.5.1: without nested paging VMRUN loads what CR3 points to, and looks at it. */
    @Test
    void reservedBitsOfPdptesAreRefusedWithoutNestedPagingAlone() {
        f.w(0x4D0, 0x1000);
        f.w(0x550, 0x30000);
        f.segment(0x410, 8, 0xC9B, -1, 0);
        f.put64(0x30008, 1 | 1L << 52);
        f.w(0x90, 0);
        assertThat(f.run()).isEqualTo(-1);
        f.put64(0x30008, 1);
        assertThat(f.run()).as("nothing is mapped").isEqualTo(0x7F);
        f.put64(SvmFixture.GUEST + 0x30008, 1 | 1L << 52);
        f.w(0x90, 1);
        assertThat(f.run()).isEqualTo(0x7F);
    }

    /** 15.5.1: S_CET, CR4.CET without CR0.WP, and virtual-8086 mode under a user's shadow stack. */
    @Test
    void shadowStackStateIsChecked() {
        try (var s = new SvmFixture(CpuModels.parse("amd,+shstk"))) {
            s.code(0x1000, SvmFixture.CALL);
            s.w(0x5E0, 1 << 6);
            assertThat(s.run()).as("reserved bit").isEqualTo(-1);
            s.w(0x5E0, 0);
            s.w(0x548, s.r(0x548) | 1 << 23);
            s.w(0x558, s.r(0x558) & ~(1L << 16));
            assertThat(s.run()).as("without write protection").isEqualTo(-1);
            s.w(0x558, s.r(0x558) | 1 << 16);
            s.w(0x5E8, 0x6010);
            assertThat(s.run()).isEqualTo(SvmFixture.VMMCALL);
            assertThat(s.r(0x5E8)).isEqualTo(0x6010);
            s.c.userCet = 1;
            s.w(0x570, 0x20002);
            assertThat(s.run()).as("virtual-8086 mode").isEqualTo(-1);
        }
    }

    @Test
    void pagedRealModeEnters() {
        f.w(0x4D0, 0x1000);
        f.w(0x558, 0x80000010L);
        f.w(0x550, 0);
        f.w(0x548, 0x10);
        f.segment(0x410, 0, 0x9B, 0xFFFF, 0);
        for (int s : new int[] {0x400, 0x420, 0x430, 0x440, 0x450}) {
            f.segment(s, 0, 0x93, 0xFFFF, 0);
        }
        // one 4 MiB page
        f.put64(SvmFixture.GUEST, 0x87);
        f.code(0x1000, 0xB8, 0x34, 0x12, 0x0F, 0x01, 0xD9);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.r(0x5F8)).isEqualTo(0x1234);
    }

    @Test
    void anInjectedEventGoesThroughTheGuestsIdt() {
        f.gate(0x30, 0x3000);
        f.gate(13, 0x3100);
        f.code(0x3000, SvmFixture.CALL);
        f.code(0x3100, SvmFixture.CALL);
        f.w(0xA8, 0x80000030L);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.r(0x578)).isEqualTo(0x3000);
        assertThat(f.get64(SvmFixture.GUEST + f.r(0x5D8))).as("returns to where it was").isEqualTo(0x1000);
        assertThat(f.r(0xA8) & 0x80000000L).as("injected once").isZero();
        f.w(0xA8, 0x1234_80000B0DL);
        assertThat(f.runAgain()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.r(0x578)).isEqualTo(0x3100);
        assertThat(f.get64(SvmFixture.GUEST + f.r(0x5D8))).isEqualTo(0x1234);
    }

    /** An event that was injected leaves its error code behind: only bit 31 says that there is one. */
    @Test
    void anErrorCodeAloneInjectsNothing() {
        f.gate(14, 0x3000);
        f.code(0x3000, SvmFixture.CALL);
        f.code(0x1000, 0x90, 0x0F, 0x01, 0xD9);
        f.w(0xA8, 0xFFFF_FFFF_0000_0B0EL);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.r(0x578)).isEqualTo(0x1001);
    }

    @Test
    void aSoftwareInterruptReturnsToTheNextRip() {
        f.gate(0x30, 0x3000);
        f.code(0x3000, SvmFixture.CALL);
        f.w(0xA8, 0x80000430L);
        f.w(0xC8, 0x1002);
        f.run();
        assertThat(f.get64(SvmFixture.GUEST + f.r(0x5D8))).isEqualTo(0x1002);
    }

    @Test
    void asidsKeepTheirTranslationsUntilTheyAreFlushed() {
        // mov al, [0x5000]; vmmcall
        f.code(0x1000, 0x8A, 0x04, 0x25, 0, 0x50, 0, 0, 0x0F, 0x01, 0xD9);
        f.code(0x5000, 1);
        f.code(0x6000, 2);
        f.run();
        assertThat(f.r(0x5F8)).isEqualTo(1);
        // guest-physical 0x5000 elsewhere
        f.put64(SvmFixture.NPT_PT + 8 * 5, SvmFixture.GUEST + 0x6000 | 7);
        f.runAgain();
        assertThat(f.r(0x5F8)).as("still cached").isEqualTo(1);
        f.v.set32(0x58, 2);
        f.runAgain();
        assertThat(f.r(0x5F8)).as("another ASID").isEqualTo(2);
        f.v.set32(0x58, 1);
        f.v.set8(0x5C, 3);
        f.runAgain();
        assertThat(f.r(0x5F8)).as("flushed").isEqualTo(2);
    }

    @Test
    void vmloadAndVmsaveMoveWhatVmrunLeavesAlone() {
        f.segment(0x440, 0x33, 0xCF3, -1, 0x123456789000L);
        f.w(0x620, 0x7FFF_0000_1234L);
        f.w(0x608, 0x8000_0000_0000L);
        f.unit.vmload(SvmFixture.VMCB);
        assertThat(c.seg[Cpu.FS].base).isEqualTo(0x123456789000L);
        assertThat(c.kernelGsBase()).isEqualTo(0x7FFF_0000_1234L);
        assertThat(c.lstar()).as("sign-extended").isEqualTo(0xFFFF_8000_0000_0000L);
        c.star = 0x1122334455667788L;
        f.unit.vmsave(0x3000);
        assertThat(f.get64(0x3600)).isEqualTo(0x1122334455667788L);
        assertThat(f.get64(0x3448)).isEqualTo(0x123456789000L);
    }

    @Test
    void virtualVmsaveWritesToTheGuestsMemory() {
        f.w(0xB8, 2);
        f.w(0x5F8, 0x5000);
        c.star = 0x1122334455667788L;
        // vmsave; vmmcall
        f.code(0x1000, 0x0F, 0x01, 0xDB, 0x0F, 0x01, 0xD9);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.get64(SvmFixture.GUEST + 0x5600)).isEqualTo(0x1122334455667788L);
        assertThat(f.get64(0x5600)).isZero();
    }

    @Test
    void vmCrLocksSvmOut() {
        assertThatThrownBy(() -> f.unit.writeMsr(c, 0xC0010114, 0x18)).as("in use").isInstanceOf(GuestFault.class);
        c.efer &= ~0x1000L;
        f.unit.writeMsr(c, 0xC0010114, 0x18);
        assertThat(f.unit.allowsEfer(c, 0x1000)).isFalse();
        f.unit.writeMsr(c, 0xC0010114, 0);
        assertThat(f.unit.readMsr(c, 0xC0010114)).as("locked").isEqualTo(0x18);
        assertThatThrownBy(() -> f.unit.writeMsr(c, 0xC0010117, 0x123)).isInstanceOf(GuestFault.class);
    }

    /** A page that software must leave alone, full of nonsense: shutdown or a host state, never anything else. */
    @Test
    void hostAndGuestStateOfAnyKindEndInTheArchitecture() {
        var random = new Random(7);
        for (int round = 0; round < 2000; round++) {
            try (var g = new SvmFixture()) {
                g.code(0x1000, SvmFixture.CALL);
                long base = round % 2 == 0 ? SvmFixture.VMCB : SvmFixture.HOST_SAVE;
                if (base == SvmFixture.HOST_SAVE) {
                    g.unit.vmrun(SvmFixture.VMCB);
                }
                for (int i = 0; i < 4; i++) {
                    long at = base + (random.nextInt(0x700) & ~7);
                    g.put64(at, random.nextBoolean() ? random.nextLong() : g.get64(at) ^ 1L << random.nextInt(64));
                }
                if (base == SvmFixture.VMCB) {
                    g.unit.vmrun(SvmFixture.VMCB);
                }
                RunResult result = g.engine.run(2000);
                assertThat(result).isIn(RunResult.VM_EXIT, RunResult.SHUTDOWN, RunResult.BUDGET, RunResult.HALT);
            }
        }
    }
}
