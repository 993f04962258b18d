package dev.hv.cpu.apic;

import static dev.hv.cpu.apic.ApicRegister.LVT_CMCI;
import static dev.hv.cpu.apic.ApicRegister.LVT_ERROR;
import static dev.hv.cpu.apic.ApicRegister.LVT_LINT0;
import static dev.hv.cpu.apic.ApicRegister.LVT_LINT1;
import static dev.hv.cpu.apic.ApicRegister.LVT_TIMER;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/** The local vector table's six registers, and on Intel's processors a seventh, of corrected machine checks (SDM vol. 3A, 12.5.1): which bits exist, and what they say. */
final class LocalVectorTable {

    private static final int USUAL = LVT_ERROR - LVT_TIMER + 1;
    /** Version 0x14, no suppression of EOI broadcasts; the number of the last entry comes into bits 23:16. */
    private static final int VERSION = 0x14;
    private static final int LAST_SHIFT = 16;
    static final int MASKED = 1 << 16;
    private static final int LEVEL = 1 << 15;
    static final int REMOTE_IRR = 1 << 14;
    private static final int ACTIVE_LOW = 1 << 13;
    private static final int DELIVERY_STATUS = 1 << 12;
    private static final int TIMER_DEADLINE = 1 << 18;

    private final int[] entries;
    private final int[] writable = {0x700FF, 0x107FF, 0x107FF, 0x1A7FF, 0x1A7FF, 0x100FF, 0x107FF};

    LocalVectorTable(boolean tscDeadline, boolean correctedErrors) {
        entries = new int[correctedErrors ? USUAL + 1 : USUAL];
        if (!tscDeadline) {
            writable[0] &= ~TIMER_DEADLINE;
        }
        reset();
    }

    void reset() {
        Arrays.fill(entries, MASKED);
    }

    /** The APIC's version register. */
    int version() {
        return entries.length - 1 << LAST_SHIFT | VERSION;
    }

    boolean has(int register) {
        return register >= LVT_TIMER && register <= LVT_ERROR || register == LVT_CMCI && entries.length > USUAL;
    }

    private static int index(int register) {
        return register == LVT_CMCI ? USUAL : register - LVT_TIMER;
    }

    int get(int register) {
        return entries[index(register)];
    }

    /** Whether every set bit of {@code value} exists; the read-only bits may be written back. */
    boolean valid(int register, long value) {
        int readOnly = DELIVERY_STATUS | (register == LVT_LINT0 || register == LVT_LINT1 ? REMOTE_IRR : 0);
        return (value & ~(long) (writable[index(register)] | readOnly)) == 0;
    }

    void set(int register, int value, boolean forceMask) {
        int i = index(register);
        int remote = entries[i] & REMOTE_IRR;
        entries[i] = value & writable[i] | (forceMask ? MASKED : 0);
        if (level(register)) {
            entries[i] |= remote;
        }
    }

    void maskAll() {
        for (int i = 0; i < entries.length; i++) {
            entries[i] |= MASKED;
        }
    }

    void mask(int register) {
        entries[index(register)] |= MASKED;
    }

    boolean masked(int register) {
        return (get(register) & MASKED) != 0;
    }

    int vector(int register) {
        return get(register) & 0xFF;
    }

    /** Delivery mode; timer and error are always fixed. */
    int mode(int register) {
        return register == LVT_TIMER || register == LVT_ERROR ? DeliveryMode.FIXED : get(register) >> 8 & 7;
    }

    int timerMode() {
        return get(LVT_TIMER) >> 17 & 3;
    }

    /** Level-triggered: only LINT0 and LINT1, only in fixed mode. */
    boolean level(int register) {
        return (register == LVT_LINT0 || register == LVT_LINT1) && mode(register) == DeliveryMode.FIXED && (get(register) & LEVEL) != 0;
    }

    /** Whether a pin's line, high or not, means an active input. */
    boolean active(int register, boolean high) {
        return mode(register) == DeliveryMode.FIXED && (get(register) & ACTIVE_LOW) != 0 ? !high : high;
    }

    boolean remoteIrr(int register) {
        return (get(register) & REMOTE_IRR) != 0;
    }

    void setRemoteIrr(int register, boolean value) {
        int i = index(register);
        entries[i] = value ? entries[i] | REMOTE_IRR : entries[i] & ~REMOTE_IRR;
    }

    void save(StateWriter out) {
        for (int e : entries) {
            out.put("entries", e);
        }
    }

    void restore(StateReader in) {
        for (int i = 0; i < entries.length; i++) {
            entries[i] = (int) in.take();
        }
    }
}
