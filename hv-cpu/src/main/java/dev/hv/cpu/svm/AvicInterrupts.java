package dev.hv.cpu.svm;

import dev.hv.cpu.state.ApicRegisterPage;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PhysicalAccess;

/**
 * Interprocessor interrupts of a guest whose APIC is virtualised (APM vol. 2, 15.29.5): the tables of physical and logical APIC IDs tell the
 * targets' backing pages, in which the request is noted, and the processors that run them, whose doorbells are rung.
 */
final class AvicInterrupts {

    /** Nothing is left to do for a hypervisor. */
    static final long SENT = -1;
    /** Destination shorthand of an interrupt to oneself. */
    static final int SELF = 1 << 18;

    // Causes of an incomplete one, bits 63:32 of EXIT_INFO2 (15.29.9.1)
    private static final long BAD_TYPE = 0L << 32;
    private static final long NOT_RUNNING = 1L << 32;
    private static final long BAD_TARGET = 2L << 32;
    private static final long BAD_PAGE = 3L << 32;
    private static final long BAD_VECTOR = 4L << 32;

    private static final int DELIVERY_MODE = 7 << 8;
    private static final int LOGICAL = 1 << 11;
    private static final int LEVEL = 1 << 15;
    private static final int SHORTHAND_SHIFT = 18;
    private static final int FIRST_VECTOR = 16;
    private static final int NOBODY = -1;

    // Entries of the physical table: 64 bits
    private static final long VALID = 1L << 63;
    private static final long RUNNING = 1L << 62;
    private static final long PAGE = 0x000FFFFFFFFFF000L;
    private static final int HOST_ID = 0xFFF;
    // Entries of the logical table: 32 bits
    private static final int LOGICAL_VALID = 1 << 31;
    private static final int LOGICAL_ID = 0xFF;

    private final SvmUnit unit;
    private final GuestControls g;
    private int vector;
    private long failure;

    AvicInterrupts(SvmUnit unit) {
        this.unit = unit;
        g = unit.controls;
    }

    /**
     * Sends what the interrupt command register says: edge-triggered interrupts of fixed delivery mode. Where one target of several fails, the
     * others have theirs, and the first failure is told.
     *
     * @return {@link #SENT}, or EXIT_INFO2 of the exit
     */
    long send(int low, int high) {
        if ((low & (DELIVERY_MODE | LEVEL)) != 0) {
            return BAD_TYPE;
        }
        vector = low & 0xFF;
        if (vector < FIRST_VECTOR) {
            return BAD_VECTOR;
        }
        failure = SENT;
        switch (low >>> SHORTHAND_SHIFT & 3) {
            case 0 -> addressed(high, (low & LOGICAL) != 0);
            case 1 -> request(g.backingPage);
            case 2 -> everybody(true);
            default -> everybody(false);
        }
        return failure;
    }

    private void addressed(int high, boolean logical) {
        int destination = g.x2avic ? high : high >>> 24;
        if (destination == (g.x2avic ? -1 : 0xFF)) {
            everybody(true);
        } else if (!logical) {
            physical(destination);
        } else if (g.x2avic) {
            for (int bits = destination & 0xFFFF; bits != 0; bits &= bits - 1) {
                physical((destination >>> 16) * 16 + Integer.numberOfTrailingZeros(bits));
            }
        } else if (ApicRegisterPage.get(unit.c, g.backingPage, ApicRegisterPage.DFR) >>> 28 == 0xF) {
            logical(destination, 0);
        } else {
            logical(destination & 0xF, destination >>> 4 << 2);
        }
    }

    /** Targets of the logical table: a set of bits, of which the first has the entry {@code first}. */
    private void logical(int set, int first) {
        for (int bits = set; bits != 0; bits &= bits - 1) {
            int index = first + Integer.numberOfTrailingZeros(bits);
            int entry = PhysicalAccess.read32(unit.c, g.logicalTable + 4 * index);
            if ((entry & LOGICAL_VALID) == 0) {
                fail(BAD_TARGET, index);
            } else {
                physical(entry & LOGICAL_ID);
            }
        }
    }

    private void everybody(boolean self) {
        for (int index = 0; index <= g.lastPhysicalId; index++) {
            long entry = entry(index);
            if ((entry & VALID) != 0 && (self || (entry & PAGE) != g.backingPage)) {
                target(entry, index);
            }
        }
    }

    private void physical(int index) {
        long entry = Integer.compareUnsigned(index, g.lastPhysicalId) <= 0 ? entry(index) : 0;
        if ((entry & VALID) == 0) {
            fail(BAD_TARGET, index);
        } else {
            target(entry, index);
        }
    }

    private long entry(int index) {
        return PhysicalAccess.read64(unit.c, g.physicalTable + 8L * index);
    }

    private void target(long entry, int index) {
        Cpu c = unit.c;
        long page = entry & PAGE;
        if (!PhysicalAccess.valid(c, page, 1)) {
            fail(BAD_PAGE, index);
            return;
        }
        request(page);
        if ((entry & RUNNING) == 0) {
            fail(NOT_RUNNING, index);
        } else if (page != g.backingPage && c.apic != null) {
            c.apic.ring((int) entry & HOST_ID);
        }
    }

    private void request(long page) {
        ApicRegisterPage.clear(unit.c, page, ApicRegisterPage.TMR, vector);
        ApicRegisterPage.mark(unit.c, page, ApicRegisterPage.IRR, vector);
    }

    private void fail(long cause, int index) {
        if (failure == SENT) {
            failure = cause | index & HOST_ID;
        }
    }
}
