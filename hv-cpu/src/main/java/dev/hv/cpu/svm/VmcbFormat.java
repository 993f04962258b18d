package dev.hv.cpu.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Vector;

/** How a VMCB writes segment attributes and events (APM vol. 2, 15.5.1, 15.20). */
public final class VmcbFormat {

    private static final int LOW = 0xFF;
    private static final int HIGH = 0xF00;
    private static final int HIGH_SHIFT = 4;

    private VmcbFormat() {}

    /** Access rights of a segment register ({@link Segment#access}) from its attributes. */
    public static int access(int attributes) {
        return attributes & LOW | (attributes & HIGH) << HIGH_SHIFT | ((attributes & Segment.P) == 0 ? Segment.UNUSABLE : 0);
    }

    /** Attributes of a segment register. */
    public static int attributes(int access) {
        int a = access & LOW | access >>> HIGH_SHIFT & HIGH;
        return (access & Segment.UNUSABLE) != 0 ? a & ~Segment.P : a;
    }

    /** An event in EXIT_INT_INFO's or EVENT_INJECTION's format; 0 for none. */
    public static long information(PendingEvent event) {
        if (!event.present()) {
            return 0;
        }
        long info = information(event.kind(), event.vector(), event.withErrorCode());
        return info | (event.withErrorCode() ? (long) event.errorCode() << 32 : 0);
    }

    /** The low half of an event's description. */
    public static long information(EventKind kind, int vector, boolean errorCode) {
        int type = switch (kind) {
            case EXTERNAL_INTERRUPT -> TYPE_INTERRUPT;
            case NMI -> TYPE_NMI;
            case SOFTWARE_INTERRUPT -> TYPE_SOFTWARE_INTERRUPT;
            default -> TYPE_EXCEPTION;
        };
        return (vector & 0xFF | type << 8 | (errorCode ? EVENT_ERROR_CODE : 0) | EVENT_VALID) & 0xFFFFFFFFL;
    }

    /** Whether there is an event. */
    public static boolean valid(long information) {
        return (information & EVENT_VALID) != 0;
    }

    /** Reads an event, or none. Its length is {@code length} where an instruction asked for it. */
    public static void read(long information, int length, PendingEvent into) {
        if (!valid(information)) {
            into.clear();
            return;
        }
        EventKind kind = kind(information);
        into.set(kind, kind == EventKind.NMI ? Vector.NMI : (int) information & 0xFF, (information & EVENT_ERROR_CODE) != 0, (int) (information >>> 32),
                kind.byInstruction() ? length : 0);
    }

    /** What an event is. #BP and #OF are told as exceptions and come from INT3 and INTO alone. */
    public static EventKind kind(long information) {
        int vector = (int) information & 0xFF;
        return switch ((int) information >>> 8 & 7) {
            case TYPE_INTERRUPT -> EventKind.EXTERNAL_INTERRUPT;
            case TYPE_NMI -> EventKind.NMI;
            case TYPE_SOFTWARE_INTERRUPT -> EventKind.SOFTWARE_INTERRUPT;
            default -> vector == Vector.BP || vector == Vector.OF ? EventKind.SOFTWARE_EXCEPTION : EventKind.EXCEPTION;
        };
    }

    /**
     * Whether an event may be injected (15.20): a type that exists, and of exceptions one that the guest's mode can raise.
     *
     * @param code64 the guest runs 64-bit code, which has no BOUND
     */
    public static boolean legal(long information, boolean code64) {
        int vector = (int) information & 0xFF;
        return switch ((int) information >>> 8 & 7) {
            case TYPE_INTERRUPT, TYPE_NMI, TYPE_SOFTWARE_INTERRUPT -> true;
            case TYPE_EXCEPTION -> vector < 32 && vector != Vector.NMI && !(code64 && vector == Vector.BR);
            default -> false;
        };
    }
}
