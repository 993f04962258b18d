package dev.hv.cpu.apic;

import static dev.hv.cpu.apic.ApicRegister.APR;
import static dev.hv.cpu.apic.ApicRegister.CURRENT_COUNT;
import static dev.hv.cpu.apic.ApicRegister.DFR;
import static dev.hv.cpu.apic.ApicRegister.DIVIDE;
import static dev.hv.cpu.apic.ApicRegister.EOI;
import static dev.hv.cpu.apic.ApicRegister.ESR;
import static dev.hv.cpu.apic.ApicRegister.ICR_HIGH;
import static dev.hv.cpu.apic.ApicRegister.ICR_LOW;
import static dev.hv.cpu.apic.ApicRegister.ID;
import static dev.hv.cpu.apic.ApicRegister.INITIAL_COUNT;
import static dev.hv.cpu.apic.ApicRegister.IRR;
import static dev.hv.cpu.apic.ApicRegister.ISR;
import static dev.hv.cpu.apic.ApicRegister.LDR;
import static dev.hv.cpu.apic.ApicRegister.PPR;
import static dev.hv.cpu.apic.ApicRegister.RRD;
import static dev.hv.cpu.apic.ApicRegister.SELF_IPI;
import static dev.hv.cpu.apic.ApicRegister.SVR;
import static dev.hv.cpu.apic.ApicRegister.TMR;
import static dev.hv.cpu.apic.ApicRegister.TPR;
import static dev.hv.cpu.apic.ApicRegister.VERSION;

/** The two ways to the registers of a local APIC: the xAPIC page and the x2APIC MSRs. */
final class RegisterAccess {

    private static final int MSR_FIRST = 0x800;
    /** ICR bits that must be zero in x2APIC mode: 31:20, 17:16 and 13. */
    private static final long ICR_RESERVED = 0xFFF3_2000L;

    private final LocalApic apic;

    RegisterAccess(LocalApic apic) {
        this.apic = apic;
    }

    // ---- xAPIC page (SDM vol. 3A, table 12-1) --------------------------------------------------------------------

    /** Registers are 32 bits wide at multiples of 16; the bytes between them read as zero. */
    long readMmio(int offset, int size) {
        int within = offset & 0xF;
        if (within > 3) {
            return 0;
        }
        long value = (read(offset >> 4) & 0xFFFF_FFFFL) >>> (within << 3);
        return size < 4 ? value & (1L << (size << 3)) - 1 : value;
    }

    /** Takes 32-bit writes (and the low half of 64-bit ones) at a register's address; others are not defined, and ignored. */
    void writeMmio(int offset, int size, long value) {
        if ((offset & 0xF) == 0 && size >= 4) {
            write(offset >> 4, (int) value);
        }
    }

    private int read(int register) {
        if (register >= ISR && register < ESR) {
            return vectors(register);
        }
        if (apic.lvt().has(register)) {
            return apic.lvt().get(register);
        }
        return switch (register) {
            case ID -> apic.id() << 24;
            case VERSION -> apic.lvt().version();
            case TPR -> apic.tpr();
            case PPR -> apic.ppr();
            case LDR -> apic.address().ldr();
            case DFR -> apic.address().dfr();
            case SVR -> apic.svr();
            case ESR -> apic.errors().value();
            case ICR_LOW -> (int) apic.icr();
            case ICR_HIGH -> (int) (apic.icr() >>> 32);
            case INITIAL_COUNT -> (int) apic.timer().initialCount();
            case CURRENT_COUNT -> (int) apic.timer().currentCount();
            case DIVIDE -> apic.timer().divide();
            // Write-only, or without a use since the Pentium 4.
            case EOI, APR, RRD -> 0;
            default -> {
                apic.errors().add(ErrorStatus.ILLEGAL_REGISTER);
                yield 0;
            }
        };
    }

    private int vectors(int register) {
        int n = register & 7;
        var queue = apic.queue();
        return register < TMR ? queue.serviceRegister(n) : register < IRR ? queue.triggerRegister(n) : queue.requestRegister(n);
    }

    private void write(int register, int value) {
        if (apic.lvt().has(register)) {
            apic.setLvt(register, value);
            return;
        }
        switch (register) {
            case ID -> apic.address().setXapicId(value >>> 24);
            case TPR -> apic.setTpr(value);
            case EOI -> apic.endOfInterrupt();
            case LDR -> apic.address().setLdr(value);
            case DFR -> apic.address().setDfr(value);
            case SVR -> apic.setSvr(value);
            case ESR -> apic.errors().latch();
            case ICR_LOW -> apic.setIcr(apic.icr() & 0xFFFF_FFFF_0000_0000L | value & 0xFFFF_FFFFL);
            case ICR_HIGH -> apic.command().setHigh(value & 0xFF00_0000);
            case INITIAL_COUNT -> apic.timer().setInitialCount(value & 0xFFFF_FFFFL);
            case DIVIDE -> apic.timer().setDivide(value);
            default -> {
                boolean readOnly = register == VERSION || register >= APR && register <= RRD || register >= ISR && register < ESR
                        || register == CURRENT_COUNT;
                if (!readOnly) {
                    apic.errors().add(ErrorStatus.ILLEGAL_REGISTER);
                }
            }
        }
    }

    // ---- x2APIC MSRs (SDM vol. 3A, table 12-6) -------------------------------------------------------------------

    boolean canReadMsr(int msr) {
        int register = msr - MSR_FIRST;
        return register >= ISR && register <= ESR || apic.lvt().has(register) || switch (register) {
            case ID, VERSION, TPR, PPR, LDR, SVR, ICR_LOW, INITIAL_COUNT, CURRENT_COUNT, DIVIDE -> true;
            default -> false;
        };
    }

    long readMsr(int msr) {
        int register = msr - MSR_FIRST;
        return switch (register) {
            case ID -> apic.id() & 0xFFFF_FFFFL;
            case ICR_LOW -> apic.icr();
            default -> read(register) & 0xFFFF_FFFFL;
        };
    }

    /** Writes a register; false for read-only registers and reserved bits. */
    boolean writeMsr(int msr, long value) {
        int register = msr - MSR_FIRST;
        if (apic.lvt().has(register)) {
            return apic.lvt().valid(register, value) && written(register, value);
        }
        return switch (register) {
            case TPR -> value >>> 8 == 0 && written(register, value);
            case EOI, ESR -> value == 0 && written(register, value);
            case SVR -> value >>> 9 == 0 && written(register, value);
            case INITIAL_COUNT -> value >>> 32 == 0 && written(register, value);
            case DIVIDE -> (value & ~0b1011L) == 0 && written(register, value);
            case ICR_LOW -> {
                if ((value & ICR_RESERVED) != 0) {
                    yield false;
                }
                apic.setIcr(value);
                yield true;
            }
            case SELF_IPI -> {
                if (value >>> 8 != 0) {
                    yield false;
                }
                apic.command().sendToSelf((int) value);
                yield true;
            }
            default -> false;
        };
    }

    private boolean written(int register, long value) {
        write(register, (int) value);
        return true;
    }
}
