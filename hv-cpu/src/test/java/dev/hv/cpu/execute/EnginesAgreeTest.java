package dev.hv.cpu.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.state.BranchTracking;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.ProtectionKeys;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random programs end in the same state on machine code and on the interpreter: loops, faults, system calls, writes into the program itself,
 * budgets that end anywhere. Seeds are fixed; {@code -Dhv.fuzz.seconds=N} goes on with others for so long.
 */
class EnginesAgreeTest {

    private static final int DATA = 0x200000;
    private static final int PROGRAM = 512;
    private static final int MARK = Guest.CODE + 0x10000;
    private static final int ROUNDS = 150;
    /** Instead of 64: with protection keys, masked addresses, shadow stacks and branch tracking. */
    private static final int GUARDED = 65;
    /** Instead of 64: the program lies over the end of a page, and which page comes behind it changes. */
    private static final int ACROSS = 63;
    /** Real mode, and segments of protected mode with bases and limits, whose default size is as the dice fall. */
    private static final int REAL = 16;
    private static final int SEGMENTED = 48;
    private static final int SECOND = 0x3F0000;
    private static final int SHADOW_STACK = 0x3E0000;
    private static final int USER_SHADOW_STACK = 0x3E4000;

    /** Instead of tables and handlers: a fault is counted, and the program goes on a little further. */
    private static final EventHandler SKIP = new EventHandler() {
        @Override
        public boolean take(Cpu c) {
            return EventHandler.ARCHITECTURAL.take(c);
        }

        @Override
        public void raise(Cpu c, GuestFault f) {
            c.cr2(c.cr2() * 31 + f.vector * 16L + f.errorCode);
            c.rip = 0x1230 + (int) (c.rip + 5 & PROGRAM - 1);
            c.gpr(Cpu.RSP, 0x800);
        }
    };

    @ParameterizedTest
    @CsvSource({"64, 1", "64, 2", "64, 3", "64, 4", "32, 5", "32, 6", "65, 7", "65, 8", "16, 9", "16, 10", "48, 11", "63, 12", "63, 13"})
    void onRandomPrograms(int bits, int seed) {
        long end = System.nanoTime() + Long.getLong("hv.fuzz.seconds", 0) * 1_000_000_000L;
        Random random = new Random(seed);
        int round = 0;
        do {
            for (int i = 0; i < ROUNDS; i++) {
                compare(bits, random.nextLong(), seed + "/" + round++);
            }
        } while (System.nanoTime() < end);
    }

    @Test
    void theCheckSeesWhatInterpreterAndMachineCodeDifferIn() {
        for (boolean changed : new boolean[] {false, true}) {
            Guest g = Guest.long64();
            // add eax, 1; jmp back
            int[] loop = {0x83, 0xC0, 1, 0xEB, 0xFB};
            for (int i = 0; i < loop.length; i++) {
                g.put8(Guest.CODE + i, loop[i]);
            }
            Interpreter engine = new Interpreter(g.c);
            engine.use(EngineKind.MACHINE_CODE, 1 << 20);
            engine.warmAfter(2);
            EngineCheck check = engine.checkTranslations();
            engine.run(4);
            if (changed) {
                // behind the engine's back: machine code still adds 1
                g.put8(Guest.CODE + 2, 3);
                assertThatThrownBy(() -> engine.run(100)).isInstanceOf(IllegalStateException.class).hasMessageContaining("general register 0: 3, interpreter 5")
                        .hasMessageContaining("83 c0 03  ADD");
            } else {
                engine.run(100);
                assertThat(check.compared()).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"64, 11", "32, 12", "63, 13"})
    void theCheckFindsNothing(int bits, int seed) {
        Random random = new Random(seed);
        long compared = 0;
        for (int i = 0; i < 120; i++) {
            Guest g = guest(bits, random.nextLong());
            Interpreter engine = new Interpreter(g.c);
            engine.use(EngineKind.MACHINE_CODE, 1 << 20);
            engine.warmAfter(2);
            EngineCheck check = engine.checkTranslations();
            engine.run(500);
            compared += check.compared();
        }
        assertThat(compared).isGreaterThan(60);
    }

    private static void compare(int bits, long seed, String name) {
        Guest a = guest(bits, seed);
        Guest b = guest(bits, seed);
        EventHandler handler = bits == REAL || bits == SEGMENTED ? SKIP : EventHandler.ARCHITECTURAL;
        Interpreter interpreter = new Interpreter(a.c, handler);
        interpreter.use(EngineKind.INTERPRETER, 0);
        Interpreter machine = new Interpreter(b.c, handler);
        machine.use(EngineKind.MACHINE_CODE, 1 << 20);
        machine.warmAfter(2);
        Random budgets = new Random(~seed);
        for (int i = 0; i < 12; i++) {
            int budget = 1 + budgets.nextInt(i < 6 ? 40 : 700);
            if (bits == ACROSS && budgets.nextInt(3) == 0) {
                exchange(a);
                exchange(b);
            }
            RunResult expected = interpreter.run(budget);
            assertThat(machine.run(budget)).as("program %s of seed %d, run %d", name, seed, i).isEqualTo(expected);
            assertThat(state(b)).as("program %s of seed %d, run %d", name, seed, i).isEqualTo(state(a));
            if (expected != RunResult.BUDGET) {
                break;
            }
        }
    }

    /** Puts the other one of two pages behind the first of the program. */
    private static void exchange(Guest g) {
        int pte = Guest.pte(Guest.CODE + 0x1000);
        g.put64(pte, g.get64(pte) ^ SECOND ^ Guest.CODE + 0x1000);
        g.c.tlb.flushPage(Guest.CODE + 0x1000);
    }

    private static String state(Guest g) {
        Cpu c = g.c;
        var s = new StringBuilder();
        for (int i = 0; i < 16; i++) {
            s.append("%x ".formatted(c.gpr(i)));
        }
        for (int i = 0; i < 32; i++) {
            s.append("%x %x ".formatted(c.xmm(i), c.ymmHigh(i)));
        }
        s.append("rip %x flags %x mxcsr %x cr2 %x instructions %d steps %d activity %d memory %x".formatted(c.rip, c.rflags(), c.mxcsr(), c.cr2(), c.instructions, c.steps,
                c.activity, memory(g)));
        s.append(" cpl %d context %x events %x gs %x %x %x".formatted(c.cpl, c.ctx() & 3, c.eventMask(), c.segBase(Cpu.GS), c.seg[Cpu.GS].base, c.kernelGsBase()));
        s.append(" shadow %d".formatted(c.shadow()));
        s.append(" x87 %x %x %x op %x at %x:%x of %x:%x".formatted(c.fcw, c.fsw, c.ftw, c.fop, c.fcs, c.fip, c.fds, c.fdp));
        for (int i = 0; i < 8; i++) {
            s.append(" %x.%x".formatted(c.fpSignExp[i], c.fpSignificand[i]));
        }
        s.append(" ssp %x %x cet %x %x pkru %x".formatted(c.ssp, c.levelSsp[3], c.userCet, c.supervisorCet, c.pkru()));
        for (int i : new int[] {Cpu.CS, Cpu.SS}) {
            s.append(" segment %x %x".formatted(c.seg[i].selector, c.seg[i].access));
        }
        return s.toString();
    }

    private static long memory(Guest g) {
        long h = 0;
        for (int a = 0; a < 0x5000; a += 8) {
            h = h * 31 + g.get64(DATA - 0x1000 + a);
        }
        for (int a = Guest.CODE; a < Guest.CODE + PROGRAM; a += 8) {
            h = h * 31 + g.get64(a);
        }
        for (int a = 0; a < PROGRAM; a += 8) {
            h = h * 31 + g.get64(Guest.CODE + 0x1000 - a - 8);
            h = h * 31 + g.get64(Guest.CODE + 0x1000 + a);
            h = h * 31 + g.get64(SECOND + a);
        }
        for (int a = Guest.KERNEL_STACK - 0x1000; a < Guest.KERNEL_STACK; a += 8) {
            h = h * 31 + g.get64(a);
        }
        return h;
    }

    /** Turns on what guards memory and control flow, each as the dice fall. */
    private static void guard(Guest g, Random r) {
        Cpu c = g.c;
        c.cr4 |= Control.CR4_CET | (r.nextBoolean() ? Control.CR4_PKE : 0) | (r.nextBoolean() ? Control.CR4_PKS : 0) | (r.nextBoolean() ? Control.CR4_LAM_SUP : 0);
        c.cr3 |= r.nextBoolean() ? Control.CR3_LAM_U48 : 0;
        c.supervisorCet = r.nextBoolean() ? r.nextInt(2) | (r.nextInt(3) == 0 ? BranchTracking.ENABLE : 0) : 0;
        c.userCet = r.nextBoolean() ? r.nextInt(2) | (r.nextInt(3) == 0 ? BranchTracking.ENABLE : 0) : 0;
        for (int page = 0; page < 0x4000; page += 0x1000) {
            g.put64(Guest.pte(SHADOW_STACK + page), SHADOW_STACK + page | 0x41);
            g.put64(Guest.pte(USER_SHADOW_STACK + page), USER_SHADOW_STACK + page | 0x45);
            int data = DATA + page;
            g.put64(Guest.pte(data), data | (r.nextBoolean() ? 7 : 3) | (long) r.nextInt(4) << 59);
        }
        c.ssp = SHADOW_STACK + 0x4000;
        c.levelSsp[3] = USER_SHADOW_STACK + 0x4000;
        ProtectionKeys.pkru(c, r.nextInt(256));
        ProtectionKeys.pkrs(c, r.nextInt(256) & 0xFC);
        for (int i = 0; i < 16; i++) {
            if (i != Cpu.RSP && r.nextInt(4) == 0) {
                c.gpr(i, c.gpr(i) | (long) r.nextInt(64) << 57);
            }
        }
        c.tlb.flushAll();
    }

    private static Guest guest(int bits, long seed) {
        Random r = new Random(seed);
        if (bits == REAL || bits == SEGMENTED) {
            return segments(bits, r);
        }
        boolean wide = bits != 32;
        Guest g = bits == GUARDED ? Guest.long64(CpuModels.parse("max")) : wide ? Guest.long64(r.nextBoolean() ? CpuModel.intelDefault() : CpuModel.amdDefault()) : Guest.protected32();
        Cpu c = g.c;
        for (int v = 0; v < 32; v++) {
            // every exception counts in memory and goes on somewhere in the program
            if (wide) {
                g.gate64(v, Guest.KERNEL_CODE, MARK, 14, 0, 0);
            } else {
                g.put64(Guest.IDT + 8 * v, (long) MARK & 0xFFFF | (long) Guest.KERNEL_CODE << 16 | 0x8E00L << 32 | ((long) MARK >>> 16) << 48);
            }
        }
        int[] handler = wide
                ? new int[] {0x48, 0xC7, 0xC4, 0, 8, 0x20, 0, 0xFF, 0x04, 0x25, 0, 0xFF, 0x1F, 0, 0xE9, 0, 0, 0, 0}
                : new int[] {0xBC, 0, 8, 0x20, 0, 0xFF, 0x05, 0, 0xFF, 0x1F, 0, 0xE9, 0, 0, 0, 0};
        for (int i = 0; i < handler.length; i++) {
            g.put8(MARK + i, handler[i]);
        }
        int start = bits == ACROSS ? Guest.CODE + 0x1000 - PROGRAM / 2 + r.nextInt(16) : Guest.CODE;
        int entry = start + r.nextInt(PROGRAM / 2);
        g.put32(MARK + handler.length - 4, entry - (MARK + handler.length));
        for (int i = 0; i < 0x5000; i += 8) {
            g.put64(DATA - 0x1000 + i, r.nextLong());
        }
        for (int i = 0; i < 16; i++) {
            if (i != Cpu.RSP) {
                long v = r.nextInt(3) == 0 ? r.nextLong() : r.nextInt(3) == 0 ? r.nextInt(256) : DATA + r.nextInt(0x2000);
                c.gpr(i, wide ? v : v & 0xFFFFFFFFL);
            }
        }
        for (int i = 0; i < 32; i++) {
            c.ymmHigh(i, r.nextInt(2) == 0 ? 0 : r.nextLong());
            c.xmm(i, r.nextInt(4) == 0 ? Double.doubleToLongBits(r.nextGaussian()) : r.nextLong());
        }
        c.cr4 |= Control.CR4_OSFXSR | Control.CR4_OSXSAVE;
        c.xcr0 = 7;
        c.fcw = r.nextInt(4) << 8 | r.nextInt(4) << 10 | 0x7F;
        c.ftw = 0xFFFF;
        if (wide) {
            c.star = (long) Guest.KERNEL_CODE << 32 | (long) Guest.USER_CODE32 << 48;
            c.lstar(start + r.nextInt(PROGRAM));
            c.fmask(r.nextInt(4) == 0 ? r.nextInt(1 << 22) : Rflags.IF | Rflags.TF | Rflags.AC | r.nextInt(1 << 12));
            c.kernelGsBase(r.nextInt(0x100));
            c.cr0 |= r.nextInt(3) == 0 ? Control.CR0_AM : 0;
        }
        if (bits == GUARDED) {
            guard(g, r);
        }
        c.setRflags(r.nextLong() & Rflags.ARITHMETIC | Rflags.FIXED);
        Modes.update(c);
        var p = new RandomProgram(r, wide);
        int at = start;
        while (at < start + PROGRAM) {
            byte[] insn = p.next(at - start, PROGRAM);
            for (byte x : insn) {
                g.put8(at++, x & 0xFF);
            }
        }
        // back to the start
        g.put8(at, 0xE9);
        g.put32(at + 1, start - (at + 5));
        for (int i = 0; i < 0x1000; i++) {
            g.put8(SECOND + i, g.get8(Guest.CODE + 0x1000 + i) ^ (r.nextInt(6) == 0 ? 1 << r.nextInt(8) : 0));
        }
        c.rip = start;
        return g;
    }

    /** Programs at an odd place of a segment, whose data wraps around 64 KiB or ends early. */
    private static Guest segments(int bits, Random r) {
        CpuModel model = r.nextBoolean() ? CpuModel.intelDefault() : CpuModel.amdDefault();
        Guest g = bits == REAL ? Guest.real(model) : Guest.protected32(model);
        Cpu c = g.c;
        int base = Guest.CODE - 0x1230;
        int code = bits == REAL ? Segment.REAL_CODE : Segment.REAL_CODE | (r.nextBoolean() ? Segment.DB : 0);
        int limit = r.nextInt(3) == 0 ? 0x1230 + r.nextInt(PROGRAM) : 0xFFFF;
        c.seg[Cpu.CS].set(bits == REAL ? base >> 4 : Guest.KERNEL_CODE, base, limit, code);
        for (int i : new int[] {Cpu.ES, Cpu.SS, Cpu.DS, Cpu.FS, Cpu.GS}) {
            int size = i == Cpu.SS && r.nextBoolean() && bits != REAL ? Segment.DB : 0;
            boolean odd = i != Cpu.SS && bits != REAL && r.nextInt(5) == 0;
            int type = odd ? new int[] {Segment.REAL_CODE, Segment.P | Segment.S, Segment.REAL_DATA | Segment.EXPAND_DOWN, Segment.UNUSABLE}[r.nextInt(4)] : Segment.REAL_DATA;
            c.seg[i].set(bits == REAL ? DATA >> 4 & 0xFFFF : Guest.KERNEL_DATA, DATA + 0x10 * r.nextInt(0x20), r.nextInt(3) == 0 ? 0x800 + r.nextInt(0x1000) : 0xFFFF, type | size);
        }
        for (int i = 0; i < 0x11000; i += 8) {
            g.put64(DATA - 0x1000 + i, r.nextLong());
        }
        for (int i = 0; i < 8; i++) {
            c.gpr(i, r.nextInt(4) == 0 ? r.nextInt() & 0xFFFFFFFFL : r.nextInt(4) == 0 ? 0xFFF0 + r.nextInt(32) : r.nextInt(0x1000));
        }
        c.fcw = 0x37F;
        c.ftw = 0xFFFF;
        c.cr0 |= Control.CR0_NE;
        c.cr4 |= Control.CR4_OSFXSR;
        c.setRflags(r.nextLong() & Rflags.ARITHMETIC | Rflags.FIXED);
        Modes.update(c);
        c.tlb.forgetFetches();
        var p = new RandomProgram(r, false);
        int at = Guest.CODE;
        while (at < Guest.CODE + PROGRAM) {
            for (byte x : p.next(at - Guest.CODE, PROGRAM)) {
                g.put8(at++, x & 0xFF);
            }
        }
        g.put8(at, 0xEB);
        g.put8(at + 1, 0x80);
        c.rip = 0x1230;
        return g;
    }
}
