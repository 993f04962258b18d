package dev.hv.cpu.vmx;

import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PageWalker;
import dev.hv.cpu.state.Tlb;

/** The TLB's contexts of host and guests: what a VM entry or exit selects, and what it invalidates (SDM vol. 3C, 28.4). */
final class TranslationContexts {

    private static final long VPID_MASK = 0xFFFFL << 12;
    private static final long PCID_MASK = 0xFFF;

    private final VmxUnit unit;
    private final Cpu c;
    /** CS base of the last code that was not 64-bit code: cached block entries depend on it. */
    private long legacyCodeBase;

    TranslationContexts(VmxUnit unit) {
        this.unit = unit;
        c = unit.c;
    }

    /**
     * What cached translations depend on beside the tables: CR0.WP and PG, CR4.PSE, PAE, SMEP and SMAP, EFER.NXE and LMA.
     * Real TLBs apply most of these at use; ours when it is filled, so a change between an exit and the next entry
     * of the same guest must flush.
     */
    int pagingModifiers() {
        return PageWalker.modifiers(c);
    }

    /** Selects the translation context of the state just loaded, and recomputes what derives from that state. */
    void selectContext(int root, int vpid) {
        long pcid = (c.cr4 & Control.CR4_PCIDE) != 0 ? c.cr3 & PCID_MASK : 0;
        c.tlb.select(Tlb.key(root, vpid, (int) pcid));
        if (!c.mode64()) {
            if (c.seg[Cpu.CS].base != legacyCodeBase) {
                legacyCodeBase = c.seg[Cpu.CS].base;
                c.tlb.forgetFetches();
            }
        }
    }

    /** Before state is replaced by an entry or exit. */
    void leaveContext() {
        if (!c.mode64()) {
            legacyCodeBase = c.seg[Cpu.CS].base;
        }
    }

    /** Drops the translations of one guest under every PCID. */
    void flushGuest(int root, int vpid) {
        c.tlb.flushMatching(~PCID_MASK, Tlb.key(root, vpid, 0));
    }

    /** Drops the translations of a VPID, under every EPT pointer and PCID; those of 0 at entries and exits without VPID (28.4.3.1). */
    void flushVpid(int vpid) {
        c.tlb.flushMatching(VPID_MASK, (long) vpid << 12);
    }

    /** Makes the translation context of the guest being run current, for the EPT pointer that its VMCS has now. */
    void selectGuest() {
        int root = (unit.secondary & VmxControls.EPT) != 0 ? unit.ept.select(unit.vmcs.get(VmcsField.EPT_POINTER), unit.secondary) : 0;
        selectContext(root, (unit.secondary & VmxControls.ENABLE_VPID) != 0 ? unit.vmcs.get32(VmcsField.VPID) : 0);
    }

    /** INVEPT; false for an operand that is none. */
    boolean invept(long type, long pointer, long reserved) {
        if (reserved != 0) {
            return false;
        }
        if (type == 1) {
            if (!EntryControlChecks.eptPointer(unit, pointer)) {
                return false;
            }
            unit.ept.invalidate(pointer);
        } else if (type == 2) {
            unit.ept.invalidateAll();
        } else {
            return false;
        }
        return true;
    }

    /** INVVPID; false for an operand that is none. */
    boolean invvpid(long type, long vpid, long linear) {
        if (type < 0 || type > 3 || vpid >>> 16 != 0 || type != 2 && vpid == 0 || type == 0 && !Canonical.register(c.model, linear)) {
            return false;
        }
        if (type == 0) {
            c.tlb.flushPage(linear);
        } else if (type == 2) {
            c.tlb.flushAll();
        } else {
            flushVpid((int) vpid);
        }
        return true;
    }
}
