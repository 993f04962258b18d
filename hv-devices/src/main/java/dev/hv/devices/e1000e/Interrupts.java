package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.pci.PciEndpoint;
import java.util.Arrays;

/**
 * Causes of interrupts and how they are told (datasheet, 7.4 and 10.2.4): by the pin, one message, or a message for each of the queues and for all other causes. Between two interrupts of a kind passes at least the time of
 * its throttling register. The absolute and packet timers are as if they were 0: throttling is all the moderation there is.
 */
final class Interrupts implements Saveable {

    /** Causes that have vectors of their own, in the order of IVAR's fields. */
    private static final int[] SOURCES = {RECEIVE_QUEUE, RECEIVE_QUEUE << 1, TRANSMIT_QUEUE, TRANSMIT_QUEUE << 1, OTHER};
    private static final int ALLOCATED = 8;
    /** The pin or the only message; behind the vectors. */
    private static final int SINGLE = VECTORS;
    private static final int INTERVAL = 0xFFFF;

    private final PciEndpoint endpoint;
    private final Clock clock;
    private final Statistics statistics;
    private int causes;
    private int mask;
    private int autoClear;
    private int autoMask;
    private int allocation;
    /** CTRL_EXT, of which two bits are about interrupts. */
    private int extended;
    /** Causes of which messages have told since they came up. */
    private int told;
    private boolean high;
    private final int[] throttles = new int[VECTORS + 1];
    private final Clock.Timer[] pauses = new Clock.Timer[VECTORS + 1];

    Interrupts(PciEndpoint endpoint, Clock clock, String name, Statistics statistics) {
        this.endpoint = endpoint;
        this.clock = clock;
        this.statistics = statistics;
        for (int i = 0; i < pauses.length; i++) {
            pauses[i] = clock.timer("interrupts " + i + " of " + name, this::tell);
        }
    }

    void reset() {
        causes = 0;
        mask = 0;
        autoClear = 0;
        autoMask = 0;
        allocation = 0;
        extended = 0;
        told = 0;
        Arrays.fill(throttles, 0);
        for (Clock.Timer t : pauses) {
            t.cancel();
        }
        pin(false);
    }

    /** Something has come up. */
    void raise(int bits) {
        causes |= bits;
        if (endpoint.manyVectors() && (bits & OTHER_CAUSES) != 0) {
            causes |= OTHER;
            told &= ~OTHER;
        }
        told &= ~bits;
        tell();
    }

    private void tell() {
        int pending = causes & mask;
        told &= pending;
        if (endpoint.manyVectors()) {
            for (int i = 0; i < SOURCES.length; i++) {
                vector(i, pending & SOURCES[i] & ~told);
            }
        } else if (endpoint.sendsMessages()) {
            if ((pending & ~told) != 0 && passes(SINGLE)) {
                told |= pending;
                endpoint.message(0);
            }
        } else if (pending == 0) {
            pin(false);
        } else if (!high && passes(SINGLE)) {
            pin(true);
        }
    }

    private void vector(int source, int cause) {
        int allocated = allocation >>> 4 * source;
        int vector = allocated & 7;
        if (cause == 0 || (allocated & ALLOCATED) == 0 || vector >= VECTORS || !passes(vector)) {
            return;
        }
        told |= cause;
        causes &= ~(autoClear & cause);
        if ((extended & MESSAGE_AUTO_MASK) != 0) {
            mask &= ~(autoMask & cause);
        }
        told &= causes & mask;
        endpoint.message(vector);
    }

    /** Whether an interrupt may be given now; if so, the next may not for a while. */
    private boolean passes(int which) {
        if (pauses[which].armed()) {
            return false;
        }
        if (throttles[which] != 0) {
            pauses[which].arm(clock.nanos() + (long) throttles[which] * THROTTLE_UNIT);
        }
        statistics.count(Statistics.IAC);
        return true;
    }

    private void pin(boolean level) {
        high = level;
        endpoint.pin(level);
    }

    /** CTRL_EXT was written. */
    void extended(int value) {
        extended = value;
    }

    int read(int register) {
        return switch (register) {
            case ICR -> readCauses();
            case ITR -> throttles[SINGLE];
            case IMS -> mask;
            case EIAC -> autoClear;
            case IAM -> autoMask;
            case IVAR -> allocation;
            default -> register >= EITR && register < EITR + 4 * VECTORS ? throttles[(register - EITR) / 4] : 0;
        };
    }

    /** Reading clears: everything while all is masked, or when an interrupt is asserted, which is then masked, too, if that is wished for. */
    private int readCauses() {
        boolean asserted = (causes & mask) != 0;
        int value = causes | (asserted ? ASSERTED : 0);
        if (mask == 0 || asserted) {
            causes = 0;
            if (asserted) {
                maskOnAccess();
            }
            tell();
        }
        return value;
    }

    private void maskOnAccess() {
        if ((extended & INTERRUPT_AUTO_MASK) != 0) {
            mask &= ~autoMask;
        }
    }

    void write(int register, int value) {
        switch (register) {
            case ICR -> {
                causes &= ~value;
                maskOnAccess();
                tell();
            }
            case ITR -> throttles[SINGLE] = value & INTERVAL;
            case ICS -> raise(value & ALL_CAUSES);
            case IMS -> {
                mask |= value & ALL_CAUSES;
                tell();
            }
            case IMC -> {
                mask &= ~value;
                tell();
            }
            case EIAC -> autoClear = value & (SOURCES[0] | SOURCES[1] | SOURCES[2] | SOURCES[3] | OTHER);
            case IAM -> autoMask = value;
            case IVAR -> allocation = value & 0x800F_FFFF;
            default -> {
                if (register >= EITR && register < EITR + 4 * VECTORS) {
                    throttles[(register - EITR) / 4] = value & INTERVAL;
                }
            }
        }
    }

    @Override
    public void save(StateWriter out) {
        out.put("causes", causes);
        out.put("mask", mask);
        out.put("auto-clear", autoClear);
        out.put("auto-mask", autoMask);
        out.put("allocation", allocation);
        out.put("extended-control", extended);
        out.put("told", told);
        out.put("pin-high", high);
        for (int i = 0; i < pauses.length; i++) {
            out.item("vector", i);
            out.put("throttle", throttles[i]);
            out.name("pause");
            pauses[i].save(out);
        }
        out.endItems();
    }

    @Override
    public void restore(StateReader in) {
        causes = (int) in.take();
        mask = (int) in.take();
        autoClear = (int) in.take();
        autoMask = (int) in.take();
        allocation = (int) in.take();
        extended = (int) in.take();
        told = (int) in.take();
        high = in.takeBoolean();
        for (int i = 0; i < pauses.length; i++) {
            throttles[i] = (int) in.take();
            pauses[i].restore(in);
        }
    }
}
