package dev.hv.cpu.events;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Vector;

/**
 * Errors of the machine (SDM vol. 3B, chapter 16; APM vol. 2, chapter 9): what is logged in a bank, and #MC, which is delivered before all other events
 * (SDM vol. 3A, table 7-2). Without CR4.MCE, or while another one is being handled, it shuts the processor down.
 */
public final class MachineChecks {

    /** Bits of IA32_MCi_STATUS: it holds an error. */
    public static final long VALID = 1L << 63;
    /** Another error came while one was held. */
    public static final long OVERFLOW = 1L << 62;
    /** The hardware could not correct it. */
    public static final long UNCORRECTED = 1L << 61;
    /** Its reporting was enabled in IA32_MCi_CTL. */
    public static final long ENABLED = 1L << 60;
    /** IA32_MCi_MISC says more. */
    public static final long MISC = 1L << 59;
    /** IA32_MCi_ADDR is its address. */
    public static final long ADDRESS = 1L << 58;
    /** The processor's context may be corrupt. */
    public static final long CONTEXT_CORRUPT = 1L << 57;

    /** Bits of IA32_MCG_STATUS: the program can go on at the address pushed; a machine check is being handled. */
    public static final long RESTART = 1;
    public static final long IN_PROGRESS = 4;

    private static final int REGISTERS = 4;

    private MachineChecks() {}

    /**
     * Logs an error as a bank does. One that nobody has read yet stays unless the new one is worse, and both are told by {@link #OVERFLOW} (SDM vol. 3B, 16.3.2.2.1).
     *
     * @param bank below {@link Cpu#MACHINE_CHECK_BANKS}
     * @param status of the error, with {@link #VALID}; {@link #ENABLED} is the bank's to say
     */
    public static void log(Cpu c, int bank, long status, long address, long misc) {
        int at = REGISTERS * bank;
        long before = c.machineCheck[at + 1];
        long now = c.machineCheck[at] != 0 ? status | ENABLED : status & ~ENABLED;
        boolean held = (before & VALID) != 0;
        if (held && ((before & UNCORRECTED) != 0 || (now & UNCORRECTED) == 0)) {
            c.machineCheck[at + 1] = before | OVERFLOW;
            return;
        }
        c.machineCheck[at + 1] = held ? now | OVERFLOW : now;
        if ((now & ADDRESS) != 0) {
            c.machineCheck[at + 2] = address;
        }
        if ((now & MISC) != 0) {
            c.machineCheck[at + 3] = misc;
        }
    }

    /** Whether an error that a bank was given is signalled: it is not corrected, and the bank's control register has it enabled. */
    public static boolean signals(Cpu c, int bank, long status) {
        return (status & UNCORRECTED) != 0 && c.machineCheck[REGISTERS * bank] != 0;
    }

    /** Has the processor take #MC before its next instruction. One that waits for a start-up interrupt hears of nothing. */
    public static void signal(Cpu c) {
        if (c.activity != Cpu.WAIT_FOR_SIPI) {
            c.raise(Cpu.EVENT_MACHINE_CHECK);
        }
    }

    /** Delivers what {@link #signal} asked for. */
    static void take(Cpu c) {
        c.events &= ~Cpu.EVENT_MACHINE_CHECK;
        if (!c.cr4(Control.CR4_MCE) || (c.mcgStatus & IN_PROGRESS) != 0) {
            ExceptionDelivery.shutdown(c);
            return;
        }
        boolean restartable = true;
        for (int i = 1; i < c.machineCheck.length; i += REGISTERS) {
            restartable &= (c.machineCheck[i] & (VALID | CONTEXT_CORRUPT)) != (VALID | CONTEXT_CORRUPT);
        }
        c.mcgStatus = IN_PROGRESS | (restartable ? RESTART : 0);
        c.activity = Cpu.ACTIVE;
        ExceptionDelivery.raise(c, c.fault(Vector.MC, 0));
    }
}
