package dev.hv.cpu.apic;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.LocalInterrupts;

/** A local interrupt controller with at most one pending vector. */
public class FakeApic implements LocalInterrupts {

    private final Cpu c;
    private int vector = -1;
    public int cr8;
    /** EOIs so far. */
    public int ends;

    public FakeApic(Cpu c) {
        this.c = c;
    }

    public void request(int v) {
        vector = v;
        c.raise(Cpu.EVENT_INTERRUPT);
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
    public void endOfInterrupt() {
        ends++;
    }

    @Override
    public int acknowledge() {
        int v = vector;
        vector = -1;
        return v;
    }

    @Override
    public int cr8() {
        return cr8;
    }

    @Override
    public void setCr8(int value) {
        cr8 = value;
    }

    @Override
    public long apicBase() {
        return 0xFEE00900L;
    }

    @Override
    public boolean setApicBase(long value) {
        return false;
    }

    @Override
    public boolean mmioEnabled() {
        return true;
    }

    @Override
    public long readMmio(int offset, int size) {
        return 0;
    }

    @Override
    public void writeMmio(int offset, int size, long value) {}

    @Override
    public boolean canReadMsr(int msr) {
        return false;
    }

    @Override
    public long readMsr(int msr) {
        return 0;
    }

    @Override
    public boolean writeMsr(int msr, long value) {
        return false;
    }

    @Override
    public void initReset() {}

    @Override
    public void tscChanged() {}

    @Override
    public long tscDeadline() {
        return 0;
    }

    @Override
    public void setTscDeadline(long value) {}
}
