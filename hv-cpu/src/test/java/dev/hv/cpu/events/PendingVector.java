package dev.hv.cpu.events;

import dev.hv.cpu.state.LocalInterrupts;

/** An interrupt controller with one vector to deliver (-1 for none), and an APIC base register. */
public final class PendingVector implements LocalInterrupts {

    public int vector = -1;
    /** The vector is there again as soon as it was acknowledged. */
    public boolean stays;
    public int priority;
    public long base = 0xFEE00900L;
    public long deadline;
    /** Times that corrected errors have interrupted. */
    public int correctedErrors;

    @Override
    public void correctedErrors() {
        correctedErrors++;
    }

    @Override
    public int pending() {
        return vector;
    }

    @Override
    public boolean externalPending() {
        return false;
    }

    @Override
    public void endOfInterrupt() {}

    @Override
    public int acknowledge() {
        int v = vector;
        vector = stays ? v : -1;
        return v;
    }

    @Override
    public void initReset() {}

    @Override
    public void tscChanged() {}

    @Override
    public int cr8() {
        return priority;
    }

    @Override
    public void setCr8(int value) {
        priority = value;
    }

    @Override
    public long apicBase() {
        return base;
    }

    @Override
    public boolean setApicBase(long value) {
        base = value;
        return true;
    }

    @Override
    public boolean mmioEnabled() {
        return false;
    }

    @Override
    public long readMmio(int offset, int size) {
        return 0;
    }

    @Override
    public void writeMmio(int offset, int size, long value) {}

    @Override
    public boolean canReadMsr(int msr) {
        return msr == 0x802;
    }

    @Override
    public long readMsr(int msr) {
        return 7;
    }

    @Override
    public boolean writeMsr(int msr, long value) {
        return false;
    }

    @Override
    public long tscDeadline() {
        return deadline;
    }

    @Override
    public void setTscDeadline(long value) {
        deadline = value;
    }
}
