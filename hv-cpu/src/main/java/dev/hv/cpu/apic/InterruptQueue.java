package dev.hv.cpu.apic;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** Interrupts requested and in service, and the priorities that decide between them (SDM vol. 3A, 12.8). */
final class InterruptQueue {

    private static final int CLASS = 0xF0;

    private final VectorSet irr = new VectorSet();
    private final VectorSet isr = new VectorSet();
    private final VectorSet tmr = new VectorSet();
    private int tpr;

    void reset() {
        irr.clear();
        isr.clear();
        tmr.clear();
        tpr = 0;
    }

    void request(int vector, boolean level) {
        irr.add(vector);
        if (level) {
            tmr.add(vector);
        } else {
            tmr.remove(vector);
        }
    }

    /** The highest request above the processor priority, or -1. */
    int pending() {
        int highest = irr.highest();
        return highest >= 0 && (highest & CLASS) > (ppr() & CLASS) ? highest : -1;
    }

    /** Whether anything is requested, whatever its priority. */
    boolean requested() {
        return irr.highest() >= 0;
    }

    /** Takes a request into service. */
    void serve(int vector) {
        irr.remove(vector);
        isr.add(vector);
    }

    /** Takes a request without service: it is over at once. */
    void serveAndEnd(int vector) {
        irr.remove(vector);
    }

    /** Ends the highest interrupt in service; returns its vector, or -1. */
    int end() {
        int vector = isr.highest();
        if (vector >= 0) {
            isr.remove(vector);
        }
        return vector;
    }

    /** Whether an edge-triggered interrupt is in service and nothing is requested. */
    boolean endsSilently() {
        int vector = isr.highest();
        return vector >= 0 && !tmr.has(vector) && irr.highest() < 0;
    }

    /** Whether the last request of this vector was level-triggered. */
    boolean level(int vector) {
        return tmr.has(vector);
    }

    int tpr() {
        return tpr;
    }

    void setTpr(int value) {
        tpr = value & 0xFF;
    }

    /** Processor priority (12.8.3.1). */
    int ppr() {
        int service = Math.max(isr.highest(), 0) & CLASS;
        return (tpr & CLASS) >= service ? tpr : service;
    }

    int requestRegister(int n) {
        return irr.register(n);
    }

    int serviceRegister(int n) {
        return isr.register(n);
    }

    int triggerRegister(int n) {
        return tmr.register(n);
    }

    /** Sets a register of each of the three. */
    void setRegisters(int n, int service, int trigger, int request) {
        isr.setRegister(n, service);
        tmr.setRegister(n, trigger);
        irr.setRegister(n, request);
    }

    void save(StateWriter out) {
        irr.save(out);
        isr.save(out);
        tmr.save(out);
        out.put("tpr", tpr);
    }

    void restore(StateReader in) {
        irr.restore(in);
        isr.restore(in);
        tmr.restore(in);
        tpr = (int) in.take();
    }
}
