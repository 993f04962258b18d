package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.BUDGET;
import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.StateLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A block on its way to machine code: the code so far, where the flags are, and the ways out. What is hardly ever run (ways out to the
 * interpreter) goes to the cold part of the code memory.
 */
final class Emission {

    /** Why machine code leaves: the low bits of what it returns; the number of the {@linkplain Sites site} is above them. */
    static final int SLOW = 0;
    static final int CHAIN = 1;
    static final int LOOKUP = 2;
    static final int REFUSE = 3;
    static final int SITE_SHIFT = 2;

    /**
     * An access that the translation cache may not know.
     *
     * @param accessed its bytes, negative for a write
     * @param register of the host that the address is relative to, -1 for the operand of the instruction
     */
    private record Missed(Insn d, int accessed, int register, int offset) {}

    private final Assembler hot;
    private final Assembler cold;
    private Assembler current;
    private final Sites sites;
    /** Where machine code leaves with its reason in S0, and where it looks for the block at the RIP in S0. */
    private final long exit;
    private final long dispatch;
    /** A function that exchanges the two entries of the translation cache at the offset in S1. */
    private final long exchange;
    final StringFunctions strings;
    private final CrossingReads crossings;
    final GuestRegisters registers = new GuestRegisters();
    final FlagKeeper flags = new FlagKeeper(registers);

    /** Forms the address of an access anew, in S0. */
    interface Address {
        /** Relative to a register of the host's, or that of the operand of the instruction in hand for -1. */
        void form(int register, int offset);
    }

    /** How to form the address of the instruction in hand. */
    Address address;
    Translatable block;
    Insn d;
    Effect e;
    /** Index of the instruction in hand. */
    int op;
    /** By instruction, whether somebody may ask for flags that were set before it; one more for the end. */
    final boolean[] needed = new boolean[Translator.MOST + 1];
    /** MXCSR has been looked at since the last way out to the interpreter. */
    boolean floating;
    /** That the host's x87 registers are the guest's has been looked at since the block began. */
    private boolean x87;
    /** Behind the check of the budget. */
    private int body;
    private final int[] before = new int[Translator.MOST];
    private final FlagKeeper.Place[] beforePlace = new FlagKeeper.Place[Translator.MOST];
    /** The instruction in hand may be tried again. */
    private boolean retries;
    /** Ways out before it. */
    private int sitesBefore;
    private final int[] after = new int[Translator.MOST];
    private final FlagKeeper.Place[] afterPlace = new FlagKeeper.Place[Translator.MOST];
    private final List<Stub> stubs = new ArrayList<>();

    /** A way out: a jump to code that is written behind the block. */
    private record Stub(Kind kind, int jump, int op, int site, long rip, FlagKeeper.Place place, Recipe recipe, boolean clearAdjust, Missed missed) {
        enum Kind {
            SLOW,
            MISS,
            CHAIN,
            TAKEN,
            CALL,
            REFUSE,
            REFUSE_AGAIN,
            FLOATING
        }
    }

    Emission(Assembler hot, Assembler cold, Sites sites, long exit, long dispatch, long exchange, StringFunctions strings, CrossingReads crossings) {
        this.hot = hot;
        this.cold = cold;
        current = hot;
        this.sites = sites;
        this.exit = exit;
        this.dispatch = dispatch;
        this.exchange = exchange;
        this.strings = strings;
        this.crossings = crossings;
    }

    /** The code in hand: that of the block itself, or of a way out. */
    Assembler code() {
        return current;
    }

    void begin(Translatable b) {
        block = b;
        stubs.clear();
        floating = false;
        x87 = false;
        flags.begin(hot);
        // the first bytes become a jump when the block is dropped
        hot.bytes(0x49, 0x83, 0xE8 | BUDGET & 7, b.count);
        add(Stub.Kind.REFUSE, hot.jumpIf(Assembler.SIGN), -1, 0);
        body = hot.position();
    }

    private void add(Stub.Kind kind, int jump, int site, long rip) {
        add(kind, jump, site, rip, null);
    }

    private void add(Stub.Kind kind, int jump, int site, long rip, Missed missed) {
        stubs.add(new Stub(kind, jump, op, site, rip, flags.place(), flags.recipe(), flags.clearAdjust(), missed));
    }

    /** The instruction in hand is about to be written. */
    void start() {
        if (!registersOnly()) {
            // machine code may come back to its beginning
            hot.forget();
        }
        sitesBefore = sites.count();
        before[op] = hot.position();
        beforePlace[op] = flags.place();
        retries = true;
    }

    /** Whether the instruction in hand has nothing to do with memory. */
    private boolean registersOnly() {
        return switch (e.kind) {
            case LEA, MOVE_IMMEDIATE, BSWAP, EXCHANGE_ACCUMULATOR, STEP, IMPLICIT -> true;
            case SAME, MULTIPLY, SCAN, COUNT, BITS -> d.isReg;
            default -> false;
        };
    }

    /** What the instruction in hand accesses is in no settled order: the interpreter alone looks it up. */
    void neverRetry() {
        retries = false;
    }

    /**
     * Leaves when the translation cache does not know a page: for it to be looked up and the instruction to be tried again, if this is its first
     * access, else to the interpreter.
     */
    void missIfNotEqual(int bytes, boolean write, int register, int offset) {
        if (!retries) {
            slowIf(Assembler.NOT_EQUAL);
            return;
        }
        // of two, one could drive the other out of the cache for ever
        retries = false;
        add(Stub.Kind.MISS, hot.jumpIf(Assembler.NOT_EQUAL), sites.add(block, op), 0, new Missed(d, write ? -bytes : bytes, register, offset));
        // from the second way
        hot.forget();
    }

    /** The instruction in hand has been written. */
    void done() {
        if (sites.count() != sitesBefore) {
            // machine code may come back behind it
            hot.forget();
        }
        after[op] = hot.position();
        afterPlace[op] = flags.place();
    }

    /** Leaves to the interpreter for the instruction in hand when the condition holds. */
    void slowIf(int condition) {
        add(Stub.Kind.SLOW, hot.jumpIf(condition), sites.add(block, op), 0);
    }

    /** Has a function carry out the instruction in hand when the condition holds; it sets ZF if it has, else the interpreter does. Flags are in memory. */
    void callIf(int condition, long function) {
        add(Stub.Kind.CALL, hot.jumpIf(condition), sites.add(block, op), function);
    }

    /** Leaves a repeated instruction to the interpreter when the condition holds, unless its count in RCX is 0. Flags are in memory. */
    void slowIfAny(int condition) {
        callIf(condition, 0);
    }

    /** Leaves the instruction in hand to the interpreter. */
    void slow() {
        flags.toMemory();
        int site = sites.add(block, op);
        hot.constant(S0, SLOW | (long) site << SITE_SHIFT);
        hot.jump(exit);
        sites.address(site, hot.here());
        floating = false;
    }

    /** Leaves the instruction in hand to the interpreter when a register of the host holds no canonical address. Destroys S1 and flags. */
    void leaveUnlessCanonical(int register) {
        hot.move(64, S1, register);
        hot.shift(64, Assembler.SAR, S1, 47);
        // 0 and -1 become 1 and 0
        hot.alu(64, Assembler.ADD, S1, 1);
        hot.alu(64, Assembler.CMP, S1, 1);
        slowIf(Assembler.ABOVE);
    }

    /** Makes sure that the host's MXCSR is the guest's; leaves to the interpreter when an exception is not masked. Destroys flags. */
    void floatingPoint() {
        if (!floating) {
            hot.compareByte(StateLayout.FLOATING, 0);
            add(Stub.Kind.FLOATING, hot.jumpIf(Assembler.EQUAL), sites.add(block, op), 0);
            floating = true;
        }
    }

    /** Makes sure that the host's x87 registers are the guest's, or leaves to the interpreter, behind which they are. Destroys flags. */
    void x87() {
        if (!x87) {
            hot.compareByte(StateLayout.X87_HELD, 0);
            slowIf(Assembler.EQUAL);
            x87 = true;
        }
    }

    /** A conditional jump to another block. */
    void branch(int condition, long rip) {
        add(Stub.Kind.TAKEN, hot.jumpIf(condition), -1, rip);
    }

    /** A jump to another block, which what was written before may have skipped. */
    void branchAlways(long rip) {
        add(Stub.Kind.TAKEN, hot.jump(), -1, rip);
    }

    /** Whether code is in 64-bit mode or in a segment without base and limit. */
    boolean flat() {
        return (block.mode & (Modes.CODE64 | Modes.FLAT)) != 0;
    }

    /** Whether a target may be beyond the limit of the code segment: before the end of this block it is not. */
    boolean beyond(long rip) {
        return !flat() && rip > block.rip + block.offsets[block.count] - 1;
    }

    /** Leaves to the interpreter when a target is beyond the limit of the code segment. Destroys flags then. */
    void limit(long rip) {
        if (beyond(rip)) {
            flags.toMemory();
            hot.state(32, 0x81, Assembler.CMP, StateLayout.CODE_LIMIT);
            hot.u32((int) rip);
            slowIf(Assembler.BELOW);
        }
    }

    /** Goes on in the block at a known place. */
    void chain(long rip) {
        flags.save();
        // a link would pass by the look at the limit of a code segment that has changed
        long place = (block.physical & 0xFFF) + rip - block.rip;
        if (!flat() || (place & ~0xFFFL) != 0) {
            hot.constant(S0, rip);
            hot.jump(dispatch);
            return;
        }
        int site = sites.add(block, op);
        sites.rip(site, rip);
        int jump = hot.jump();
        sites.address(site, hot.address(jump));
        add(Stub.Kind.CHAIN, jump, site, rip);
    }

    /** Goes on at the RIP in S0; flags are in memory. */
    void dispatch() {
        hot.jump(dispatch);
    }

    /** Writes the ways out. */
    void finish() {
        int own = stubs.size();
        for (int i = 0; i < own; i++) {
            Stub s = stubs.get(i);
            if (s.kind == Stub.Kind.TAKEN) {
                taken(s);
            }
        }
        for (Stub s : stubs) {
            switch (s.kind) {
                case REFUSE -> refuse(s);
                case REFUSE_AGAIN -> refuseAgain(s);
                case CHAIN -> leave(s, CHAIN);
                case SLOW -> slow(s);
                case MISS -> miss(s);
                case CALL -> call(s);
                case FLOATING -> loadMxcsr(s);
                default -> {}
            }
        }
        if (block.secondPage >= 0) {
            lookUp();
        }
    }

    private void taken(Stub s) {
        hot.bind(s.jump, hot.here());
        flags.resume(hot, s.place, s.recipe, s.clearAdjust);
        op = s.op;
        if (s.rip == block.rip && !needed[0]) {
            again();
            return;
        }
        flags.save();
        limit(s.rip);
        int back = block.count - s.op - 1;
        if (back != 0) {
            hot.lea(64, BUDGET, BUDGET, back);
        }
        chain(s.rip);
    }

    /** Goes to the start of this same block, which asks for no flags: they need be right only where the budget ends. */
    private void again() {
        flags.clobber();
        hot.bytes(0x49, 0x83, 0xE8 | BUDGET & 7, op + 1);
        add(Stub.Kind.REFUSE_AGAIN, hot.jumpIf(Assembler.SIGN), -1, 0);
        hot.jump(hot.address(body));
    }

    /** Another address space may have something else behind the page's end: a jump to such a block goes by its address each time. */
    private void lookUp() {
        block.lookedUp = cold.here();
        cold.constant(S0, block.rip);
        cold.jump(dispatch);
    }

    private void leave(Stub s, int reason) {
        hot.bind(s.jump, cold.here());
        cold.constant(S0, reason | (long) s.site << SITE_SHIFT);
        cold.jump(exit);
    }

    private void refuse(Stub s) {
        hot.bind(s.jump, cold.here());
        cold.lea(64, BUDGET, BUDGET, block.count);
        block.refusal = cold.here();
        cold.constant(S0, REFUSE | (long) sites.add(block, 0) << SITE_SHIFT);
        cold.jump(exit);
    }

    private void refuseAgain(Stub s) {
        hot.bind(s.jump, cold.here());
        flags.resume(cold, s.place, s.recipe, s.clearAdjust);
        flags.save();
        cold.lea(64, BUDGET, BUDGET, block.count);
        cold.jump(block.refusal);
    }

    private void slow(Stub s) {
        hot.bind(s.jump, cold.here());
        out(s);
    }

    private void miss(Stub s) {
        hot.bind(s.jump, cold.here());
        cold.indexed(64, 0x3B, S0, S1, StateLayout.TLB_SECOND + (s.missed.accessed < 0 ? Long.BYTES : 0));
        int neither = cold.skipIf(Assembler.NOT_EQUAL);
        cold.call(exchange);
        cold.jump(hot.address(s.jump + Integer.BYTES));
        cold.bindShort(neither);
        long crossing = crossings.of(s.missed.accessed);
        if (crossing != 0) {
            form(s.missed);
            cold.call(crossing);
            int unknown = cold.skipIf(Assembler.NOT_EQUAL);
            cold.jump(hot.address(s.jump + Integer.BYTES));
            cold.bindShort(unknown);
        }
        flags.resume(cold, s.place, s.recipe, s.clearAdjust);
        flags.save();
        form(s.missed);
        cold.store(64, StateLayout.MISSED, S0);
        leaveForOne(s);
        sites.again(s.site, s.missed.accessed, back(before[s.op], beforePlace[s.op]));
    }

    /** The address of an access into S0, in the cold part. */
    private void form(Missed missed) {
        current = cold;
        d = missed.d;
        address.form(missed.register, missed.offset);
        current = hot;
    }

    private void call(Stub s) {
        hot.bind(s.jump, cold.here());
        if (s.rip == 0) {
            cold.rr(64, 0x85, Assembler.RCX, Assembler.RCX);
        } else {
            cold.call(s.rip);
        }
        int left = cold.skipIf(Assembler.NOT_EQUAL);
        cold.jump(hot.address(after[s.op]));
        cold.bindShort(left);
        out(s);
    }

    /** Leaves for one instruction, and comes back behind it with the flags where the code there expects them. */
    private void out(Stub s) {
        flags.resume(cold, s.place, s.recipe, s.clearAdjust);
        flags.save();
        leaveForOne(s);
    }

    private void leaveForOne(Stub s) {
        cold.constant(S0, SLOW | (long) s.site << SITE_SHIFT);
        cold.jump(exit);
        if (s.op + 1 < block.count) {
            sites.address(s.site, back(after[s.op], afterPlace[s.op]));
        }
    }

    /** Where to come back to a place in the block's code, with the flags in memory. */
    private long back(int position, FlagKeeper.Place expected) {
        if (expected != FlagKeeper.Place.HOST && expected != FlagKeeper.Place.BOTH) {
            return hot.address(position);
        }
        long here = cold.here();
        FlagKeeper.restore(cold);
        cold.jump(hot.address(position));
        return here;
    }

    private void loadMxcsr(Stub s) {
        hot.bind(s.jump, cold.here());
        // all exceptions masked?
        cold.load(32, S0, StateLayout.MXCSR);
        cold.rr(32, 0xF7, 2, S0);
        cold.registers(32, 0, 0, 0xF7, 0, S0, false);
        cold.u32(MXCSR_MASKS);
        int masked = cold.jumpIf(Assembler.EQUAL);
        out(s);
        cold.bind(masked, cold.here());
        cold.state(32, 0, 1, 0xAE, 2, StateLayout.MXCSR);
        cold.state(8, 0xC6, 0, StateLayout.FLOATING);
        cold.u8(1);
        cold.jump(hot.address(s.jump + 4));
    }

    /** The exception masks of MXCSR. */
    static final int MXCSR_MASKS = 0x1F80;
}
