package dev.hv.cpu.decode;

import java.util.Set;

/** Which instructions transfer control: what last-branch records and traps on branches watch (SDM vol. 3B, 18.4; APM vol. 2, 13.1.1). */
public final class ControlTransfers {

    private static final Set<String> OTHERS = Set.of("CALL", "CALLF", "RET", "RETF", "IRET", "SYSCALL", "SYSRET", "SYSENTER", "SYSEXIT");

    private ControlTransfers() {}

    /**
     * Whether a row is a branch, taken or not. Software interrupts are not: they are delivered as events.
     *
     * @param row number in the instruction table; -1 for none
     */
    public static boolean is(int row) {
        if (row < 0) {
            return false;
        }
        String m = Table.mnemonic(row);
        return m.startsWith("J") || m.startsWith("LOOP") || OTHERS.contains(m);
    }

    /** Whether a row that {@link #is} a branch may go on behind itself. */
    public static boolean conditional(int row) {
        String m = Table.mnemonic(row);
        return m.startsWith("LOOP") || m.startsWith("J") && !m.startsWith("JMP");
    }
}
