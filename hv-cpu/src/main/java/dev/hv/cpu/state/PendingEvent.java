package dev.hv.cpu.state;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * An event on its way through the IDT: one that is being delivered, whose delivery was cut short, or that is to be delivered. Each
 * virtualisation unit maps it to its own format.
 */
public final class PendingEvent implements Saveable {

    private static final int VERSION = 1;
    private static final int NONE = -1;

    private EventKind kind;
    private int vector;
    private boolean withErrorCode;
    private int errorCode;
    private int length;

    /** Whether there is one. */
    public boolean present() {
        return kind != null;
    }

    /** What it is; null when there is none. */
    public EventKind kind() {
        return kind;
    }

    /** Its number, 0 to 255. */
    public int vector() {
        return vector;
    }

    /** Whether its handler gets an error code. */
    public boolean withErrorCode() {
        return withErrorCode;
    }

    /** The error code. */
    public int errorCode() {
        return errorCode;
    }

    /** Bytes of the instruction that asked for it ({@link EventKind#byInstruction}). */
    public int length() {
        return length;
    }

    /** Puts an event here. */
    public void set(EventKind what, int number, boolean code, int codeValue, int instructionLength) {
        kind = what;
        vector = number;
        withErrorCode = code;
        errorCode = codeValue;
        length = instructionLength;
    }

    /** Puts another's event here, or none. */
    public void set(PendingEvent other) {
        set(other.kind, other.vector, other.withErrorCode, other.errorCode, other.length);
    }

    /** There is none any more. */
    public void clear() {
        kind = null;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("pending-event", VERSION);
        out.put("kind", present() ? kind.ordinal() : NONE);
        if (present()) {
            out.put("vector", vector);
            out.put("with-error-code", withErrorCode);
            out.put("error-code", errorCode);
            out.put("length", length);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("pending-event", VERSION);
        long number = in.take();
        if (number < NONE || number >= EventKind.values().length) {
            throw new StateFormatException("an event of kind " + number);
        }
        if (number == NONE) {
            clear();
        } else {
            set(EventKind.values()[(int) number], (int) in.take(), in.takeBoolean(), (int) in.take(), (int) in.take());
        }
        in.end();
    }
}
