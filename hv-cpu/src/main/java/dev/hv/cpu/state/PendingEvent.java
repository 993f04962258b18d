package dev.hv.cpu.state;

/**
 * An event on its way through the IDT: one that is being delivered, whose delivery was cut short, or that is to be delivered. Each
 * virtualisation unit maps it to its own format.
 */
public final class PendingEvent {

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

    /** There is none any more. */
    public void clear() {
        kind = null;
    }
}
