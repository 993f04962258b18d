package dev.hv.cli.config;

import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.network.PortFaults;
import java.util.List;

/** A fault that is injected into a virtual machine. What lasts ends with {@link Heal} or after its number of times. What is left to chance is decided by the run's seed. */
public sealed interface Fault {

    /** Number of times of what lasts until it is healed. */
    long ALWAYS = Long.MAX_VALUE;

    /** Delay of what never comes. */
    long NEVER = Long.MAX_VALUE;

    /** Any processor. */
    int ANY_PROCESSOR = -1;

    /** Whether it has to do with VMBus, which a guest without enlightenments does not have. */
    default boolean needsBus() {
        return false;
    }

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

    /** Requests fail. */
    record DiskError(Blocks blocks, DiskFaults.Failure failure) implements Fault {}

    /** Requests are completed later, by ns of guest time. */
    record DiskDelay(Blocks blocks, long nanos) implements Fault {}

    /**
     * Frames at the switch port of an adapter are lost, late and so on.
     *
     * @param adapter of the machine, in the order of attachment, from 0
     */
    record Network(int adapter, PortFaults.Rule rule) implements Fault {}

    /** Devices with a VMBus channel. */
    List<String> DEVICES = List.of("scsi", "net", "pci", "shutdown", "timesync", "heartbeat", "kvp", "vss", "fcopy", "video", "keyboard", "mouse");

    /**
     * The host takes a VMBus channel back.
     *
     * @param device what the channel belongs to, one of {@link #DEVICES}
     * @param number among those of its kind, from 0
     */
    record Rescind(String device, int number) implements Fault {
        @Override
        public boolean needsBus() {
            return true;
        }
    }

    /** The host offers a channel again that it took back. */
    record Offer(String device, int number) implements Fault {
        @Override
        public boolean needsBus() {
            return true;
        }
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

    /**
     * Interrupts do not come, or come late.
     *
     * @param kind what the number is
     * @param number which interrupt
     * @param processor virtual processor it is for; {@link #ANY_PROCESSOR} for any, as always for {@link InterruptKind#IRQ}
     * @param delay ns of guest time until it comes; {@link #NEVER} for never
     * @param times how many meet it
     */
    record Interrupt(InterruptKind kind, int number, int processor, long delay, long times) implements Fault {}

    /** A virtual processor does not run for a while of the guest's time. */
    record Stall(int processor, long nanos) implements Fault {}

    /** The host's clock jumps, forward or (below 0) back, by ns. */
    record ClockJump(long nanos) implements Fault {}

    /** Memory of the host becomes scarce: the guest is to give back so many bytes. */
    record MemoryPressure(long bytes) implements Fault {
        @Override
        public boolean needsBus() {
            return true;
        }
    }

    /** Ends all faults of the machine that last. */
    record Heal() implements Fault {}
}
