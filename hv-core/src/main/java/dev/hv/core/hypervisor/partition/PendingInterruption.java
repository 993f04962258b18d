package dev.hv.core.hypervisor.partition;

import static dev.hv.core.tlfs.HvRegister.PENDING_ERROR_CODE;
import static dev.hv.core.tlfs.HvRegister.PENDING_LENGTH_SHIFT;
import static dev.hv.core.tlfs.HvRegister.PENDING_PRESENT;
import static dev.hv.core.tlfs.HvRegister.PENDING_TYPE_SHIFT;
import static dev.hv.core.tlfs.HvRegister.PENDING_VECTOR_SHIFT;

import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.Vector;

/** HvRegisterPendingInterruption, HV_X64_PENDING_INTERRUPTION_REGISTER, and the event it stands for. */
final class PendingInterruption {

    private static final EventKind[] KINDS = {EventKind.EXTERNAL_INTERRUPT, null, EventKind.NMI, EventKind.EXCEPTION, EventKind.SOFTWARE_INTERRUPT,
        EventKind.PRIVILEGED_SOFTWARE_EXCEPTION, EventKind.SOFTWARE_EXCEPTION, null};
    private static final int VALID = PENDING_PRESENT | 7 << PENDING_TYPE_SHIFT | PENDING_ERROR_CODE | 15 << PENDING_LENGTH_SHIFT | 0xFFFF << PENDING_VECTOR_SHIFT;
    private static final int EXCEPTIONS = 32;

    private PendingInterruption() {}

    /** The register of an event; 0 for none. */
    static long of(PendingEvent event) {
        if (!event.present()) {
            return 0;
        }
        int type = 0;
        while (KINDS[type] != event.kind()) {
            type++;
        }
        return (PENDING_PRESENT | type << PENDING_TYPE_SHIFT | (event.withErrorCode() ? PENDING_ERROR_CODE : 0) | event.length() << PENDING_LENGTH_SHIFT
                | event.vector() << PENDING_VECTOR_SHIFT) & 0xFFFF_FFFFL | (event.withErrorCode() ? (long) event.errorCode() << 32 : 0);
    }

    /** The event of a register; false for a value that stands for none that a processor could deliver. */
    static boolean read(long value, PendingEvent into) {
        int low = (int) value;
        if ((low & PENDING_PRESENT) == 0) {
            into.clear();
            return true;
        }
        EventKind kind = KINDS[low >>> PENDING_TYPE_SHIFT & 7];
        int vector = low >>> PENDING_VECTOR_SHIFT;
        int length = low >>> PENDING_LENGTH_SHIFT & 15;
        boolean code = (low & PENDING_ERROR_CODE) != 0;
        if ((low & ~VALID) != 0 || kind == null || vector > 0xFF || kind == EventKind.NMI && vector != Vector.NMI
                || kind == EventKind.EXCEPTION && (vector >= EXCEPTIONS || vector == Vector.NMI) || code && (kind != EventKind.EXCEPTION || !Vector.hasErrorCode(vector))
                || kind.byInstruction() && length == 0) {
            return false;
        }
        into.set(kind, vector, code, code ? (int) (value >>> 32) : 0, length);
        return true;
    }
}
