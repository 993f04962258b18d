package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.StopReason.Kind;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.cpu.state.Feature;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Small guests, assembled by hand, that use the hypervisor's interface: on the real engine and VT-x. */
class EnlightenedGuestTest {

    private static final int[] END = {0xE6, 0xF4};
    /** GUEST_OS_ID = 1, HYPERCALL = 0x5001: mov ecx,..; mov eax,..; xor edx,edx; wrmsr, twice. */
    private static final int[] ENABLE_HYPERCALLS = {
        0xB9, 0x00, 0x00, 0x00, 0x40, 0xB8, 0x01, 0x00, 0x00, 0x00, 0x31, 0xD2, 0x0F, 0x30,
        0xB9, 0x01, 0x00, 0x00, 0x40, 0xB8, 0x01, 0x50, 0x00, 0x00, 0x31, 0xD2, 0x0F, 0x30};

    private final Rig rig = new Rig().start();
    private final Rig.Child child = rig.child(4 << 20, HvPrivilege.CHILD);

    @AfterEach
    void free() {
        rig.memory.close();
    }

    private void run(int[]... code) {
        child.code(true, Arrays.stream(code).flatMapToInt(IntStream::of).toArray()).go();
        assertThat(rig.run(2000).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(child.stop).isNull();
    }

    private void poke(long address, int... words) {
        ByteBuffer b = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        b.asIntBuffer().put(words);
        assertThat(rig.vid.memory(child.id).write(address, b.array(), 0, b.capacity())).isTrue();
    }

    /** A #GP handler at 0x1800 that prints G and ends the run. */
    private void catchProtectionFaults() {
        poke(0x3000, 0, 0, 0x0000_FFFF, 0x00CF_9B00, 0x0000_FFFF, 0x00CF_9300);
        poke(0x2000 + 8 * 13, 8 << 16 | 0x1800, 0x8E00);
        child.set(HvRegister.GDTR, HvRegisterValue.table(0x3000, 0x17));
        child.set(HvRegister.IDTR, HvRegisterValue.table(0x2000, 0x7FF));
        // mov al,'G'; out 0xE9,al; out 0xF4,al
        poke(0x1800, 0xE9E6_47B0, 0xF4E6);
    }

    /** mov eax,leaf; cpuid; mov edi,eax; EAX is then in EDI. */
    private int[] cpuid(int leaf) {
        int[] code = {0xB8, leaf & 0xFF, leaf >>> 8 & 0xFF, leaf >>> 16 & 0xFF, leaf >>> 24, 0x0F, 0xA2, 0x89, 0xC7};
        run(code, END);
        return new int[] {(int) child.get(HvRegister.RDI), (int) child.get(HvRegister.RBX), (int) child.get(HvRegister.RCX),
            (int) child.get(HvRegister.RDX)};
    }

    private static int text(String four) {
        return four.charAt(0) | four.charAt(1) << 8 | four.charAt(2) << 16 | four.charAt(3) << 24;
    }

    @Test
    void theLeavesSayMicrosoftHv() {
        assertThat(cpuid(1)[2]).as("ECX bit 31: a hypervisor is present").isNegative();
        assertThat(cpuid(0x40000000)).containsExactly(0x4000000C, text("Micr"), text("osof"), text("t Hv"));
        assertThat(cpuid(0x40000001)).containsExactly(text("Hv#1"), 0, 0, 0);
        int[] features = cpuid(0x40000003);
        assertThat(features[0]).isEqualTo((int) HvPrivilege.CHILD);
        assertThat(features[1]).isEqualTo((int) (HvPrivilege.CHILD >>> 32));
        assertThat(features[3] & (1 << 8 | 1 << 10 | 1 << 19)).as("frequencies, crash, direct timers").isEqualTo(1 << 8 | 1 << 10 | 1 << 19);
        int[] advice = cpuid(0x40000004);
        assertThat(advice[0] & 0xE24).as("remote flush, relaxed timing, no AutoEOI, cluster IPI, extended masks").isEqualTo(0xE24);
        assertThat(advice[2]).as("address bits").isEqualTo(46);
        assertThat(cpuid(0x40000005)[0]).as("virtual processors").isEqualTo(64);
        assertThat(cpuid(0x4000000C)).as("not isolated").containsOnly(0);
        assertThat(cpuid(0x40000010)).containsOnly(0);
        assertThat(cpuid(0x40000080)).containsExactly(0x40000082, text("Micr"), text("osof"), text("t VS"));
        assertThat(cpuid(0x40000081)).containsExactly(text("VS#1"), 0, 0, 0);
        assertThat(cpuid(0x40000082)).containsOnly(0);
    }

    @Test
    void anApicTimerThatAlwaysRunsIsNotPromised() {
        assertThat(cpuid(6)[0] & 1 << 2).as("Linux would make it the broadcast device").isZero();
    }

    @Test
    void thereIsNoTscDeadlineTimer() {
        assertThat(cpuid(1)[2] & 1 << 24).as("CPUID").isZero();
        // mov ecx,0x6E0; xor eax,eax; xor edx,edx; wrmsr
        catchProtectionFaults();
        run(new int[] {0xB9, 0xE0, 0x06, 0x00, 0x00, 0x31, 0xC0, 0x31, 0xD2, 0x0F, 0x30}, END);
        assertThat(child.console).as("IA32_TSC_DEADLINE").hasToString("G");
        assertThat(rig.hypervisor.childModel().has(Feature.TSC_DEADLINE)).as("an ordinary PC has one").isTrue();
    }

    @Test
    void theHypercallPageTakesTheGuestToTheHypervisorAndBack() {
        // mov eax,0xFFF; xor edx,edx; mov esi,0x5000; call esi
        run(ENABLE_HYPERCALLS, new int[] {0xB8, 0xFF, 0x0F, 0x00, 0x00, 0x31, 0xD2, 0xBE, 0x00, 0x50, 0x00, 0x00, 0xFF, 0xD6}, END);
        assertThat(child.get(HvRegister.RAX)).as("HV_STATUS_INVALID_HYPERCALL_CODE").isEqualTo(2);
        assertThat(child.get(HvRegister.RSP)).isEqualTo(0x8000);
    }

    @Test
    void writesToTheHypercallPageFault() {
        catchProtectionFaults();
        // mov byte [0x5000],1
        run(ENABLE_HYPERCALLS, new int[] {0xC6, 0x05, 0x00, 0x50, 0x00, 0x00, 0x01}, END);
        assertThat(child.console).hasToString("G");
        assertThat(child.log).as("no device hears of it").isEmpty();
    }

    @Test
    void unknownRegistersFault() {
        catchProtectionFaults();
        // mov ecx,0x40000030; rdmsr
        run(new int[] {0xB9, 0x30, 0x00, 0x00, 0x40, 0x0F, 0x32}, END);
        assertThat(child.console).hasToString("G");
    }

    @Test
    void reservedBitsFault() {
        catchProtectionFaults();
        // mov ecx,0x40000090 (SINT0); mov eax,0x30; mov edx,1; wrmsr
        run(new int[] {0xB9, 0x90, 0x00, 0x00, 0x40, 0xB8, 0x30, 0x00, 0x00, 0x00, 0xBA, 0x01, 0x00, 0x00, 0x00, 0x0F, 0x30}, END);
        assertThat(child.console).hasToString("G");
    }

    @Test
    void vmcallWithoutTheInterfaceIsUndefined() {
        poke(0x3000, 0, 0, 0x0000_FFFF, 0x00CF_9B00, 0x0000_FFFF, 0x00CF_9300);
        poke(0x2000 + 8 * 6, 8 << 16 | 0x1800, 0x8E00);
        child.set(HvRegister.GDTR, HvRegisterValue.table(0x3000, 0x17));
        child.set(HvRegister.IDTR, HvRegisterValue.table(0x2000, 0x7FF));
        // mov al,'U'; out 0xE9,al; out 0xF4,al
        poke(0x1800, 0xE9E6_55B0, 0xF4E6);
        run(new int[] {0x0F, 0x01, 0xC1}, END);
        assertThat(child.console).hasToString("U");
    }

    @Test
    void referenceTimeRegisterAndPageAgree() {
        // TIME_REF_COUNT before (esi) and after (edi) a computation from the page: rdtsc; mul; the high half of 64x64 bits is not
        // needed, the clock being young: tsc < 2^32, so hi64(tsc * scale) = hi32(tsc * hi32(scale)) within one
        run(new int[] {
            0xB9, 0x21, 0x00, 0x00, 0x40, 0xB8, 0x01, 0x70, 0x00, 0x00, 0x31, 0xD2, 0x0F, 0x30, // wrmsr REFERENCE_TSC, 0x7001
            0xB9, 0x20, 0x00, 0x00, 0x40, 0x0F, 0x32, 0x89, 0xC6,                               // rdmsr TIME_REF_COUNT; mov esi,eax
            0x0F, 0x31,                                                                         // rdtsc
            0xF7, 0x25, 0x0C, 0x70, 0x00, 0x00,                                                 // mul dword [0x700C]
            0x03, 0x15, 0x10, 0x70, 0x00, 0x00, 0x89, 0xD3,                                     // add edx,[0x7010]; mov ebx,edx
            0xB9, 0x20, 0x00, 0x00, 0x40, 0x0F, 0x32, 0x89, 0xC7}, END);                        // rdmsr TIME_REF_COUNT; mov edi,eax
        assertThat(child.get(HvRegister.RBX)).isBetween(child.get(HvRegister.RSI) - 1, child.get(HvRegister.RDI));
    }
}
