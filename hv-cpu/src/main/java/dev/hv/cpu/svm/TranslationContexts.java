package dev.hv.cpu.svm;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Breakpoints;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PageWalker;
import dev.hv.cpu.state.Tlb;
import java.util.Arrays;

/**
 * Which cached translations are those of the host and of each guest: they are told apart by ASID (APM vol. 2, 15.16), and stay over entries
 * and exits. Translations depend on control registers too, which real TLBs apply when one is used, ours when it is filled; so one ASID's are
 * dropped when it comes back under others.
 */
final class TranslationContexts {

    static final long NOT_NESTED = -1;

    private static final long ASID_MASK = 0xFFFFL << 12;
    private static final long PCID_MASK = 0xFFF;

    private final Cpu c;
    private final Npt npt;
    /** Paging modifiers by ASID that its translations were made under. */
    private int[] modifiers = new int[1];
    /** Number of the nested paging structure by ASID that its translations were made under. */
    private int[] structures = new int[1];
    private int current;
    /** CS base of the last code that was not 64-bit code: cached block entries depend on it. */
    private long legacyCodeBase;

    TranslationContexts(Cpu c, Npt npt) {
        this.c = c;
        this.npt = npt;
    }

    /** Before state is replaced by an entry or an exit. */
    void leave() {
        modifiers[current] = modifiers();
        if (!c.mode64()) {
            legacyCodeBase = c.seg[Cpu.CS].base;
        }
    }

    /** Makes a guest's translations current, whose state has been loaded. */
    void select(int asid, long nestedCr3, long hostCr4, long hostEfer) {
        int structure = nestedCr3 == NOT_NESTED ? 0 : npt.select(nestedCr3, asid, hostCr4, hostEfer);
        if (asid >= modifiers.length) {
            modifiers = Arrays.copyOf(modifiers, Integer.highestOneBit(asid) << 1);
            structures = Arrays.copyOf(structures, modifiers.length);
        }
        if (modifiers[asid] != modifiers() || structures[asid] != structure || Breakpoints.armed(c)) {
            flushLinear(asid);
            modifiers[asid] = modifiers();
            structures[asid] = structure;
        }
        activate(asid);
    }

    /** Makes the host's translations current, whose state has been loaded. */
    void selectHost() {
        if (modifiers[0] != modifiers()) {
            flushLinear(0);
            modifiers[0] = modifiers();
        }
        activate(0);
    }

    private void activate(int asid) {
        current = asid;
        long pcid = c.cr4(Control.CR4_PCIDE) ? c.cr3 & PCID_MASK : 0;
        c.tlb.select(Tlb.key(0, asid, (int) pcid));
        if (!c.mode64() && c.seg[Cpu.CS].base != legacyCodeBase) {
            legacyCodeBase = c.seg[Cpu.CS].base;
            c.tlb.forgetFetches();
        }
    }

    private int modifiers() {
        return 1 << 31 | PageWalker.modifiers(c);
    }

    /** Drops everything of one ASID. */
    void flush(int asid) {
        npt.invalidate(asid);
        flushLinear(asid);
    }

    private void flushLinear(int asid) {
        c.tlb.flushMatching(ASID_MASK, (long) asid << 12);
    }

    /** Drops everything of every ASID. */
    void flushAll() {
        npt.invalidateAll();
        // out of reach is enough, and costs less than clearing
        c.tlb.flushMatching(0, 0);
    }

    /** Forgets everything, as after power-on. */
    void reset() {
        Arrays.fill(modifiers, 0);
        Arrays.fill(structures, 0);
        npt.reset();
        c.tlb.flushAll();
    }

    void save(StateWriter out) {
        out.put("current", current);
        out.put("legacy-code-base", legacyCodeBase);
    }

    void restore(StateReader in) {
        current = (int) in.take() & 0xFFFF;
        if (current >= modifiers.length) {
            modifiers = new int[Integer.highestOneBit(current) << 1];
            structures = new int[modifiers.length];
        }
        legacyCodeBase = in.take();
    }
}
