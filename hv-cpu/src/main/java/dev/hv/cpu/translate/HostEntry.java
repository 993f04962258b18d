package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.STATE;

import dev.hv.cpu.state.StateLayout;
import java.lang.invoke.MethodHandle;

/**
 * The way from Java into machine code, one for the whole process: a function that takes the address of a processor's area of state, saves
 * the host's registers, loads the guest's and goes where {@link StateLayout#ENTRY} says. Also what the host's processor says of itself.
 */
final class HostEntry {

    private static final int SIZE = 4096;
    private static final int[] SAVED = {12, 13, 14, 15};

    /** Null where the host gives no memory for code. */
    private static final CodeMemory MEMORY = CodeMemory.map(SIZE);
    private static final MethodHandle ENTER = MEMORY == null ? null : enter();
    /** What the host can do; null where there is no way in. */
    static final HostFeatures FEATURES = MEMORY == null ? null : features();

    private HostEntry() {}

    /** Whether machine code can be run here. */
    static boolean possible() {
        return MEMORY != null;
    }

    /** Runs machine code on a processor's area of state; what it returns says why it left ({@link Emission}). */
    static long run(long area) {
        try {
            return (long) ENTER.invokeExact(area);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle enter() {
        var a = new Assembler();
        a.begin(MEMORY.executable);
        a.bytes(0x53, 0x55);
        for (int r : SAVED) {
            a.bytes(0x41, 0x50 | r & 7);
        }
        a.lea(64, STATE, Assembler.RDI, Assembler.BIAS);
        a.compareByte(StateLayout.FLOATING, 0);
        int skip = a.skipIf(Assembler.EQUAL);
        a.state(32, 0, 1, 0xAE, 2, StateLayout.MXCSR);
        a.bindShort(skip);
        GuestRegisters.forEach((host, guest) -> a.load(64, host, Assembler.field(guest)));
        a.load(64, Assembler.BUDGET, StateLayout.BUDGET);
        a.jumpState(StateLayout.ENTRY);
        a.flush(MEMORY.writable);
        return CodeMemory.function(MEMORY.executable);
    }

    /** Writes the way back: the reason is in S0. */
    static void writeExit(Assembler a) {
        GuestRegisters.forEach((host, guest) -> a.store(64, Assembler.field(guest), host));
        a.store(64, StateLayout.BUDGET, Assembler.BUDGET);
        a.compareByte(StateLayout.FLOATING, 0);
        int skip = a.skipIf(Assembler.EQUAL);
        a.state(32, 0, 1, 0xAE, 3, StateLayout.MXCSR);
        a.state(32, 0, 1, 0xAE, 2, StateLayout.HOST_MXCSR);
        a.bindShort(skip);
        a.move(64, Assembler.RAX, S0);
        for (int i = SAVED.length - 1; i >= 0; i--) {
            a.bytes(0x41, 0x58 | SAVED[i] & 7);
        }
        a.bytes(0x5D, 0x5B, 0xC3);
    }

    private static HostFeatures features() {
        long leaf1 = cpuid(1, true);
        long leaf7 = cpuid(0, false) >= 7 ? cpuid(7, true, true) : 0;
        long extended = cpuid(0x80000001, true) >>> 32;
        return new HostFeatures(leaf1, leaf7, extended);
    }

    private static long cpuid(int leaf, boolean upper) {
        return cpuid(leaf, upper, false);
    }

    /** CPUID of a leaf: EAX, or ECX above EDX, or EBX. */
    private static long cpuid(int leaf, boolean upper, boolean rbx) {
        var a = new Assembler();
        long at = 2048;
        a.begin(MEMORY.executable + at);
        a.bytes(0x53);
        a.constant(Assembler.RAX, leaf & 0xFFFFFFFFL);
        a.constant(Assembler.RCX, 0);
        a.bytes(0x0F, 0xA2);
        if (rbx) {
            a.move(64, Assembler.RAX, Assembler.RBX);
        } else if (upper) {
            a.move(64, Assembler.RAX, Assembler.RCX);
            a.shift(64, Assembler.SHL, Assembler.RAX, 32);
            a.rr(64, 0x09, Assembler.RDX, Assembler.RAX);
        }
        a.bytes(0x5B, 0xC3);
        a.flush(MEMORY.writable + at);
        try {
            return (long) CodeMemory.function(MEMORY.executable + at).invokeExact(0L);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
