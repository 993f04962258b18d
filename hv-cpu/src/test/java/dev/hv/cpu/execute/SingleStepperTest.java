package dev.hv.cpu.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cpu.events.Events;
import dev.hv.cpu.events.Guest;
import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Reset;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Single instructions without the engine's tables: the same results, nothing stale, little memory. */
class SingleStepperTest {

    private static final int HANDLER = 0x120000;
    private static final int DATA = 0x180000;
    private static final int PAGE = 4096;
    private static final int NOT_PRESENT = 0;

    private final Guest g = Guest.long64();
    private final Cpu c = g.c;
    private final SingleStepper stepper = new SingleStepper(c);

    private void code(int at, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            g.put8(at + i, bytes[i]);
        }
        c.rip = at;
    }

    private void handler(int vector) {
        g.gate64(vector, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
    }

    @Test
    void changedBytesAreDecodedAnew() {
        for (int i = 0; i < 100; i++) {
            // mov eax, i; or another instruction at the same place, of the same length
            code(Guest.CODE, (i & 1) == 0 ? 0xB8 : 0xB9, i, 0, 0, i);
            stepper.step();
            assertThat(c.rip).isEqualTo(Guest.CODE + 5);
            assertThat(c.gpr((i & 1) == 0 ? Cpu.RAX : Cpu.RCX)).isEqualTo(i | (long) i << 24);
        }
        // a change of the last byte of a long one: mov rax, imm64
        code(Guest.CODE, 0x48, 0xB8, 1, 2, 3, 4, 5, 6, 7, 8);
        stepper.step();
        g.put8(Guest.CODE + 9, 9);
        c.rip = Guest.CODE;
        stepper.step();
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x0907060504030201L);
        assertThat(c.instructions).isEqualTo(102);
    }

    @Test
    void theSameBytesInAnotherModeAreAnotherInstruction() {
        // 48 FF C0: inc rax, or dec eax and inc eax
        code(Guest.CODE, 0x48, 0xFF, 0xC0);
        stepper.step();
        assertThat(c.rip).isEqualTo(Guest.CODE + 3);
        c.seg[Cpu.CS].setFromDescriptor(Guest.KERNEL_CODE, Guest.CODE32);
        Modes.update(c);
        c.rip = Guest.CODE;
        stepper.step();
        assertThat(c.rip).isEqualTo(Guest.CODE + 1);
        assertThat(c.gpr(Cpu.RAX)).isZero();
    }

    @Test
    void anInstructionCrossesAPageEnd() {
        // 10 bytes, split after each of them; the second half lies elsewhere in memory
        int[] bytes = {0x48, 0xB8, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x08};
        int end = Guest.CODE + PAGE;
        g.put64(Guest.pte(end), DATA | 7);
        for (int first = 1; first < bytes.length; first++) {
            c.tlb.flushAll();
            for (int i = 0; i < bytes.length; i++) {
                g.put8(i < first ? end - first + i : DATA + i - first, bytes[i]);
            }
            c.gpr(Cpu.RAX, 0);
            c.rip = end - first;
            stepper.step();
            assertThat(c.gpr(Cpu.RAX)).as("split after %d", first).isEqualTo(0x0877665544332211L);
            assertThat(c.rip).isEqualTo(end - first + 10);
        }
    }

    @Test
    void aFaultOfTheSecondPageIsTheFetchs() {
        handler(Vector.PF);
        int end = Guest.CODE + PAGE;
        code(end - 2, 0x48, 0xB8);
        g.put64(Guest.pte(end), NOT_PRESENT);
        c.tlb.flushAll();
        stepper.step();
        assertThat(c.rip).isEqualTo(HANDLER);
        assertThat(c.cr2()).isEqualTo(end);
        assertThat(g.get64(c.gpr(Cpu.RSP) + 8)).as("RIP pushed").isEqualTo(end - 2);
        assertThat(c.instructions).isZero();
        // one that ends with its page does not look further
        code(end - 2, 0x89, 0xD8);
        c.gpr(Cpu.RBX, 7);
        stepper.step();
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(7);
        assertThat(c.rip).isEqualTo(end);
        stepper.step();
        assertThat(c.rip).as("the next fetch faults").isEqualTo(HANDLER);
        assertThat(c.cr2()).isEqualTo(end);
    }

    @Test
    void theCodeSegmentsLimitFaults() {
        Guest p = Guest.protected32();
        p.put8(Guest.CODE, 0xB8);
        p.c.seg[Cpu.CS].limit = Guest.CODE + 3;
        assertThatThrownBy(() -> new SingleStepper(p.c).execute()).isInstanceOf(GuestFault.class)
                .satisfies(f -> assertThat(((GuestFault) f).vector).isEqualTo(Vector.GP));
        p.c.seg[Cpu.CS].limit = Guest.CODE + 4;
        assertThat(new SingleStepper(p.c).execute()).isEqualTo(Outcome.NEXT);
        p.c.rip = Guest.CODE + 5;
        assertThatThrownBy(() -> new SingleStepper(p.c).execute()).isInstanceOf(GuestFault.class);
    }

    @Test
    void faultsOfOperandsAreDelivered() {
        handler(Vector.PF);
        handler(Vector.SS);
        handler(Vector.UD);
        // mov eax, [rbx]
        code(Guest.CODE, 0x8B, 0x03);
        c.gpr(Cpu.RBX, 0x12345678);
        stepper.step();
        assertThat(c.rip).isEqualTo(HANDLER);
        assertThat(c.cr2()).isEqualTo(0x12345678);
        // mov eax, [rbp]: not canonical, by SS
        code(Guest.CODE, 0x8B, 0x45, 0);
        c.gpr(Cpu.RBP, 1L << 60);
        assertThatThrownBy(stepper::execute).satisfies(f -> assertThat(((GuestFault) f).vector).isEqualTo(Vector.SS));
        assertThat(c.rip).isEqualTo(Guest.CODE);
        code(Guest.CODE, 0x0F, 0x0B);
        stepper.step();
        assertThat(c.rip).isEqualTo(HANDLER);
        assertThat(c.instructions).as("none has been executed").isZero();
    }

    @Test
    void aRepeatedInstructionIsCarriedOutInParts() {
        // rep movsb
        code(Guest.CODE, 0xF3, 0xA4);
        for (int i = 0; i < 100; i++) {
            g.put8(DATA + i, i + 1);
        }
        c.gpr(Cpu.RSI, DATA);
        c.gpr(Cpu.RDI, DATA + 0x1000);
        c.gpr(Cpu.RCX, 100);
        c.setRflags(c.rflags() | Rflags.TF);
        for (int left = 99; left >= 0; left--) {
            stepper.step();
            assertThat(c.gpr(Cpu.RCX)).isEqualTo(left);
            assertThat(c.pendingDebug).as("a trap for each iteration").isEqualTo(Events.SINGLE_STEP);
            c.pendingDebug = 0;
            assertThat(c.rip).isEqualTo(left == 0 ? Guest.CODE + 2 : Guest.CODE);
            assertThat((c.rflagsOther() & Rflags.RF) != 0).as("RF while it is not done").isEqualTo(left != 0);
            assertThat(c.instructions).isEqualTo(left == 0 ? 1 : 0);
        }
        for (int i = 0; i < 100; i++) {
            assertThat(g.get8(DATA + 0x1000 + i)).isEqualTo(i + 1);
        }
    }

    @Test
    void debugTrapsStayPendingBehindTheInstruction() {
        // mov [rbx], eax
        code(Guest.CODE, 0x89, 0x03);
        c.gpr(Cpu.RBX, DATA);
        c.setRflags(c.rflags() | Rflags.TF);
        stepper.step();
        assertThat(c.rip).isEqualTo(Guest.CODE + 2);
        assertThat(c.pendingDebug).isEqualTo(Events.SINGLE_STEP);
        c.pendingDebug = 0;
        c.setRflags(c.rflags() & ~Rflags.TF);
        // DR0 on the data, for writes; DR1 on the instruction itself, which it met where it was stopped
        c.dr[0] = DATA;
        c.dr[1] = Guest.CODE;
        c.dr[7] = 0x400 | 1 | 1 << 16 | 3 << 18 | 1 << 2;
        c.tlb.flushAll();
        Modes.update(c);
        c.rip = Guest.CODE;
        stepper.step();
        assertThat(c.rip).isEqualTo(Guest.CODE + 2);
        assertThat(c.pendingDebug).isEqualTo(Events.BREAKPOINT_MET | 1);
    }

    @Test
    void interruptShadowsBeginAndEnd() {
        // sti; nop
        code(Guest.CODE, 0xFB, 0x90);
        c.setRflags(c.rflags() & ~Rflags.IF);
        stepper.step();
        assertThat(c.shadow()).isEqualTo(Cpu.SHADOW_STI);
        stepper.step();
        assertThat(c.shadow()).isZero();
        code(Guest.CODE, 0xF4);
        stepper.step();
        assertThat(c.activity).isEqualTo(Cpu.HALTED);
        assertThat(c.rip).isEqualTo(Guest.CODE + 1);
        assertThat(c.instructions).isEqualTo(3);
    }

    @Test
    void codeComesFromABusWithoutMemory() {
        // an instruction of each length at each place around a page end: mov [rbx + disp32], imm behind 0 to 8 prefixes
        byte[] memory = new byte[3 * PAGE];
        Cpu device = new Cpu(0, CpuModel.intelDefault(), new Bytes(memory));
        Reset.powerOn(device);
        device.seg[Cpu.CS].set(0, 0, 0xFFFF, 0x9B);
        Modes.update(device);
        var bus = new SingleStepper(device);
        for (int prefixes = 0; prefixes <= 12; prefixes++) {
            for (int at = PAGE - 17; at <= PAGE + 2; at++) {
                Arrays.fill(memory, (byte) 0xCC);
                Arrays.fill(memory, at, at + prefixes, (byte) 0x3E);
                memory[at + prefixes] = (byte) 0xB8;
                memory[at + prefixes + 1] = (byte) at;
                memory[at + prefixes + 2] = (byte) prefixes;
                device.rip = at;
                for (int again = 0; again < 2; again++) {
                    device.rip = at;
                    assertThat(bus.execute()).isEqualTo(Outcome.NEXT);
                    assertThat(device.rip).isEqualTo(at + prefixes + 3);
                    assertThat(device.gpr(Cpu.RAX) & 0xFFFF).isEqualTo(at & 0xFF | prefixes << 8);
                }
            }
        }
        Arrays.fill(memory, (byte) 0x3E);
        device.rip = PAGE - 3;
        assertThatThrownBy(bus::execute).as("longer than 15 bytes").satisfies(f -> assertThat(((GuestFault) f).vector).isEqualTo(Vector.GP));
    }

    @Test
    void aSteppedProgramEndsAsOnTheInterpreter() {
        // mov ecx, 200; lea rdi, [rbx]; L: imul eax, ecx; xor [rdi + rcx*4], eax; push rax; pop rdx; dec ecx; jnz L; hlt
        int[] program = {0xB9, 200, 0, 0, 0, 0x48, 0x8D, 0x3B, 0x0F, 0xAF, 0xC1, 0x31, 0x04, 0x8F, 0x50, 0x5A, 0xFF, 0xC9, 0x75, 0xF4, 0xF4};
        Guest other = Guest.long64();
        for (Guest each : new Guest[] {g, other}) {
            for (int i = 0; i < program.length; i++) {
                each.put8(Guest.CODE + i, program[i]);
            }
            each.c.gpr(Cpu.RBX, DATA);
            each.c.gpr(Cpu.RAX, 0x1234567);
        }
        while (c.activity == Cpu.ACTIVE) {
            stepper.step();
        }
        new Interpreter(other.c).run(10_000);
        assertThat(c.generalRegisters()).isEqualTo(other.c.generalRegisters());
        assertThat(c.rflags()).isEqualTo(other.c.rflags());
        assertThat(c.rip).isEqualTo(other.c.rip);
        assertThat(c.instructions).isEqualTo(other.c.instructions).isEqualTo(2 + 200 * 6 + 1);
        for (int i = 0; i <= 200; i++) {
            assertThat(g.get32(DATA + 4 * i)).isEqualTo(other.get32(DATA + 4 * i));
        }
    }

    @Test
    void itStaysSmall() throws IllegalAccessException {
        // long instructions with all parts at many places: lock add dword [rax + rcx*4 + disp32], imm32
        for (int at = 0; at < 64 * 16; at += 16) {
            code(Guest.CODE + at, 0xF0, 0x81, 0x84, 0x88, 0, 0, 0, 0, 1, 0, 0, 0);
            c.gpr(Cpu.RAX, DATA);
            c.gpr(Cpu.RCX, 0);
            stepper.step();
            assertThat(c.rip).isEqualTo(Guest.CODE + at + 12);
        }
        var seen = Collections.newSetFromMap(new IdentityHashMap<Object, Boolean>());
        assertThat(size(stepper, seen)).as("bytes").isBetween(500L, 8192L);
    }

    /** Bytes of what an object reaches, the processor and what is shared by all excepted; no reference is taken as compressed. */
    private static long size(Object o, Set<Object> seen) throws IllegalAccessException {
        if (o == null || o instanceof Cpu || o instanceof Enum<?> || o instanceof Class<?> || !seen.add(o)) {
            return 0;
        }
        Class<?> type = o.getClass();
        long size = 16;
        if (type.isArray()) {
            int length = Array.getLength(o);
            assertThat(length).as("elements of %s", type).isLessThanOrEqualTo(64);
            for (int i = 0; i < length; i++) {
                size += 8 + (type.getComponentType().isPrimitive() ? 0 : size(Array.get(o, i), seen));
            }
            return size;
        }
        for (Class<?> k = type; k != Object.class; k = k.getSuperclass()) {
            for (Field f : k.getDeclaredFields()) {
                if (!Modifier.isStatic(f.getModifiers())) {
                    f.setAccessible(true);
                    size += f.getType() == long.class || !f.getType().isPrimitive() ? 8 : 4;
                    size += f.getType().isPrimitive() ? 0 : size(f.get(o), seen);
                }
            }
        }
        return size;
    }

    /** Memory that is reached through reads alone, as a partition's is. */
    private record Bytes(byte[] memory) implements PhysicalBus {
        @Override
        public long pageAddress(long physical) {
            return 0;
        }

        @Override
        public int pageRights(long physical) {
            return READ | WRITE;
        }

        @Override
        public long read(long physical, int size) {
            assertThat((physical & PAGE - 1) + size).as("within a page").isLessThanOrEqualTo(PAGE);
            long v = 0;
            for (int i = size - 1; i >= 0; i--) {
                v = v << 8 | memory[(int) physical + i] & 0xFF;
            }
            return v;
        }

        @Override
        public void write(long physical, int size, long value) {}

        @Override
        public void watchCode(long physical, int lines, CodeWatcher watcher) {}
    }
}
