package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A hypervisor that is guest code: the VMX instructions with their flags and faults (SDM vol. 3C, 30.2 and 30.3). */
class RootModeTest {

    private static final int CF = 1;
    private static final int ZF = 1 << 6;
    private static final long CODE = 0x20000;
    private static final long DATA = 0x21000;
    private static final long TABLES = 0x22000;

    private final VmxFixture f = new VmxFixture();
    private final Cpu c = f.c;

    /** The host runs code itself: 64-bit, identity-mapped first gigabyte, outside VMX operation. */
    @BeforeEach
    void bareHost() {
        f.unit.vmclear(VmxFixture.VMCS);
        f.unit.vmxoff();
        f.unit.setNativeHost(false);
        f.put64(TABLES, TABLES + 0x1000 | 3);
        f.put64(TABLES + 0x1000, 0x83);
        c.cr3 = TABLES;
        c.tlb.flushAll();
        c.gpr(Cpu.RBX, DATA);
    }

    @AfterEach
    void free() {
        f.close();
    }

    /** Runs one instruction; gives CF and ZF of afterwards, or -1 - vector when it faults. */
    private int step(int... bytes) {
        long at = c.rip = CODE + (c.instructions & 0x3F) * 16;
        for (int i = 0; i < bytes.length; i++) {
            f.put8(at + i, bytes[i]);
        }
        f.engine.clearCode();
        try {
            f.engine.step();
        } catch (GuestFault fault) {
            return -1 - fault.vector;
        }
        return (int) c.rflags() & (CF | ZF);
    }

    private int vmxon(long region) {
        f.put64(DATA, region);
        return step(0xF3, 0x0F, 0xC7, 0x33);
    }

    private int vmptrld(long region) {
        f.put64(DATA, region);
        return step(0x0F, 0xC7, 0x33);
    }

    private int vmclear(long region) {
        f.put64(DATA, region);
        return step(0x66, 0x0F, 0xC7, 0x33);
    }

    @Test
    void successAndTheTwoFailuresShowInTheFlags() {
        assertThat(vmxon(0x9000)).as("no revision identifier").isEqualTo(CF);
        assertThat(vmxon(VmxFixture.VMXON)).isZero();
        assertThat(vmxon(VmxFixture.VMXON)).as("no VMCS to hold the error").isEqualTo(CF);
        assertThat(vmclear(VmxFixture.VMCS)).isZero();
        assertThat(vmptrld(VmxFixture.VMCS)).isZero();
        assertThat(vmxon(VmxFixture.VMXON)).isEqualTo(ZF);
        assertThat(f.r(VmcsField.INSTRUCTION_ERROR)).isEqualTo(15);
        assertThat(step(0x0F, 0xC7, 0x3B)).as("VMPTRST").isZero();
        assertThat(f.get64(DATA)).isEqualTo(VmxFixture.VMCS);
        assertThat(step(0x0F, 0x01, 0xC1)).as("VMCALL").isEqualTo(ZF);
        assertThat(f.r(VmcsField.INSTRUCTION_ERROR)).isEqualTo(1);
        assertThat(step(0x0F, 0x01, 0xC4)).as("VMXOFF").isZero();
        assertThat(f.unit.inVmxOperation()).isFalse();
    }

    @Test
    void outsideVmxOperationTheOthersAreUndefined() {
        assertThat(vmclear(VmxFixture.VMCS)).isEqualTo(-1 - 6);
        assertThat(vmptrld(VmxFixture.VMCS)).isEqualTo(-1 - 6);
        assertThat(step(0x0F, 0x01, 0xC1)).isEqualTo(-1 - 6);
        assertThat(step(0x0F, 0x01, 0xC2)).isEqualTo(-1 - 6);
        assertThat(step(0x0F, 0x01, 0xC4)).isEqualTo(-1 - 6);
        assertThat(step(0x0F, 0x78, 0xC1)).isEqualTo(-1 - 6);
    }

    @Test
    void vmxonNeedsVmxeTheFeatureControlAndLevel0() {
        c.featureControl = 4;
        assertThat(vmxon(VmxFixture.VMXON)).as("not locked").isEqualTo(-1 - 13);
        c.featureControl = 1;
        assertThat(vmxon(VmxFixture.VMXON)).as("VMX not allowed").isEqualTo(-1 - 13);
        c.featureControl = 5;
        c.cr0 &= ~0x20L;
        assertThat(vmxon(VmxFixture.VMXON)).as("CR0.NE clear").isEqualTo(-1 - 13);
        c.cr0 |= 0x20;
        c.cr4 &= ~0x2000L;
        assertThat(vmxon(VmxFixture.VMXON)).as("CR4.VMXE clear").isEqualTo(-1 - 6);
        c.cr4 |= 0x2000;
        assertThat(vmxon(VmxFixture.VMXON)).isZero();
    }

    @Test
    void vmxOperationFixesControlRegisterBits() {
        vmxon(VmxFixture.VMXON);
        c.gpr(Cpu.RAX, c.cr4 & ~0x2000L);
        assertThat(step(0x0F, 0x22, 0xE0)).as("MOV CR4 that clears VMXE").isEqualTo(-1 - 13);
        c.gpr(Cpu.RAX, c.cr0 & ~0x20L);
        assertThat(step(0x0F, 0x22, 0xC0)).as("MOV CR0 that clears NE").isEqualTo(-1 - 13);
    }

    @Test
    void vmreadAndVmwriteUseRegistersAndMemory() {
        vmxon(VmxFixture.VMXON);
        assertThat(step(0x0F, 0x79, 0xD0)).as("no current VMCS").isEqualTo(CF);
        vmclear(VmxFixture.VMCS);
        vmptrld(VmxFixture.VMCS);
        c.gpr(Cpu.RDX, VmcsField.GUEST_RIP);
        c.gpr(Cpu.RAX, 0x123456789ABCL);
        assertThat(step(0x0F, 0x79, 0xD0)).as("vmwrite rdx, rax").isZero();
        assertThat(step(0x0F, 0x78, 0xD1)).as("vmread rcx, rdx").isZero();
        assertThat(c.gpr(Cpu.RCX)).isEqualTo(0x123456789ABCL);
        assertThat(step(0x0F, 0x78, 0x13)).as("vmread [rbx], rdx").isZero();
        assertThat(f.get64(DATA)).isEqualTo(0x123456789ABCL);
        f.put64(DATA, 0x777);
        assertThat(step(0x0F, 0x79, 0x13)).as("vmwrite rdx, [rbx]").isZero();
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x777);
        c.gpr(Cpu.RDX, 0x4834);
        assertThat(step(0x0F, 0x78, 0xD1)).isEqualTo(ZF);
        assertThat(f.r(VmcsField.INSTRUCTION_ERROR)).isEqualTo(12);
    }

    @Test
    void inveptReadsItsDescriptor() {
        vmxon(VmxFixture.VMXON);
        c.gpr(Cpu.RAX, 1);
        f.put64(DATA, VmxFixture.EPTP);
        f.put64(DATA + 8, 0);
        assertThat(step(0x66, 0x0F, 0x38, 0x80, 0x03)).isZero();
        f.put64(DATA + 8, 1);
        assertThat(step(0x66, 0x0F, 0x38, 0x80, 0x03)).isEqualTo(CF);
        f.put64(DATA, 1);
        f.put64(DATA + 8, 0x1000);
        c.gpr(Cpu.RAX, 0);
        assertThat(step(0x66, 0x0F, 0x38, 0x81, 0x03)).as("INVVPID").isZero();
    }

    @Test
    void aGuestRunsAndItsExitComesToTheHostsCode() {
        vmxon(VmxFixture.VMXON);
        vmclear(VmxFixture.VMCS);
        vmptrld(VmxFixture.VMCS);
        f.w(VmcsField.HOST_CR3, TABLES);
        f.w(VmcsField.HOST_RIP, 0x20800);
        f.w(VmcsField.HOST_RSP, 0x21800);
        f.code(0x1000, 0x48, 0xFF, 0xC1, 0x0F, 0x01, 0xC1);
        // host: vmread rax, rdx; hlt
        for (int i = 0; i < 4; i++) {
            f.put8(0x20800 + i, new int[] {0x0F, 0x78, 0xD0, 0xF4}[i]);
        }
        // vmlaunch
        for (int i = 0; i < 3; i++) {
            f.put8(0x20700 + i, new int[] {0x0F, 0x01, 0xC2}[i]);
        }
        c.gpr(Cpu.RCX, 6);
        c.gpr(Cpu.RDX, VmcsField.EXIT_REASON);
        c.rip = 0x20700;
        assertThat(f.engine.run(1000)).isEqualTo(RunResult.HALT);
        assertThat(c.rip).isEqualTo(0x20804);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(18);
        assertThat(c.gpr(Cpu.RCX)).isEqualTo(7);
        assertThat(f.unit.exitedToNativeHost()).isFalse();
    }

    @Test
    void initWaitsInRootOperation() {
        vmxon(VmxFixture.VMXON);
        assertThat(f.unit.blocksInit(c)).isTrue();
        assertThat(step(0x0F, 0x01, 0xC4)).isZero();
        assertThat(f.unit.blocksInit(c)).isFalse();
    }

    @Test
    void aHypervisorThatDoesNothingButFailToEnterUsesUpItsBudget() {
        f.put64(DATA, VmxFixture.VMXON);
        assertThat(vmxon(VmxFixture.VMXON)).isZero();
        assertThat(vmptrld(VmxFixture.VMCS)).isZero();
        f.w(VmcsField.HOST_CR3, TABLES);
        f.w(VmcsField.HOST_RIP, CODE + 0x800);
        f.w(VmcsField.GUEST_RFLAGS, 0);
        f.put8(CODE + 0x800, 0x0F);
        f.put8(CODE + 0x801, 0x01);
        f.put8(CODE + 0x802, 0xC2);
        c.rip = CODE + 0x800;
        long retired = c.instructions;
        long before = c.progress();
        assertThat(f.engine.run(500)).isEqualTo(RunResult.BUDGET);
        assertThat(f.r(VmcsField.EXIT_REASON)).as("the entry failed").isEqualTo(0x8000_0021L);
        assertThat(c.progress() - before).isEqualTo(500);
        assertThat(c.instructions).as("VMLAUNCH never ends").isEqualTo(retired);
    }
}
