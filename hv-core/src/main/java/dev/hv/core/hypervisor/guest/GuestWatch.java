package dev.hv.core.hypervisor.guest;

import dev.hv.cpu.state.EventKind;

/**
 * Sees what happens between guests and the hypervisor, and changes nothing of it. Called on the thread of a logical processor, in parallel mode under the machine's lock.
 */
public interface GuestWatch {

    /** What an exit was made for, as far as a watch has more to say of it. */
    enum Kind { HYPERCALL, MSR_READ, MSR_WRITE, OTHER }

    /** An exit and the guest's registers, as they are at the moment; good until the call that it is given to returns. */
    interface Exit {
        /** What it was made for. */
        Kind kind();

        /** The same as text, with the hardware's own number of the reason. */
        String reason();

        /** What the guest wanted, decoded, a blank in front; an empty text where there is no more to say. */
        String details();

        /** Where the guest is. */
        long rip();

        /** The MSR of {@link Kind#MSR_READ} and {@link Kind#MSR_WRITE}. */
        int msr();

        /** A general register by its number. */
        long gpr(int index);

        /** Whether the guest is in 64-bit mode. */
        boolean longMode();

        /** Whether a hypercall is under way for longer than this exit, and is executed again for its answer. */
        boolean underWay();

        /** Whether an exception or interrupt waits for the guest's next entry. */
        boolean eventQueued();
    }

    /** A virtual processor has a logical processor from now on. */
    void running(int processor, long partition, int vp);

    /** A guest has exited, and nothing was done about it yet. */
    void exited(long partition, int vp, Exit exit);

    /** What the exit asked for was done: results stand in registers. */
    void handled(long partition, int vp, Exit exit);

    /** An interrupt is delivered to a guest at its next entry. */
    void interrupted(long partition, int vp, EventKind kind, int vector);
}
