package dev.hv.cpu.state;

/**
 * A VM exit found in the middle of a memory access or of event delivery: unwinds to the engine, which has the virtualisation unit complete the
 * exit in its own format. Preallocated and stackless. Exits caused by an instruction itself are return values.
 */
public final class VmExitSignal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What was met. */
    public enum Kind {
        /** Second-level translation has no mapping for the access, or not with the right that it needs. */
        NESTED_VIOLATION,
        /** Second-level translation met an entry that makes no sense. */
        NESTED_MISCONFIGURATION,
        /** The access sets a dirty flag of second-level translation, and the log of such pages is full. */
        NESTED_LOG_FULL,
        /** The access is to the page at which a hypervisor virtualises the local APIC. */
        APIC_ACCESS,
        /** Event delivery goes through a task gate. */
        TASK_GATE,
        /** The bus of an emulator cannot do the access: no exit of a guest, but for the emulator's owner to hear of. */
        UNREACHED
    }

    public Kind kind;
    /** {@link Mem#READ}, {@link Mem#WRITE} or {@link Mem#FETCH}, with {@link NestedPaging#WALK} and {@link NestedPaging#LINEAR_VALID}. */
    public int access;
    /** What second-level translation allows there: 1 reads, 2 writes, 4 fetches. */
    public int rights;
    /** Guest-physical address of the access. */
    public long guestPhysical;
    /** Guest-linear address, where {@link #access} says that it is valid. */
    public long guestLinear;
    /** Bytes of the instruction that made the access; 0 when none did, or when it was being fetched. The engine fills it in. */
    public int length;
    /** Selector of the TSS that the task gate names. */
    public int selector;

    VmExitSignal() {
        super(null, null, false, false);
    }
}
