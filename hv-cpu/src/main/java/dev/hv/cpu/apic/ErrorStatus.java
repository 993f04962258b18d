package dev.hv.cpu.apic;

import static dev.hv.cpu.apic.ApicRegister.LVT_ERROR;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** The error status register of a local APIC (SDM vol. 3A, 12.5.3): errors are collected, and show when software writes it. */
final class ErrorStatus {

    static final int SEND_ILLEGAL_VECTOR = 1 << 5;
    static final int RECEIVE_ILLEGAL_VECTOR = 1 << 6;
    static final int ILLEGAL_REGISTER = 1 << 7;

    private final LocalApic apic;
    private int readable;
    /** Errors seen since the last write of the register. */
    private int seen;

    ErrorStatus(LocalApic apic) {
        this.apic = apic;
    }

    void reset() {
        readable = 0;
        seen = 0;
    }

    /** What software reads. */
    int value() {
        return readable;
    }

    /** A write makes the errors since the last one readable. */
    void latch() {
        readable = seen;
        seen = 0;
    }

    /** An error happened; the error interrupt follows. */
    void add(int bit) {
        seen |= bit;
        LocalVectorTable lvt = apic.lvt();
        if (lvt.masked(LVT_ERROR)) {
            return;
        }
        if (LocalApic.illegal(lvt.vector(LVT_ERROR))) {
            seen |= RECEIVE_ILLEGAL_VECTOR;
        } else {
            apic.accept(lvt.vector(LVT_ERROR), false);
        }
    }

    void save(StateWriter out) {
        out.put("readable", readable);
        out.put("seen", seen);
    }

    void restore(StateReader in) {
        readable = (int) in.take();
        seen = (int) in.take();
    }
}
