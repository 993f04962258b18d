package dev.hv.cli.config;

import java.util.Locale;

/**
 * What a machine's guest may do beside running.
 *
 * @param enlightened it is told about the hypervisor, and has VMBus
 * @param nested it has hardware virtualisation itself
 * @param parent whether it may make partitions of its own, and how
 * @param scheduler who runs the processors of those
 */
public record GuestRights(boolean enlightened, boolean nested, Parent parent, Scheduler scheduler) {

    /** How a guest is a parent of partitions. */
    public enum Parent {
        /** It is none. */
        NONE,
        /** A child that makes partitions of its own, which the hypervisor schedules as it does others (L1VH). */
        L1VH,
        /** It is in the root's place: it has the machine's devices, no VMBus, and starts the processors. */
        ROOT;

        /** The name that the command line and files give it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Who runs the processors of partitions that a guest makes. */
    public enum Scheduler {
        /** The hypervisor, as it does others. */
        CORE,
        /** The guest itself, by HvCallDispatchVp. */
        ROOT;

        /** The name that the command line and files give it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether it has VMBus. */
    public boolean vmbus() {
        return enlightened && parent != Parent.ROOT;
    }

    /** A guest that knows about the hypervisor, and no more. */
    public static final GuestRights CHILD = new GuestRights(true, false, Parent.NONE, Scheduler.CORE);
}
