package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.StopReason.Kind;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Debug traps, task switches and x87 errors of a child in 32-bit mode, where the hypervisor carries instructions out. The #DB handler
 * writes DR6 to port 0xE0 and the address it returns to to port 0xE4.
 */
@ParameterizedClass
@EnumSource(Vendor.class)
class DebugGuestTest {

    private static final int GDT = 0x4000;
    private static final int IDT = 0x3000;
    private static final int TSS = 0x6000;
    private static final int OTHER_TSS = 0x6100;
    private static final int HANDLER = 0x2000;
    private static final int FP_HANDLER = 0x2100;
    private static final long CODE = 0x00CF9B000000FFFFL;
    private static final long DATA = 0x00CF93000000FFFFL;
    /** pushfd; or dword [esp], 0x100; popfd. */
    private static final int[] TF_ON = {0x9C, 0x81, 0x0C, 0x24, 0, 1, 0, 0, 0x9D};

    private final Rig rig;
    private final Rig.Child child;

    DebugGuestTest(Vendor vendor) {
        rig = new Rig(vendor).start();
        child = rig.child(4 << 20);
    }

    @AfterEach
    void free() {
        rig.memory.close();
    }

    private void bytes(long address, int... values) {
        byte[] b = new byte[values.length];
        for (int i = 0; i < b.length; i++) {
            b[i] = (byte) values[i];
        }
        assertThat(rig.vid.memory(child.id).write(address, b, 0, b.length)).isTrue();
    }

    private void quads(long address, long... values) {
        ByteBuffer b = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        b.asLongBuffer().put(values);
        assertThat(rig.vid.memory(child.id).write(address, b.array(), 0, b.capacity())).isTrue();
    }

    private static long gate(int handler) {
        return handler & 0xFFFF | 8L << 16 | 0x8EL << 40;
    }

    private static long task(int base, int type) {
        return 0x67 | (long) base << 16 | (0x80L | type) << 40;
    }

    /** Runs code at 0x1000, which ends by a write to port 0xF4. */
    private void run(int... code) {
        // push eax; mov eax, dr6; out 0xE0, eax; mov eax, [esp + 4]; out 0xE4, eax; mov eax, 0xFFFF0FF0; mov dr6, eax;
        // or dword [esp + 12], 0x10000 (RF); pop eax; iretd
        bytes(HANDLER, 0x50, 0x0F, 0x21, 0xF0, 0xE7, 0xE0, 0x8B, 0x44, 0x24, 4, 0xE7, 0xE4, 0xB8, 0xF0, 0x0F, 0xFF, 0xFF, 0x0F, 0x23, 0xF0,
                0x81, 0x4C, 0x24, 12, 0, 0, 1, 0, 0x58, 0xCF);
        quads(IDT + 8, gate(HANDLER));
        quads(GDT, 0, CODE, DATA, task(TSS, 11), task(OTHER_TSS, 9));
        child.code(true, code);
        child.set(HvRegister.GDTR, HvRegisterValue.table(GDT, 0x27));
        child.set(HvRegister.IDTR, HvRegisterValue.table(IDT, 0x7FF));
        child.set(HvRegister.TR, HvRegisterValue.segment(0x18, TSS, 0x67, 0x8B));
        child.go();
        assertThat(rig.run(5000).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(child.stop).isNull();
    }

    private static int[] join(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }

    private static String dr6(int conditions) {
        return "out e0/4=%x".formatted(0xFFFF0FF0 | conditions);
    }

    /** INSB, OUTSB, STOSD and LODSD, three times at a device. */
    @ParameterizedTest
    @CsvSource({"108, in 1234/1", "110, out 1234/1=0", "171, write 1000000/4=0", "173, read 1000000/4"})
    void eachIterationAtADeviceIsAStep(int opcode, String access) {
        child.set(HvRegister.RCX, HvRegisterValue.of(3));
        child.set(HvRegister.RDX, HvRegisterValue.of(0x1234));
        boolean ports = opcode < 0x80;
        child.set(HvRegister.RDI, HvRegisterValue.of(ports ? 0x5000 : 0x100_0000));
        child.set(HvRegister.RSI, HvRegisterValue.of(ports ? 0x5000 : 0x100_0000));
        run(join(TF_ON, new int[] {0xF3, opcode, 0xE6, 0xF4}));
        String[] lines = child.log.stream().map(l -> l.replaceFirst("(write|read) 10000[0-9a-f]{2}", "$1 1000000")).toArray(String[]::new);
        assertThat(lines).containsExactly(
                access, dr6(0x4000), "out e4/4=1009",
                access, dr6(0x4000), "out e4/4=1009",
                access, dr6(0x4000), "out e4/4=100b");
    }

    @Test
    void portBreakpointsTrapBehindTheAccess() {
        child.set(HvRegister.CR4, HvRegisterValue.of(8));
        child.set(HvRegister.DR0, HvRegisterValue.of(0x40));
        child.set(HvRegister.DR7, HvRegisterValue.of(0x401 | 2 << 16));
        // in al, 0x40; in al, 0x41; nop
        run(0xE4, 0x40, 0xE4, 0x41, 0x90, 0xE6, 0xF4);
        assertThat(child.log).containsExactly("in 40/1", dr6(1), "out e4/4=1002", "in 41/1");
    }

    @Test
    void aBreakpointOnADeviceTrapsBehindTheAccess() {
        child.set(HvRegister.DR0, HvRegisterValue.of(0x100_0000));
        child.set(HvRegister.DR7, HvRegisterValue.of(0x401 | 0xF << 16));
        child.set(HvRegister.RBX, HvRegisterValue.of(0x100_0000));
        // mov [ebx], eax; nop; mov eax, [ebx]
        run(0x89, 0x03, 0x90, 0x8B, 0x03, 0xE6, 0xF4);
        assertThat(child.log).containsExactly("write 1000000/4=0", dr6(1), "out e4/4=1002", "read 1000000/4", dr6(1), "out e4/4=1005");
    }

    @Test
    void aBreakpointOnTheInstructionBehindADeviceAccessIsMet() {
        child.set(HvRegister.DR0, HvRegisterValue.of(0x1002));
        child.set(HvRegister.DR7, HvRegisterValue.of(0x401));
        child.set(HvRegister.RBX, HvRegisterValue.of(0x100_0000));
        // mov [ebx], eax; cld
        run(0x89, 0x03, 0xFC, 0xE6, 0xF4);
        assertThat(child.log).containsExactly("write 1000000/4=0", dr6(1), "out e4/4=1002");
    }

    @Test
    void aStepOverHltDoesNotSleep() {
        // sti; hlt; nop
        run(join(TF_ON, new int[] {0xFB, 0xF4, 0x90, 0xE6, 0xF4}));
        assertThat(child.log).containsExactly(dr6(0x4000), "out e4/4=100a", dr6(0x4000), "out e4/4=100b", dr6(0x4000), "out e4/4=100c");
    }

    @Test
    void theTrapFlagOfATaskTrapsBeforeTheTasksFirstInstruction() {
        // the other task: EIP 0x1100, EFLAGS 2, ESP 0x7800, flat segments, T
        quads(OTHER_TSS + 0x20, 2L << 32 | 0x1100);
        quads(OTHER_TSS + 0x38, 0x7800);
        quads(OTHER_TSS + 0x48, 8L << 32 | 0x10, 0x10L << 32 | 0x10, 0x10L << 32 | 0x10, 0x68_0001L << 32);
        bytes(0x1100, 0xE6, 0xF4);
        // jmp 0x20:0
        run(0xEA, 0, 0, 0, 0, 0x20, 0);
        assertThat(child.log).containsExactly(dr6(0x8000), "out e4/4=1100");
    }

    @Test
    void anX87ErrorInterruptsUnderClearNe() {
        child.set(HvRegister.APIC_REGISTERS + 0xF, HvRegisterValue.of(0x1FF));
        child.set(HvRegister.APIC_REGISTERS + 0x35, HvRegisterValue.of(0x700));
        quads(IDT + 8 * 0x28, gate(FP_HANDLER));
        // push eax; out 0xF0, al; mov eax, [esp + 4]; out 0xE4, eax; test ebx, ebx; jz +2; fnclex; pop eax; iretd
        bytes(FP_HANDLER, 0x50, 0xE6, 0xF0, 0x8B, 0x44, 0x24, 4, 0xE7, 0xE4, 0x85, 0xDB, 0x74, 2, 0xDB, 0xE2, 0x58, 0xCF);
        bytes(0x5000, 0x7B, 3);
        int[] divide = {0xD9, 0xE8, 0xD9, 0xEE, 0xDE, 0xF9};
        // CR0.NE clear; sti; fninit; fldcw [0x5000]; mov ebx, 1; divide; fwait; divide; fwait; mov ebx, 0; divide; fwait; fld1; fninit
        run(join(new int[] {0x0F, 0x20, 0xC0, 0x83, 0xE0, 0xDF, 0x0F, 0x22, 0xC0, 0xFB, 0xDB, 0xE3, 0xD9, 0x2D, 0, 0x50, 0, 0, 0xB3, 1}, divide, new int[] {0x9B},
                divide, new int[] {0x9B, 0xB3, 0}, divide, new int[] {0x9B, 0xD9, 0xE8, 0xDB, 0xE3, 0x0F, 0x20, 0xC0, 0xE7, 0xE8, 0xE6, 0xF4}));
        assertThat(child.log).containsExactly(
                "fp error", "intack", "out f0/1=11", "out e4/4=101a", "fp error cleared",
                "fp error", "intack", "out f0/1=11", "out e4/4=1021", "fp error cleared",
                "fp error", "intack", "out f0/1=11", "out e4/4=102a", "fp error", "fp error", "fp error cleared",
                "out e8/4=11");
    }
}
