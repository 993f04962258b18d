package dev.hv.devices.chipset;

import dev.hv.core.machine.InterruptLine;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * The PC's way of reporting x87 errors (SDM vol. 1, 8.7.2 and appendix D): a processor's FERR# makes interrupt 13; a write to port
 * 0xF0 takes the interrupt back and, as long as FERR# stays, lets the x87 be used by IGNNE#.
 */
public final class CoprocessorError implements BytePorts, Saveable {

    static final int IRQ = 13;
    /** Clears the interrupt. */
    static final int PORT = 0xF0;

    private final InterruptLine line;
    /** Processors whose FERR# is asserted. */
    private long asserted;
    private boolean ignore;

    /** With no error reported. */
    CoprocessorError(InterruptLine line) {
        this.line = line;
    }

    /**
     * A processor asserts FERR#.
     *
     * @param processor 0 … 63
     * @return whether IGNNE# is asserted
     */
    public boolean raise(int processor) {
        asserted |= 1L << processor;
        line.set(!ignore);
        return ignore;
    }

    /** A processor asserts FERR# no longer. */
    public void lower(int processor) {
        asserted &= ~(1L << processor);
        if (asserted == 0) {
            ignore = false;
            line.set(false);
        }
    }

    /** Hardware reset. */
    void reset() {
        asserted = 0;
        ignore = false;
        line.set(false);
    }

    @Override
    public int readByte(int port) {
        return 0xFF;
    }

    @Override
    public void writeByte(int port, int value) {
        ignore = asserted != 0;
        line.set(false);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("coprocessor-error", 1);
        out.put("asserted", asserted);
        out.put("ignore", ignore);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("coprocessor-error", 1);
        asserted = in.take();
        ignore = in.takeBoolean();
        in.end();
    }
}
