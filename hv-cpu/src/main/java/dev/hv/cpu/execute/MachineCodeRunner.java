package dev.hv.cpu.execute;

import dev.hv.cpu.forms.Op;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.MemSlow;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.translate.MachineCode;

/**
 * Runs the machine code of one processor, and between two stretches of it what it leaves: single instructions to their operations, pages that the
 * translation cache does not know, jumps to blocks that it has not met.
 */
final class MachineCodeRunner {

    /** Instructions that machine code runs at a stretch, in some tens of microseconds: requests and the garbage collector wait for it. */
    private static final long STRETCH = 50_000;
    /** Instead of an outcome: machine code left between two blocks. */
    static final int LEFT = -1;
    /** Instead of an outcome: the instruction faults, {@link Cpu#lastFault}. */
    static final int FAULTED = -2;

    private final Cpu c;
    private final CodeCache cache;
    private final long size;
    /** Null until the first block is warm, and where there is none. */
    private MachineCode code;
    /** The block that machine code left in, and the instruction: for who unwinds. */
    Block left;
    int leftAt;
    /** A jump at this site wants to be linked to the next block; -1 for none. */
    private int linking = -1;
    /** What the site belongs to: it is void when all machine code was dropped meanwhile. */
    private int linkingIn;
    /** The next block was looked for by an indirect jump. */
    private boolean jumping;
    /** A dropped block that a jump still led to. */
    private Block dropped;

    /**
     * A runner without code.
     *
     * @param size bytes of code to keep, of all processors of the machine
     */
    MachineCodeRunner(Cpu c, CodeCache cache, long size) {
        this.c = c;
        this.cache = cache;
        this.size = size;
        cache.machine = null;
    }

    /** What was done since power-on, {@code blocks} aside. */
    EngineStatistics statistics(long blocks) {
        return code == null ? new EngineStatistics(blocks, 0, 0, 0, 0, 0, 0) : new EngineStatistics(blocks, code.blocksTranslated(),
                code.instructionsTranslated(), code.bytesWritten(), code.entries(), code.slowExits(), code.fills());
    }

    /** The next block is none that machine code asked for. */
    void interpreting() {
        linking = -1;
        jumping = false;
    }

    /** Has machine code, if the host allows it. */
    boolean start() {
        if (code == null) {
            code = MachineCode.create(c, size / c.codeShares);
            cache.machine = code;
        }
        return code != null;
    }

    /** Translates a block alone, whatever is in the way. */
    void translateAlone(Block b) {
        if (code.full()) {
            code.reset();
        }
        code.translate(b);
    }

    /** Translates a block; or, when there is no room, drops all machine code. */
    void translate(Block b) {
        if (code.full()) {
            // decoded blocks stay: where blocks end must not depend on the engine
            cache.forgetMachineCode();
            interpreting();
        } else {
            code.translate(b);
        }
    }

    /**
     * Runs machine code from a block on, and for it the instructions that it leaves to the interpreter, until something else is to be done:
     * then {@link #left} and {@link #leftAt} say where it is.
     *
     * @return {@link #LEFT} between two blocks, with RIP at the next one; else the outcome of an instruction
     */
    int run(Block b, long rip, long key, long limit) {
        Cpu c = this.c;
        MachineCode m = code;
        if (linking >= 0) {
            if (linkingIn == m.generation()) {
                m.link(linking, b);
                if (b.secondPage >= 0) {
                    m.remember(rip, key, b);
                }
            }
            linking = -1;
        } else if (jumping) {
            m.remember(rip, key, b);
            jumping = false;
        }
        if (dropped != null) {
            if (dropped.rip == b.rip && dropped.physical == b.physical && dropped.mode == b.mode && dropped.secondPage == b.secondPage) {
                m.redirect(dropped, b);
            }
            dropped = null;
        }
        boolean x87 = b.x87();
        long at = m.entry(b);
        while (true) {
            long budget = Math.min(limit - c.instructions, STRETCH);
            long why = m.run(at, budget, x87);
            c.instructions += budget - m.left();
            int site = MachineCode.site(why);
            switch (MachineCode.reason(why)) {
                case MachineCode.SLOW -> {
                    Block x = (Block) m.block(site);
                    int i = m.operation(site);
                    int n = x.count;
                    left = x;
                    x87 |= x.x87();
                    cache.running = x;
                    leftAt = i;
                    int missed = m.missedBytes(site);
                    if (missed != 0) {
                        int filled = MemSlow.fill(c, m.missed(), Math.abs(missed), missed < 0);
                        if (filled == MemSlow.FILLED) {
                            at = m.again(site);
                            continue;
                        }
                        if (filled == MemSlow.FAULTED) {
                            return FAULTED;
                        }
                    }
                    long before = c.fetchKey();
                    int r = x.ops[i].exec(c);
                    if (r != Outcome.NEXT) {
                        return r;
                    }
                    at = m.resumeAt(site);
                    if (++i < n && at != 0 && x.valid && (c.events & c.eventMask() | c.requests) == 0 && c.fetchKey() == before && c.instructions <= limit) {
                        continue;
                    }
                    Op[] ops = x.ops;
                    for (; i < n; i++) {
                        leftAt = i;
                        r = ops[i].exec(c);
                        if (r != Outcome.NEXT) {
                            break;
                        }
                    }
                    leftAt = i;
                    return r;
                }
                case MachineCode.CHAIN -> {
                    left = (Block) m.block(site);
                    c.rip = m.linkedRip(site);
                    linking = left.valid ? site : -1;
                    linkingIn = m.generation();
                    return LEFT;
                }
                case MachineCode.LOOKUP -> {
                    left = b;
                    c.rip = m.nextRip();
                    jumping = true;
                    return LEFT;
                }
                default -> {
                    left = (Block) m.block(site);
                    c.rip = left.rip;
                    dropped = left.valid ? null : left;
                    return LEFT;
                }
            }
        }
    }
}
