package dev.hv.cpu.state;

/**
 * A VM exit found in the middle of a memory access (EPT violation, EPT misconfiguration, APIC access): unwinds to the
 * engine, which completes the exit. Preallocated and stackless. Exits caused by an instruction itself are return values.
 */
public final class VmExitSignal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The reason, numbered by the unit that made the signal. */
    public int reason;
    /** What more that unit tells of the reason. */
    public long qualification;
    /** Guest-physical address, where the reason has one. */
    public long guestPhysical;
    /** Guest-linear address, where the qualification says it is valid. */
    public long guestLinear;

    VmExitSignal() {
        super(null, null, false, false);
    }
}
