package dev.hv.cpu.vmx;

import dev.hv.cpu.events.Events;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.TaskSwitchSource;

/** How a VMCS holds what the processor has in neutral terms: events, blocking, activity, debug conditions (SDM vol. 3C, 24.4.2, 24.8.3, 24.9). */
public final class VmcsFormat {

    private static final int DEBUG_CONDITIONS = 0xF;

    // Activity states (24.4.2)
    private static final int ACTIVE = 0;
    private static final int HLT = 1;
    private static final int SHUTDOWN = 2;
    private static final int WAIT_FOR_SIPI = 3;

    private VmcsFormat() {}

    /** Interruption information of an event; 0, which is not valid, for none. */
    public static int information(PendingEvent event) {
        return event.present() ? information(event.kind(), event.vector(), event.withErrorCode()) : 0;
    }

    /** Interruption information. */
    public static int information(EventKind kind, int vector, boolean withErrorCode) {
        return VmxControls.INFO_VALID | (withErrorCode ? VmxControls.INFO_ERROR_CODE : 0) | type(kind) << 8 | vector;
    }

    /** Reads interruption information and what belongs to it; none when it is not valid. */
    public static void read(int information, int errorCode, int length, PendingEvent into) {
        if ((information & VmxControls.INFO_VALID) == 0) {
            into.clear();
        } else {
            into.set(kind(information), information & 0xFF, (information & VmxControls.INFO_ERROR_CODE) != 0, errorCode, length);
        }
    }

    private static int type(EventKind kind) {
        return switch (kind) {
            case EXTERNAL_INTERRUPT -> VmxControls.TYPE_EXTERNAL;
            case NMI -> VmxControls.TYPE_NMI;
            case EXCEPTION -> VmxControls.TYPE_HARDWARE_EXCEPTION;
            case SOFTWARE_INTERRUPT -> VmxControls.TYPE_SOFTWARE_INTERRUPT;
            case PRIVILEGED_SOFTWARE_EXCEPTION -> VmxControls.TYPE_PRIVILEGED_SOFTWARE_EXCEPTION;
            case SOFTWARE_EXCEPTION -> VmxControls.TYPE_SOFTWARE_EXCEPTION;
        };
    }

    /**
     * What interruption information tells of.
     *
     * @throws IllegalArgumentException for a type that is no event of the IDT, which VM entries refuse or treat apart
     */
    static EventKind kind(int information) {
        return switch (information >>> 8 & 7) {
            case VmxControls.TYPE_EXTERNAL -> EventKind.EXTERNAL_INTERRUPT;
            case VmxControls.TYPE_NMI -> EventKind.NMI;
            case VmxControls.TYPE_HARDWARE_EXCEPTION -> EventKind.EXCEPTION;
            case VmxControls.TYPE_SOFTWARE_INTERRUPT -> EventKind.SOFTWARE_INTERRUPT;
            case VmxControls.TYPE_PRIVILEGED_SOFTWARE_EXCEPTION -> EventKind.PRIVILEGED_SOFTWARE_EXCEPTION;
            case VmxControls.TYPE_SOFTWARE_EXCEPTION -> EventKind.SOFTWARE_EXCEPTION;
            default -> throw new IllegalArgumentException("interruption information 0x" + Integer.toHexString(information));
        };
    }

    /** Exit qualification of a task switch (table 27-2). */
    static long qualification(TaskSwitchSource source, int selector) {
        long number = switch (source) {
            case CALL -> 0;
            case IRET -> 1;
            case JMP -> 2;
            case GATE -> 3;
        };
        return selector & 0xFFFF | number << 30;
    }

    /** Interruptibility state of {@link Cpu#SHADOW_STI} and {@link Cpu#SHADOW_SS}. */
    public static int blocking(int shadow) {
        return ((shadow & Cpu.SHADOW_STI) != 0 ? VmxControls.BLOCKING_STI : 0) | ((shadow & Cpu.SHADOW_SS) != 0 ? VmxControls.BLOCKING_SS : 0);
    }

    /** {@link Cpu#SHADOW_STI} and {@link Cpu#SHADOW_SS} of an interruptibility state. */
    public static int shadow(int blocking) {
        return ((blocking & VmxControls.BLOCKING_STI) != 0 ? Cpu.SHADOW_STI : 0) | ((blocking & VmxControls.BLOCKING_SS) != 0 ? Cpu.SHADOW_SS : 0);
    }

    /** Pending debug exceptions of {@link Cpu#pendingDebug}. */
    public static int pendingDebug(int conditions) {
        return conditions & DEBUG_CONDITIONS | ((conditions & Events.BREAKPOINT_MET) != 0 ? VmxControls.PENDING_ENABLED_BREAKPOINT : 0)
                | ((conditions & Events.SINGLE_STEP) != 0 ? VmxControls.PENDING_SINGLE_STEP : 0);
    }

    /** {@link Cpu#pendingDebug} of pending debug exceptions. */
    public static int debugConditions(int pending) {
        return pending & DEBUG_CONDITIONS | ((pending & VmxControls.PENDING_ENABLED_BREAKPOINT) != 0 ? Events.BREAKPOINT_MET : 0)
                | ((pending & VmxControls.PENDING_SINGLE_STEP) != 0 ? Events.SINGLE_STEP : 0);
    }

    /** Activity state of {@link Cpu#activity}. */
    static int activityState(int activity) {
        return switch (activity) {
            case Cpu.HALTED -> HLT;
            case Cpu.SHUTDOWN -> SHUTDOWN;
            case Cpu.WAIT_FOR_SIPI -> WAIT_FOR_SIPI;
            default -> ACTIVE;
        };
    }

    /** {@link Cpu#activity} of an activity state; -1 for a state that does not exist. */
    static int activity(long state) {
        return state == ACTIVE ? Cpu.ACTIVE : state == HLT ? Cpu.HALTED : state == SHUTDOWN ? Cpu.SHUTDOWN : state == WAIT_FOR_SIPI ? Cpu.WAIT_FOR_SIPI : -1;
    }
}
