package dev.hv.cpu.events;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Vector;
import java.util.SortedMap;
import java.util.function.IntConsumer;

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

    /** IA32_MCG_CAP: there is an interrupt for corrected errors, and banks count them. */
    public static final long CAPABILITY_CMCI = 1 << 10;
    /** Bits of IA32_MCi_CTL2: the interrupt is enabled; errors after which it comes. */
    public static final long CMCI_ENABLE = 1 << 30;
    public static final long THRESHOLD = 0x7FFF;

    private static final int REGISTERS = 4;
    /** Bits 52:38 of IA32_MCi_STATUS: corrected errors so far, where they are counted. */
    private static final int COUNT_SHIFT = 38;

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
        if ((now & UNCORRECTED) == 0 && c.model.intel()) {
            before = count(c, bank, held ? before : 0);
            now |= before & THRESHOLD << COUNT_SHIFT;
        }
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

    /** Counts a corrected error in a bank's status; the one that comes to the threshold raises an interrupt (SDM vol. 3B, 16.5.1). */
    private static long count(Cpu c, int bank, long status) {
        long count = Math.min((status >>> COUNT_SHIFT & THRESHOLD) + 1, THRESHOLD);
        long control = c.machineCheckControl2[bank];
        if ((control & CMCI_ENABLE) != 0 && count == (control & THRESHOLD) && c.apic != null) {
            c.apic.correctedErrors();
        }
        return status & ~(THRESHOLD << COUNT_SHIFT) | count << COUNT_SHIFT;
    }

    /** Whether an error that a bank was given is signalled: it is not corrected, and the bank's control register has it enabled. */
    public static boolean signals(Cpu c, int bank, long status) {
        return (status & UNCORRECTED) != 0 && c.machineCheck[REGISTERS * bank] != 0;
    }

    /**
     * An error comes up in a machine: it is logged and, where that is so, signalled. On Intel's processors, which do not announce that it can be otherwise, all of
     * them take #MC (SDM vol. 3B, 16.3.1.4); on AMD's, the one at fault.
     *
     * @param machine its processors by number
     * @param signal has one take #MC
     * @return what came of it, in words
     */
    public static String report(SortedMap<Integer, Cpu> machine, MachineError error, IntConsumer signal) {
        Cpu c = machine.get(error.processor());
        if (c == null) {
            return "processor " + error.processor() + " is not there";
        }
        log(c, error.bank(), error.status(), error.address(), error.misc());
        if (!signals(c, error.bank(), error.status())) {
            return "machine check logged in bank " + error.bank() + " of processor " + error.processor();
        }
        if (c.model.intel()) {
            machine.keySet().forEach(signal::accept);
        } else {
            signal.accept(error.processor());
        }
        return "machine check at processor " + error.processor();
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
        if (!begin(c)) {
            ExceptionDelivery.shutdown(c);
            return;
        }
        c.activity = Cpu.ACTIVE;
        ExceptionDelivery.raise(c, c.fault(Vector.MC, 0));
    }

    /** Notes that a machine check is being handled, which is to be delivered then; false when the processor shuts down instead. */
    public static boolean begin(Cpu c) {
        if (!c.cr4(Control.CR4_MCE) || (c.mcgStatus & IN_PROGRESS) != 0) {
            return false;
        }
        boolean restartable = true;
        for (int i = 1; i < c.machineCheck.length; i += REGISTERS) {
            restartable &= (c.machineCheck[i] & (VALID | CONTEXT_CORRUPT)) != (VALID | CONTEXT_CORRUPT);
        }
        c.mcgStatus = IN_PROGRESS | (restartable ? RESTART : 0);
        return true;
    }
}
