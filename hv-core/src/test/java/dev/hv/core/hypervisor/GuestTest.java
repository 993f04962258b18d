package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hv.core.machine.StopReason.Kind;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.VpStop;
import dev.hv.cpu.memory.LittleEndian;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Small guests, assembled by hand, in child partitions on the real engine and VT-x. */
@ParameterizedClass
@EnumSource(Vendor.class)
class GuestTest {

    private final Vendor vendor;
    private final Rig rig;

    GuestTest(Vendor vendor) {
        this.vendor = vendor;
        rig = new Rig(vendor).start();
    }

    private Rig.Child flat(int... code) {
        return rig.child(4 << 20).code(true, code);
    }

    private void poke(Rig.Child child, long address, int... words) {
        byte[] b = new byte[4 * words.length];
        for (int i = 0; i < b.length; i++) {
            b[i] = (byte) (words[i / 4] >>> 8 * (i % 4));
        }
        assertThat(rig.vid.memory(child.id).write(address, b, 0, b.length)).isTrue();
    }

    private int peek(Rig.Child child, long address) {
        byte[] b = new byte[4];
        assertThat(rig.vid.memory(child.id).read(address, b, 0, 4)).isTrue();
        return LittleEndian.u32(b, 0);
    }

    /** A GDT with flat code (8) and data (16), and an interrupt gate for one vector to {@code handler}. */
    private void tables(Rig.Child child, int vector, int handler) {
        poke(child, 0x3000, 0, 0, 0x0000_FFFF, 0x00CF_9B00, 0x0000_FFFF, 0x00CF_9300);
        poke(child, 0x2000 + 8L * vector, 8 << 16 | handler, 0x8E00);
        child.set(HvRegister.GDTR, HvRegisterValue.table(0x3000, 0x17));
        child.set(HvRegister.IDTR, HvRegisterValue.table(0x2000, 0x7FF));
    }

    @Test
    void aRealModeGuestPrints() {
        // mov al,'H'; out 0xE9,al; mov al,'i'; out 0xE9,al; out 0xF4,al
        Rig.Child child = rig.child(1 << 20).code(false, 0xB0, 'H', 0xE6, 0xE9, 0xB0, 'i', 0xE6, 0xE9, 0xE6, 0xF4).go();
        assertThat(rig.run(1000).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(child.console).hasToString("Hi");
        assertThat(child.get(HvRegister.RIP)).isEqualTo(0x100A);
        assertThat(child.get(HvRegister.RAX)).isEqualTo('i');
    }

    @Test
    void inputArrivesInTheRegister() {
        // mov eax,0x11223344; in al,0x60; mov ebx,eax; in eax,0x64; out 0xF4,al
        Rig.Child child = flat(0xB8, 0x44, 0x33, 0x22, 0x11, 0xE4, 0x60, 0x89, 0xC3, 0xE5, 0x64, 0xE6, 0xF4);
        child.inputValue = 0xCAFE_BABE;
        child.go();
        rig.run(1000);
        assertThat(child.get(HvRegister.RBX)).isEqualTo(0x1122_33BEL);
        assertThat(child.get(HvRegister.RAX)).isEqualTo(0xCAFE_BABEL);
        assertThat(child.log).containsExactly("in 60/1", "in 64/4");
    }

    @Test
    void stringOutputGoesByteByByte() {
        // mov esi,0x2000; mov ecx,5; mov dx,0xE9; rep outsb; out 0xF4,al
        Rig.Child child = flat(0xBE, 0, 0x20, 0, 0, 0xB9, 5, 0, 0, 0, 0x66, 0xBA, 0xE9, 0, 0xF3, 0x6E, 0xE6, 0xF4);
        poke(child, 0x2000, 0x6C6C_6548, 0x6F);
        child.go();
        rig.run(1000);
        assertThat(child.console).hasToString("Hello");
        assertThat(child.get(HvRegister.RCX)).isZero();
        assertThat(child.get(HvRegister.RSI)).isEqualTo(0x2005);
    }

    @Test
    void deviceRegistersAreReachedByEveryKindOfInstruction() {
        Rig.Child child = flat(
                0xC7, 0x05, 0x00, 0x00, 0xC0, 0xFE, 0x78, 0x56, 0x34, 0x12, // mov dword [0xFEC00000],0x12345678
                0xA1, 0x10, 0x00, 0xC0, 0xFE,                               // mov eax,[0xFEC00010]
                0x0F, 0xB6, 0x1D, 0x20, 0x00, 0xC0, 0xFE,                   // movzx ebx,byte [0xFEC00020]
                0x83, 0x05, 0x30, 0x00, 0xC0, 0xFE, 0x01,                   // add dword [0xFEC00030],1
                0xE6, 0xF4).go();
        rig.run(1000);
        assertThat(child.log).containsExactly("write fec00000/4=12345678", "read fec00010/4", "read fec00020/1", "read fec00030/4",
                "write fec00030/4=55667789");
        assertThat(child.get(HvRegister.RAX)).isEqualTo(0x5566_7788L);
        assertThat(child.get(HvRegister.RBX)).isEqualTo(0x88);
    }

    @Test
    void aHaltedGuestWakesByItsApicTimerAndTimeIsSkipped() {
        Rig.Child child = flat(
                0xC7, 0x05, 0xF0, 0x00, 0xE0, 0xFE, 0xFF, 0x01, 0x00, 0x00, // spurious vector: enable
                0xC7, 0x05, 0xE0, 0x03, 0xE0, 0xFE, 0x0B, 0x00, 0x00, 0x00, // divide by 1
                0xC7, 0x05, 0x20, 0x03, 0xE0, 0xFE, 0x40, 0x00, 0x00, 0x00, // one-shot, vector 0x40
                0xC7, 0x05, 0x80, 0x03, 0xE0, 0xFE, 0x00, 0xE1, 0xF5, 0x05, // 100,000,000 ticks
                0xFB, 0xF4, 0xE6, 0xF4);                                    // sti; hlt; out 0xF4,al
        // mov al,'T'; out 0xE9,al; mov dword [0xFEE000B0],0; iretd
        poke(child, 0x1800, 0xE9E6_54B0, 0x00B0_05C7, 0x0000_FEE0, 0x00CF_0000);
        tables(child, 0x40, 0x1800);
        child.go();
        assertThat(rig.run(100_000).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(child.console).hasToString("T");
        assertThat(rig.clock.nanos()).as("1 ns a tick").isBetween(100_000_000L, 100_010_000L);
        assertThat(rig.machine.instructions()).isLessThan(100);
    }

    @Test
    void theLegacyControllerInterruptsThroughLint0() {
        // sti; jmp $
        Rig.Child child = flat(0xFB, 0xEB, 0xFE);
        // mov al,'E'; out 0xE9,al; out 0xF4,al
        poke(child, 0x1800, 0xE9E6_45B0, 0x0000_F4E6);
        tables(child, 0x28, 0x1800);
        child.set(HvRegister.APIC_REGISTERS + 0xF, HvRegisterValue.of(0x1FF));
        child.set(HvRegister.APIC_REGISTERS + 0x35, HvRegisterValue.of(0x700));
        child.go();
        rig.clock.timer("device", () -> rig.winHv.setLocalInterruptPin(child.id, true)).arm(100_000);
        assertThat(rig.run(100_000).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(child.console).hasToString("E");
        assertThat(child.log).containsExactly("intack");
        assertThat(rig.clock.nanos()).isBetween(100_000L, 101_000L);
    }

    @Test
    void anInterruptWaitsUntilTheGuestEnablesInterrupts() {
        // mov ecx,1000; loop $; sti; nop; nop; jmp $
        Rig.Child child = flat(0xB9, 0xE8, 3, 0, 0, 0xE2, 0xFE, 0xFB, 0x90, 0x90, 0xEB, 0xFE);
        poke(child, 0x1800, 0x0000_F4E6);
        tables(child, 0x50, 0x1800);
        child.set(HvRegister.APIC_REGISTERS + 0xF, HvRegisterValue.of(0x1FF));
        child.go();
        rig.winHv.assertVirtualInterrupt(child.id, 0, 0, false, 0x50, false);
        rig.run(100_000);
        assertThat(child.done).isTrue();
        assertThat(child.get(HvRegister.RCX)).isZero();
        assertThat(peek(child, child.get(HvRegister.RSP))).as("interrupted after the instruction behind STI").isEqualTo(0x1009);
    }

    @Test
    void aTripleFaultEndsItsPartitionOnly() {
        // ud2 without an IDT
        Rig.Child bad = flat(0x0F, 0x0B);
        bad.set(HvRegister.IDTR, HvRegisterValue.table(0, 0));
        // mov ecx,200000; loop $; mov al,'K'; out 0xE9,al; out 0xF4,al
        Rig.Child good = flat(0xB9, 0x40, 0x0D, 3, 0, 0xE2, 0xFE, 0xB0, 'K', 0xE6, 0xE9, 0xE6, 0xF4);
        bad.go();
        good.go();
        assertThat(rig.run(1_000_000).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(bad.stop.reason()).isEqualTo(VpStop.Reason.UNRECOVERABLE_EXCEPTION);
        assertThat(bad.stop.registers()).contains("rip 0000000000001000");
        assertThat(good.console).hasToString("K");
    }

    @Test
    void childrenKeepTheirMemoryToThemselves() {
        for (int pattern : new int[] {0x1111_1111, 0x2222_2222}) {
            Rig.Child child = flat(
                    0xBF, 0, 0, 1, 0, 0xB9, 0, 0, 8, 0, 0xF3, 0xAB, // mov edi,0x10000; mov ecx,0x80000; rep stosd
                    0xB9, 0, 0, 8, 0, 0xE2, 0xFE,                   // mov ecx,0x80000; loop $
                    0xBF, 0, 0, 1, 0, 0xB9, 0, 0, 8, 0, 0xF3, 0xAF, // mov edi,0x10000; mov ecx,0x80000; repe scasd
                    0x75, 0x04, 0xB0, 'Y', 0xE6, 0xE9, 0xE6, 0xF4); // jne +4; mov al,'Y'; out 0xE9,al; out 0xF4,al
            child.set(HvRegister.RAX, HvRegisterValue.of(pattern));
            child.go();
        }
        assertThat(rig.run(20_000_000).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(rig.children).allSatisfy(c -> assertThat(c.console).hasToString("Y"));
        assertThat(peek(rig.children.get(0), 0x20_0000)).isEqualTo(0x1111_1111);
        assertThat(peek(rig.children.get(1), 0x20_0000)).isEqualTo(0x2222_2222);
    }

    @Test
    void childrenShareTheProcessorEvenly() {
        // inc dword [0x4000]; jmp back
        Rig.Child a = flat(0xFF, 0x05, 0, 0x40, 0, 0, 0xEB, 0xF8).go();
        Rig.Child b = flat(0xFF, 0x05, 0, 0x40, 0, 0, 0xEB, 0xF8).go();
        assertThat(rig.run(2_000_000).kind()).isEqualTo(Kind.INSTRUCTION_LIMIT);
        assertThat(peek(a, 0x4000)).isCloseTo(500_000, within(100));
        assertThat(peek(b, 0x4000)).isCloseTo(500_000, within(100));
    }

    @Test
    void theProcessorModelOfAChildHasNoVirtualisation() {
        // mov eax,1; cpuid; mov [0x4000],ecx; mov eax,0x40000000; cpuid; mov ebp,eax; or ebp,ebx; out 0xF4,al
        Rig.Child child = flat(0xB8, 1, 0, 0, 0, 0x0F, 0xA2, 0x89, 0x0D, 0, 0x40, 0, 0, 0xB8, 0, 0, 0, 0x40, 0x0F, 0xA2, 0x89, 0xC5, 0x09, 0xDD,
                0xE6, 0xF4).go();
        rig.run(1000);
        assertThat(peek(child, 0x4000) >>> 31).as("hypervisor present").isEqualTo(1);
        assertThat(peek(child, 0x4000) >>> 5 & 1).as("VMX").isZero();
        assertThat(child.get(HvRegister.RBP)).isZero();
    }

    @Test
    void aHypercallInstructionIsUndefinedInAnUnenlightenedChild() {
        // vmcall
        Rig.Child child = flat(vendor.hypercall());
        poke(child, 0x1800, 0x0000_F4E6);
        tables(child, 6, 0x1800);
        child.go();
        rig.run(1000);
        assertThat(child.done).isTrue();
        assertThat(child.stop).isNull();
        assertThat(peek(child, child.get(HvRegister.RSP))).isEqualTo(0x1000);
    }

    @Test
    void controlRegistersShowTheGuestsOwnValues() {
        // mov eax,cr0; and al,0xDF; mov cr0,eax; mov ebx,cr0; mov ecx,cr4; out 0xF4,al
        Rig.Child child = flat(0x0F, 0x20, 0xC0, 0x24, 0xDF, 0x0F, 0x22, 0xC0, 0x0F, 0x20, 0xC3, 0x0F, 0x20, 0xE1, 0xE6, 0xF4).go();
        rig.run(1000);
        assertThat(child.get(HvRegister.RBX)).as("CR0 without NE").isEqualTo(0x11);
        assertThat(child.get(HvRegister.RCX)).as("CR4 without VMXE").isZero();
    }

    @Test
    void modelSpecificRegistersAreTheGuestsOwn() {
        Rig.Child child = flat(
                0xB9, 0xFF, 0x02, 0, 0, 0xB8, 0, 0x0C, 0, 0, 0x31, 0xD2, 0x0F, 0x30, // mov ecx,0x2FF; mov eax,0xC00; xor edx,edx; wrmsr
                0x31, 0xC0, 0x0F, 0x32, 0x89, 0xC3,                                  // xor eax,eax; rdmsr; mov ebx,eax
                0xB9, 0x82, 0, 0, 0xC0, 0xB8, 0x78, 0x56, 0x34, 0x12, 0x0F, 0x30,    // mov ecx,LSTAR; mov eax,0x12345678; wrmsr
                0xE6, 0xF4).go();
        rig.run(1000);
        assertThat(child.get(HvRegister.RBX)).as("MTRR default type").isEqualTo(0xC00);
        assertThat(child.get(HvRegister.LSTAR)).isEqualTo(0x1234_5678L);
        assertThat(child.get(HvRegister.MTRR_DEF_TYPE)).isEqualTo(0xC00);
    }

    @Test
    void anUnknownMsrIsAGeneralProtectionFault() {
        // mov ecx,0x12345; rdmsr
        Rig.Child child = flat(0xB9, 0x45, 0x23, 1, 0, 0x0F, 0x32);
        poke(child, 0x1800, 0x0000_F4E6);
        tables(child, 13, 0x1800);
        child.go();
        rig.run(1000);
        assertThat(child.done).isTrue();
        assertThat(peek(child, child.get(HvRegister.RSP))).as("error code").isZero();
        assertThat(peek(child, child.get(HvRegister.RSP) + 4)).isEqualTo(0x1005);
    }

    @Test
    void aSecondProcessorStartsByInterprocessorInterrupts() {
        Rig.Child child = flat(
                0xC7, 0x05, 0xF0, 0x00, 0xE0, 0xFE, 0xFF, 0x01, 0x00, 0x00, // enable the APIC
                0xC7, 0x05, 0x10, 0x03, 0xE0, 0xFE, 0x00, 0x00, 0x00, 0x01, // destination APIC 1
                0xC7, 0x05, 0x00, 0x03, 0xE0, 0xFE, 0x00, 0x45, 0x00, 0x00, // INIT
                0xC7, 0x05, 0x00, 0x03, 0xE0, 0xFE, 0x08, 0x46, 0x00, 0x00, // start-up, page 8
                0xEB, 0xFE);                                                // jmp $
        assertThat(rig.winHv.createVp(child.id, 1).ok()).isTrue();
        assertThat(rig.winHv.startVp(child.id, 1).ok()).isTrue();
        // at 0x8000, real mode: mov al,'A'; out 0xE9,al; out 0xF4,al
        poke(child, 0x8000, 0xE9E6_41B0, 0x0000_F4E6);
        child.go();
        assertThat(rig.run(1_000_000).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(child.console).hasToString("A");
        HvRegisterValue[] cs = new HvRegisterValue[1];
        rig.winHv.getVpRegister(child.id, 1, HvRegister.CS, cs);
        assertThat(cs[0].selector()).isEqualTo(0x800);
        assertThat(cs[0].low()).isEqualTo(0x8000);
    }

    @Test
    void invalidStateSetByTheRootIsReported() {
        Rig.Child child = flat(0x90);
        child.set(HvRegister.CR4, HvRegisterValue.of(1L << 40));
        child.go();
        assertThat(rig.run(100).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(child.stop.reason()).isEqualTo(VpStop.Reason.INVALID_REGISTER_VALUE);
    }

    @Test
    void equalRunsEndInEqualStates() {
        String digest = digestOfARun(1_000_000);
        assertThat(digestOfARun(1_000_000)).isEqualTo(digest);
        assertThat(digestOfARun(1_000_100)).as("a few instructions more").isNotEqualTo(digest);
    }

    private String digestOfARun(long nanos) {
        Rig rig = new Rig(vendor).start();
        // rdtsc; mov [0x4000],eax; inc dword [0x4004]; out 0x80,al; jmp back
        rig.child(4 << 20).code(true, 0x0F, 0x31, 0xA3, 0, 0x40, 0, 0, 0xFF, 0x05, 4, 0x40, 0, 0, 0xE6, 0x80, 0xEB, 0xEF).go();
        rig.clock.timer("end", rig.machine::powerOff).arm(nanos);
        rig.machine.addState(rig.hypervisor);
        rig.run(1_000_000);
        return rig.machine.digest();
    }
}
