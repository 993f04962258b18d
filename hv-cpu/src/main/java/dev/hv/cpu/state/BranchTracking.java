package dev.hv.cpu.state;

/**
 * Indirect branch tracking (SDM vol. 1, 17.3): behind an indirect CALL or JMP, or where an event or a system call leads, ENDBR64 or ENDBR32 must
 * stand. While the tracker waits, instructions run one at a time ({@link Cpu#EVENT_DEBUG}), and what is about to run is looked at before.
 */
public final class BranchTracking {

    /** Bits of IA32_U_CET and IA32_S_CET. */
    public static final long ENABLE = 1 << 2;
    public static final long LEGACY_PAGES = 1 << 3;
    public static final long NO_TRACK = 1 << 4;
    public static final long SUPPRESS_DISABLE = 1 << 5;
    public static final long SUPPRESS = 1 << 10;
    public static final long WAIT = 1 << 11;
    public static final long BITMAP = ~0xFFFL;

    private static final long ENDBR64 = 0xFA1E0FF3L;
    private static final long ENDBR32 = 0xFB1E0FF3L;
    private static final int LENGTH = 4;

    private BranchTracking() {}

    private static void set(Cpu c, long control) {
        if (c.cpl == 3) {
            c.userCet = control;
        } else {
            c.supervisorCet = control;
        }
    }

    /** Whether branches are tracked at the current privilege level. */
    public static boolean enabled(Cpu c) {
        return (c.cr4 & Control.CR4_CET) != 0 && (ShadowStack.control(c, c.cpl) & ENABLE) != 0 && c.protectedMode();
    }

    /**
     * An indirect near branch has been taken.
     *
     * @param noTrack it has the prefix that says that its target needs no mark
     */
    public static void branched(Cpu c, boolean noTrack) {
        long control = ShadowStack.control(c, c.cpl);
        if (enabled(c) && (control & SUPPRESS) == 0 && !(noTrack && (control & NO_TRACK) != 0)) {
            set(c, control | WAIT);
            c.raise(Cpu.EVENT_DEBUG);
        }
    }

    /** A far CALL or JMP has been taken. */
    public static void branchedFar(Cpu c) {
        branched(c, false);
    }

    /** An event or a system call has led here, whatever was suppressed before. {@link Modes#update} comes after. */
    public static void entered(Cpu c) {
        if (enabled(c)) {
            set(c, ShadowStack.control(c, c.cpl) & ~SUPPRESS | WAIT);
        }
    }

    /** Whether the next instruction must be a mark. */
    public static boolean waits(Cpu c) {
        return enabled(c) && (ShadowStack.control(c, c.cpl) & WAIT) != 0;
    }

    /**
     * Looks at the next instruction while the tracker waits.
     *
     * @return false when it may not run: #CP
     * @throws GuestFault when it cannot be fetched
     */
    public static boolean check(Cpu c) {
        long linear = c.mode64() ? c.rip : c.seg[Cpu.CS].base + c.rip & 0xFFFFFFFFL;
        long control = ShadowStack.control(c, c.cpl);
        if (fetch(c, linear) == (c.mode64() ? ENDBR64 : ENDBR32)) {
            set(c, control & ~(WAIT | SUPPRESS));
            return true;
        }
        if ((control & LEGACY_PAGES) != 0 && legacy(c, linear, control & BITMAP)) {
            set(c, control & ~WAIT | ((control & SUPPRESS_DISABLE) == 0 ? SUPPRESS : 0));
            return true;
        }
        return false;
    }

    private static long fetch(Cpu c, long linear) {
        long page = -1;
        long physical = 0;
        long bytes = 0;
        for (int i = 0; i < LENGTH; i++) {
            long a = c.mode64() ? linear + i : linear + i & 0xFFFFFFFFL;
            if ((a & Tlb.PAGE_MASK) != page) {
                page = a & Tlb.PAGE_MASK;
                physical = MemSlow.translateFetch(c, a) & Tlb.PAGE_MASK;
            }
            long v = MemSlow.readPhysical(c, physical | a & 0xFFF, 1);
            bytes |= v << 8 * i;
            if (i == 0 && v != (ENDBR64 & 0xFF)) {
                // what follows may lie in a page that nobody asked for
                return v;
            }
        }
        return bytes;
    }

    /** Whether the bitmap of pages with code from before says so of this one (SDM vol. 1, 17.3.6). */
    private static boolean legacy(Cpu c, long linear, long bitmap) {
        long page = (c.mode64() ? linear & 0xFFFFFFFFFFFFL : linear) >>> 12;
        long ctx = c.cpl == 3 ? c.systemCtx | Tlb.USER : c.systemCtx;
        return (Mem.readIn(c, ctx, bitmap + (page >>> 3), 1) >>> (page & 7) & 1) != 0;
    }
}
