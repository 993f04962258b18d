package dev.hv.cli.suite;

/** A fault that is injected. What lasts ends with {@link Heal}, after its number of times, or with the case. What is left to chance is decided by the run's seed. */
public sealed interface Fault extends Step {

    /** Number of times of what lasts until it is healed. */
    long ALWAYS = Long.MAX_VALUE;

    /** Which way data goes. */
    enum Access { READ, WRITE, ANY }

    /**
     * Requests that a fault of a disk meets: those that touch a range.
     *
     * @param disk in the order of attachment, from 0
     * @param access which requests
     * @param first block of 512 bytes
     * @param count blocks
     * @param times how many requests meet it
     */
    record Blocks(int disk, Access access, long first, long count, long times) {}

    /** How a disk fails. */
    enum DiskFailure {
        /** MEDIUM ERROR: unrecovered read error, or write error. */
        MEDIUM,
        /** HARDWARE ERROR: internal target failure. */
        HARDWARE,
        /** ABORTED COMMAND. */
        ABORTED,
        /** SCSI status BUSY. */
        BUSY
    }

    /** Requests fail. */
    record DiskError(StepHead head, Blocks blocks, DiskFailure failure) implements Fault {}

    /** Requests are completed later, by ns of guest time. */
    record DiskDelay(StepHead head, Blocks blocks, long nanos) implements Fault {}

    /** Which frames a fault of a switch port meets. */
    enum Direction { TO_GUEST, FROM_GUEST, BOTH }

    /**
     * Frames of a switch port are lost, change places or are late.
     *
     * @param adapter of the machine, in the order of attachment, from 0
     * @param loss probability that a frame is lost, 0 to 1
     * @param reorder probability that a frame comes after the one behind it
     * @param duplicate probability that a frame comes twice
     * @param delay ns of guest time that each frame is late
     * @param jitter ns of guest time by which the delay differs at most, to both sides
     * @param times how many frames meet it
     */
    record Network(StepHead head, int adapter, Direction direction, double loss, double reorder, double duplicate, long delay, long jitter, long times) implements Fault {}

    /**
     * The host takes a VMBus channel back.
     *
     * @param device what the channel belongs to, one of {@link #DEVICES}
     * @param number among those of its kind, from 0
     */
    record Rescind(StepHead head, String device, int number) implements Fault {
        /** Devices with a channel. */
        public static final java.util.List<String> DEVICES = java.util.List.of("scsi", "net", "shutdown", "timesync", "heartbeat", "kvp");
    }

    /** What an interrupt is known by. */
    enum InterruptKind {
        /** A synthetic interrupt source of the SynIC, 0 to 15; VMBus is 2. */
        SINT,
        /** A vector of the local APIC, 16 to 255. */
        VECTOR,
        /** An input of the I/O APIC, 0 to 23. */
        IRQ
    }

    /** Any processor. */
    int ANY_PROCESSOR = -1;

    /**
     * Interrupts do not come, or come late.
     *
     * @param kind what the number is
     * @param number which interrupt
     * @param processor virtual processor it is for; {@link #ANY_PROCESSOR} for any
     * @param delay ns of guest time until it comes; {@link Timeouts#NONE} for never
     * @param times how many meet it
     */
    record Interrupt(StepHead head, InterruptKind kind, int number, int processor, long delay, long times) implements Fault {}

    /** A virtual processor does not run for a while of the guest's time. */
    record Stall(StepHead head, int processor, long nanos) implements Fault {}

    /** Memory of the host becomes scarce: the guest is to give back so many bytes. */
    record MemoryPressure(StepHead head, long bytes) implements Fault {}

    /** The host's clock jumps, forward or (below 0) back, by ns. */
    record ClockJump(StepHead head, long nanos) implements Fault {}

    /** The process that runs the case is killed. */
    record KillWorker(StepHead head) implements Fault {}

    /** Ends all faults of the machine that last. */
    record Heal(StepHead head) implements Fault {}
}
