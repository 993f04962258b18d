package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.STATE;

import dev.hv.cpu.instructions.Shift;
import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.StateLayout;
import java.lang.invoke.MethodHandle;

/**
 * The way from Java into machine code, one for the whole process: a function that takes the address of a processor's area of state, saves
 * the host's registers, loads the guest's and goes where {@link StateLayout#ENTRY} says. Also what the host's processor says of itself.
 */
final class HostEntry {

    private static final int SIZE = 4096;
    private static final int[] SAVED = {12, 13, 14, 15};
    /** In ModRM.reg, after DD. */
    private static final int FRSTOR = 4;
    private static final int FNSAVE = 6;

    /** Null where the host gives no memory for code. */
    private static final CodeMemory MEMORY = CodeMemory.map(SIZE);
    /** Where code is written that is run once. */
    private static final long PROBE = 2048;
    private static final MethodHandle PROBING = MEMORY == null ? null : CodeMemory.function(MEMORY.executable + PROBE);
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
        a.compareByte(StateLayout.X87_HELD, 0);
        skip = a.skipIf(Assembler.EQUAL);
        a.state(32, 0xDD, FRSTOR, StateLayout.X87_IMAGE);
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
        a.compareByte(StateLayout.X87_HELD, 0);
        skip = a.skipIf(Assembler.EQUAL);
        // which leaves the host's own state as it is by convention: initialised
        a.state(32, 0xDD, FNSAVE, StateLayout.X87_IMAGE);
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
        return new HostFeatures(leaf1, leaf7, extended, shiftsAlike());
    }

    private static long cpuid(int leaf, boolean upper) {
        return cpuid(leaf, upper, false);
    }

    /** CPUID of a leaf: EAX, or ECX above EDX, or EBX. */
    private static long cpuid(int leaf, boolean upper, boolean rbx) {
        var a = new Assembler();
        a.begin(MEMORY.executable + PROBE);
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
        return probe(a);
    }

    private static long probe(Assembler a) {
        a.flush(MEMORY.writable + PROBE);
        try {
            return (long) PROBING.invokeExact(0L);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Tries OF of all shifts and rotates by three. */
    private static boolean shiftsAlike() {
        var model = new Cpu(0, CpuModel.intelDefault(), new NoMemory());
        for (long value : new long[] {0x8000000000000010L, 0x4000000000000003L, 0x2000000000000007L, 0x1000000000000008L, 0xF000000000000001L, 0x0FFFFFFFFFFFFFF0L}) {
            for (int extension = 0; extension < 8; extension++) {
                if (extension == 6) {
                    continue;
                }
                var a = new Assembler();
                a.begin(MEMORY.executable + PROBE);
                a.constant(Assembler.RAX, value);
                // CLC; shift; PUSHF; POP RAX
                a.u8(0xF8);
                a.shift(64, extension, Assembler.RAX, 3);
                a.bytes(0x9C, 0x58, 0xC3);
                Flags.load(model, 0);
                switch (extension) {
                    case 0 -> Shift.rol64(model, value, 3);
                    case 1 -> Shift.ror64(model, value, 3);
                    case 2 -> Shift.rcl64(model, value, 3);
                    case 3 -> Shift.rcr64(model, value, 3);
                    case 4 -> Shift.shl64(model, value, 3);
                    case 5 -> Shift.shr64(model, value, 3);
                    default -> Shift.sar64(model, value, 3);
                }
                if ((probe(a) & Rflags.OF) != (Flags.arithmetic(model) & Rflags.OF)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** A bus that nobody uses. */
    private static final class NoMemory implements PhysicalBus {
        @Override
        public long pageAddress(long physical) {
            return 0;
        }

        @Override
        public int pageRights(long physical) {
            return 0;
        }

        @Override
        public long read(long physical, int size) {
            return 0;
        }

        @Override
        public void write(long physical, int size, long value) {}

        @Override
        public void watchCode(long physical, int lines, CodeWatcher watcher) {}
    }
}
