package dev.hv.cpu.state;

/** Debug-register breakpoints on data, instructions and I/O (SDM vol. 3B, 18.2). */
public final class Breakpoints {

    private Breakpoints() {}

    /** Whether an enabled data breakpoint lies in the page of {@code a}: such pages are never cached in the TLB. */
    static boolean covers(Cpu c, long a) {
        if ((c.dr[7] & 0xFF) == 0) {
            return false;
        }
        for (int i = 0; i < 4; i++) {
            if (enabled(c, i) && kind(c, i) != 0 && c.dr[i] >>> 12 == a >>> 12) {
                return true;
            }
        }
        return false;
    }

    /**
     * Records data breakpoints that an access of {@code size} bytes meets; the trap comes at the instruction's end.
     *
     * @throws RestartSignal when other instructions would run before the trap
     */
    static void data(Cpu c, long a, int size, boolean write) {
        int hit = 0;
        boolean any = false;
        for (int i = 0; i < 4; i++) {
            int kind = kind(c, i);
            if (kind == 3 || kind == 1 && write) {
                int length = length(c, i);
                long base = c.dr[i] & -length;
                if (a < base + length && base < a + size) {
                    hit |= 1 << i;
                    any |= enabled(c, i);
                }
            }
        }
        if (any) {
            alone(c);
            c.pendingDebug |= hit | 1 << 12;
            c.raise(Cpu.EVENT_DEBUG);
        }
    }

    /**
     * With breakpoints, an instruction that accesses a device runs alone: begun again behind the access, for a breakpoint that
     * another of its accesses meets, it would access the device twice.
     */
    static void device(Cpu c) {
        if (armed(c)) {
            alone(c);
        }
    }

    private static void alone(Cpu c) {
        if (c.code != null) {
            c.code.alone();
        }
    }

    /** DR6 bits of instruction breakpoints at {@code linear}, 0 for none enabled. */
    public static int instruction(Cpu c, long linear) {
        int hit = 0;
        boolean any = false;
        for (int i = 0; i < 4; i++) {
            if (kind(c, i) == 0 && c.dr[i] == linear) {
                hit |= 1 << i;
                any |= enabled(c, i);
            }
        }
        return any ? hit : 0;
    }

    /** Whether an instruction breakpoint is enabled: the engine then runs instructions one by one. */
    public static boolean onInstructions(Cpu c) {
        if ((c.dr[7] & 0xFF) != 0) {
            for (int i = 0; i < 4; i++) {
                if (enabled(c, i) && kind(c, i) == 0) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether DR7 enables any breakpoint. */
    public static boolean armed(Cpu c) {
        return (c.dr[7] & 0xFF) != 0;
    }

    /** Records I/O breakpoints (CR4.DE) that an access to {@code size} ports from {@code port} meets. */
    public static void io(Cpu c, int port, int size) {
        if ((c.dr[7] & 0xFF) == 0 || !c.cr4(Control.CR4_DE)) {
            return;
        }
        for (int i = 0; i < 4; i++) {
            if (kind(c, i) == 2 && enabled(c, i)) {
                int length = length(c, i);
                long base = c.dr[i] & -length;
                if (port < base + length && base < port + size) {
                    c.pendingDebug |= 1 << i | 1 << 12;
                    c.raise(Cpu.EVENT_DEBUG);
                }
            }
        }
    }

    private static boolean enabled(Cpu c, int i) {
        return (c.dr[7] >>> 2 * i & 3) != 0;
    }

    private static int kind(Cpu c, int i) {
        return (int) (c.dr[7] >>> 16 + 4 * i) & 3;
    }

    private static int length(Cpu c, int i) {
        return switch ((int) (c.dr[7] >>> 18 + 4 * i) & 3) {
            case 0 -> 1;
            case 1 -> 2;
            case 3 -> 4;
            default -> 8;
        };
    }
}
