package dev.hv.cpu.execute;

import dev.hv.cpu.decode.Decoder;
import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.decode.Table;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.NestedPaging;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.PortBus;
import dev.hv.cpu.state.VmExitSignal;
import java.util.Arrays;

/**
 * The engine's check of itself ({@code HV_ENGINE_CHECK=1}): before a translated block runs for the first time, a second processor interprets the
 * same instructions on private copies of the pages that they touch; afterwards registers, flags and these pages must be the same. What meets
 * devices, ports, clocks, faults or VM exits is not compared. Of no use in parallel mode, where others write meanwhile.
 */
final class EngineCheck {

    /** Whether the user asks for it. */
    static final boolean WANTED = "1".equals(System.getenv("HV_ENGINE_CHECK"));

    private static final int MOST = 64;
    private static final long FNV = 0x100000001B3L;

    private final Cpu c;
    private final PrivatePages pages;
    private final Cpu shadow;
    private final SingleStepper stepper;
    private final Tape tape = new Tape();
    /** State of the second processor after each number of instructions, a hash of its pages behind it. */
    private final long[][] states = new long[MOST + 1][];
    private final int[] pageCounts = new int[MOST + 1];
    private int steps;
    private Block block;
    private long before;
    /** Blocks that were compared. */
    private long compared;

    EngineCheck(Cpu c) {
        this.c = c;
        pages = new PrivatePages(c.bus);
        shadow = new Cpu(c.index, c.model, pages);
        shadow.processors = c.processors;
        shadow.time = () -> {
            throw new PrivatePages.NoMemory();
        };
        shadow.ports = new PortBus() {
            @Override
            public int in(int port, int size) {
                throw new PrivatePages.NoMemory();
            }

            @Override
            public void out(int port, int size, int value) {
                throw new PrivatePages.NoMemory();
            }
        };
        stepper = new SingleStepper(shadow);
    }

    /** Interprets a block's instructions beside the processor; false when there is nothing to compare. */
    boolean begin(Block b) {
        if (b.checked || c.parallel) {
            return false;
        }
        b.checked = true;
        pages.forget();
        tape.rewind();
        c.save(tape);
        tape.rewind();
        shadow.restore(tape);
        shadow.nested = c.nested == null ? null : new Borrowed(c);
        shadow.tlb.flushAll();
        block = b;
        before = c.instructions;
        steps = 0;
        try {
            while (steps < b.count) {
                int outcome = stepper.execute();
                if (outcome != Outcome.NEXT && outcome != Outcome.BRANCH) {
                    break;
                }
                steps++;
                pageCounts[steps] = pages.count();
                states[steps] = state(shadow, pages.hash(pages.count()));
            }
        } catch (GuestFault | VmExitSignal | PrivatePages.NoMemory | NullPointerException e) {
            // a fault, an exit, a device, or a part of the machine that the second processor does not have: so far and no further
        }
        return steps > 0;
    }

    /**
     * Compares, when machine code has run from that block on and left between two instructions.
     *
     * @throws IllegalStateException when the two differ
     */
    void end() {
        long executed = c.instructions - before;
        if (executed < 1 || executed > steps) {
            return;
        }
        int n = (int) executed;
        compared++;
        long[] is = state(c, pages.hashOfMemory(pageCounts[n]));
        if (!Arrays.equals(is, states[n])) {
            throw new IllegalStateException(difference(n, is, states[n]));
        }
    }

    long compared() {
        return compared;
    }

    private static long[] state(Cpu c, long memory) {
        long[] s = new long[86];
        for (int i = 0; i < 16; i++) {
            s[i] = c.gpr(i);
        }
        for (int i = 0; i < 32; i++) {
            s[16 + i] = c.xmm(i);
        }
        for (int i = 0; i < 32; i++) {
            s[48 + i] = c.ymmHigh(i);
        }
        s[80] = c.rip;
        s[81] = c.rflags();
        s[82] = c.mxcsr();
        s[83] = c.cpl;
        s[84] = c.segBase(Cpu.GS);
        s[85] = memory;
        return s;
    }

    private String difference(int n, long[] is, long[] expected) {
        var text = new StringBuilder("machine code of the block at %x (physical %x) differs from the interpreter after %d instructions".formatted(block.rip, block.physical, n));
        for (int i = 0; i < is.length; i++) {
            if (is[i] != expected[i]) {
                text.append("\n  %s: %x, interpreter %x".formatted(name(i), is[i], expected[i]));
            }
        }
        Insn d = new Insn();
        var decoder = new Decoder(d, !c.model.intel());
        long page = c.bus.pageAddress(block.physical);
        long second = block.secondPage < 0 ? 0 : c.bus.pageAddress(block.secondPage);
        for (int i = 0; i < block.count && page != 0; i++) {
            int length = block.offsets[i + 1] - block.offsets[i];
            text.append("\n  %x:".formatted(block.rip + block.offsets[i]));
            long[] bytes = new long[2];
            for (int k = 0; k < length; k++) {
                long place = (block.physical & 0xFFF) + block.offsets[i] + k;
                long v = Raw.get8(place < Page.SIZE ? page + place : second + place - Page.SIZE) & 0xFFL;
                bytes[k >> 3] |= v << 8 * (k & 7);
                text.append(" %02x".formatted(v));
            }
            if (decoder.decode(bytes[0], bytes[1], length, block.rip + block.offsets[i], block.mode) == length && d.id >= 0) {
                text.append("  ").append(Table.mnemonic(d.id));
            }
        }
        return text.toString();
    }

    private static String name(int i) {
        return i < 16 ? "general register " + i : i < 80 ? "%s%d, %s half".formatted(i < 48 ? "XMM" : "upper half of YMM", i - 16 >> 1 & 15, (i & 1) == 0 ? "low" : "high")
                : new String[] {"RIP", "RFLAGS", "MXCSR", "CPL", "GS base", "hash of memory"}[i - 80];
    }

    /** Hash of a page's bytes. */
    static long hash(long raw, long h) {
        for (int i = 0; i < 4096; i += 8) {
            h = (h ^ Raw.get64(raw + i)) * FNV;
            h ^= h >>> 29;
        }
        return h;
    }

    /** The processor's second-level translation, lent: what the second processor walks, the first is about to walk too. */
    private record Borrowed(Cpu owner) implements NestedPaging {

        @Override
        public long translate(Cpu asking, long guestPhysical, int access, long guestLinear) {
            owner.tlb.walkedUncached = false;
            long p = owner.nested.translate(owner, guestPhysical, access, guestLinear);
            asking.tlb.walkedUncached |= owner.tlb.walkedUncached;
            return p;
        }

        @Override
        public int rights() {
            return owner.nested.rights();
        }

        @Override
        public int permissions() {
            return owner.nested.permissions();
        }

        @Override
        public void checkRegister(Cpu asking, int offset, int size, int access) {
            owner.nested.checkRegister(owner, offset, size, access);
        }

        @Override
        public long readRegister(Cpu asking, int offset, int size) {
            return owner.nested.readRegister(owner, offset, size);
        }

        /** Memory is compared where the second processor writes by itself: registers are written once, by the first. */
        @Override
        public void writeRegister(Cpu asking, int offset, int size, long value) {
            checkRegister(asking, offset, size, Mem.WRITE);
        }
    }

    /** State on its way from one processor to the other. */
    private static final class Tape implements StateWriter, StateReader {

        private long[] values = new long[512];
        private int at;

        void rewind() {
            at = 0;
        }

        @Override
        public void begin(String name, int version) {}

        @Override
        public int begin(String name) {
            return 0;
        }

        @Override
        public void end() {}

        @Override
        public void put(long value) {
            if (at == values.length) {
                values = Arrays.copyOf(values, 2 * at);
            }
            values[at++] = value;
        }

        @Override
        public void put(byte[] bytes, int offset, int length) {
            throw new UnsupportedOperationException("a processor has no bytes");
        }

        @Override
        public long take() {
            return values[at++];
        }

        @Override
        public byte[] takeBytes() {
            throw new UnsupportedOperationException("a processor has no bytes");
        }
    }
}
