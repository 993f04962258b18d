package dev.hv.cpu.instructions;

import static dev.hv.cpu.instructions.Bare.DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.ProtectionKeys;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Protection keys of user and of supervisor pages (SDM vol. 3A, 4.6.2; vol. 2, RDPKRU, WRPKRU), what is cached included. */
class ProtectionKeysTest {

    private static final int KEY = 5;
    private static final long KEYED = (long) KEY << 59;
    private static final int ACCESS_DISABLE = 1 << 2 * KEY;
    private static final int WRITE_DISABLE = 2 << 2 * KEY;
    private static final int PKRS = 0x6E1;
    private static final int KEY_VIOLATION = 1 | 1 << 5;
    private static final int WRITE = 1 << 1;
    private static final int USER = 1 << 2;
    // mov al, [rbx]; mov [rbx], al
    private static final int[] LOAD = {0x8A, 0x03};
    private static final int[] STORE = {0x88, 0x03};
    private static final int[] RDPKRU = {0x0F, 0x01, 0xEE};
    private static final int[] WRPKRU = {0x0F, 0x01, 0xEF};

    private final Bare bare = Bare.mode64(CpuModels.parse("max"));
    private final Cpu c = bare.c;

    @BeforeEach
    void keys() {
        c.cr4 |= Control.CR4_PKE | Control.CR4_PKS;
        c.gpr(Cpu.RBX, DATA);
        bare.map(DATA, DATA | KEYED, true);
        Modes.update(c);
    }

    private void run(int... code) {
        bare.code(code).step();
    }

    /** Error code of the page fault of an instruction. */
    private int pageFault(int... code) {
        assertThat(bare.code(code).fault()).isEqualTo(Vector.PF);
        assertThat(c.pageFaultAddress).isEqualTo(DATA);
        return c.lastFault().errorCode;
    }

    private void wrpkru(int value) {
        long rax = c.gpr(Cpu.RAX);
        c.gpr(Cpu.RAX, value & 0xFFFFFFFFL);
        c.gpr(Cpu.RCX, 0);
        c.gpr(Cpu.RDX, 0);
        run(WRPKRU);
        c.gpr(Cpu.RAX, rax);
    }

    private void level3() {
        c.cpl = 3;
        Modes.update(c);
    }

    @Test
    void pkruIsWrittenAndRead() {
        c.gpr(Cpu.RAX, 0xFFFFFFFF_89ABCDEFL);
        c.gpr(Cpu.RDX, 0xFFFFFFFF_00000000L);
        c.gpr(Cpu.RCX, 0xFFFFFFFF_00000000L);
        run(WRPKRU);
        c.gpr(Cpu.RDX, -1);
        c.gpr(Cpu.RAX, -1);
        run(RDPKRU);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x89ABCDEFL);
        assertThat(c.gpr(Cpu.RDX)).isZero();
    }

    @Test
    void pkruHasItsFaults() {
        c.gpr(Cpu.RCX, 1);
        assertThat(bare.code(RDPKRU).fault()).isEqualTo(Vector.GP);
        assertThat(bare.code(WRPKRU).fault()).isEqualTo(Vector.GP);
        c.gpr(Cpu.RCX, 0);
        c.gpr(Cpu.RDX, 1);
        assertThat(bare.code(WRPKRU).fault()).isEqualTo(Vector.GP);
        c.cr4 &= ~Control.CR4_PKE;
        assertThat(bare.code(RDPKRU).fault()).isEqualTo(Vector.UD);
        assertThat(bare.code(WRPKRU).fault()).isEqualTo(Vector.UD);
    }

    @Test
    void userPagesObeyPkruAtOnce() {
        bare.openToUser();
        level3();
        run(LOAD);
        run(STORE);
        wrpkru(WRITE_DISABLE);
        run(LOAD);
        assertThat(pageFault(STORE)).isEqualTo(KEY_VIOLATION | WRITE | USER);
        wrpkru(ACCESS_DISABLE);
        assertThat(pageFault(LOAD)).isEqualTo(KEY_VIOLATION | USER);
        wrpkru(~(3 << 2 * KEY) & ~3);
        run(STORE);
    }

    @Test
    void supervisorModeWritesToUserPagesAsCr0WpSays() {
        bare.openToUser();
        ProtectionKeys.pkru(c, WRITE_DISABLE);
        assertThat(pageFault(STORE)).isEqualTo(KEY_VIOLATION | WRITE);
        c.cr0 &= ~Control.CR0_WP;
        c.tlb.flushAll();
        run(STORE);
        ProtectionKeys.pkru(c, ACCESS_DISABLE);
        assertThat(pageFault(LOAD)).isEqualTo(KEY_VIOLATION);
    }

    @Test
    void supervisorPagesObeyIa32PkrsAndNotPkru() {
        ProtectionKeys.pkru(c, -1);
        run(STORE);
        Msrs.write(c, PKRS, WRITE_DISABLE);
        run(LOAD);
        assertThat(pageFault(STORE)).isEqualTo(KEY_VIOLATION | WRITE);
        Msrs.write(c, PKRS, ACCESS_DISABLE);
        assertThat(pageFault(LOAD)).isEqualTo(KEY_VIOLATION);
        assertThat(Msrs.read(c, PKRS)).isEqualTo(ACCESS_DISABLE);
    }

    @Test
    void fetchesHaveNoKeys() {
        bare.map(Bare.CODE, Bare.CODE | KEYED, true);
        Msrs.write(c, PKRS, ACCESS_DISABLE);
        c.rip = Bare.CODE;
        bare.put64(Bare.CODE, 0x90);
        bare.step();
        assertThat(c.rip).isEqualTo(Bare.CODE + 1);
    }

    @Test
    void withoutTheControlBitsKeysAreIgnored() {
        c.cr4 &= ~(Control.CR4_PKE | Control.CR4_PKS);
        ProtectionKeys.pkru(c, -1);
        ProtectionKeys.pkrs(c, -1);
        run(STORE);
        bare.openToUser();
        run(STORE);
    }

    @Test
    void aModelWithoutThemHasNeitherRegisterNorBits() {
        Cpu old = Bare.mode64(CpuModels.parse("x86-64-v3")).c;
        assertThat(ControlRegisters.cr4Valid(old.model) & (Control.CR4_PKE | Control.CR4_PKS)).isZero();
        assertThat(Bare.mode64(CpuModels.parse("x86-64-v3")).code(RDPKRU).fault()).isEqualTo(Vector.UD);
    }
}
