package dev.hv.core.machine.vtd;

import dev.hv.cpu.memory.Page;

/** Commands to a unit, for people, by the specification's names (VT-d specification, 6.5.2, 11.4.4). */
final class CommandText {

    private static final int DOMAIN = 2;
    private static final int SELECTIVE = 3;

    private CommandText() {}

    /** A descriptor of the invalidation queue. */
    static String descriptor(long low, long high) {
        int domain = (int) (low >>> 16) & 0xFFFF;
        int how = (int) (low >>> 4) & 3;
        return switch (InvalidationQueue.type(low)) {
            case InvalidationQueue.CONTEXTS -> contexts(how, domain, (int) (low >>> 32) & 0xFFFF, (int) (low >>> 48) & 3);
            case InvalidationQueue.TRANSLATIONS -> translations(how, domain, high & -Page.SIZE, (int) high & 0x3F);
            case InvalidationQueue.INTERRUPT_ENTRIES -> "interrupt entry cache invalidate" + ((low & InvalidationQueue.INDEX_SELECTIVE) == 0 ? ", global"
                    : ", index %d, 2^%d entries".formatted((int) (low >>> 32) & 0xFFFF, (int) (low >>> 27) & 0x1F));
            case InvalidationQueue.WAIT -> "invalidation wait" + ((low & InvalidationQueue.WAIT_STATUS) != 0 ? ", writes 0x%x to 0x%x".formatted((int) (low >>> 32), high) : "")
                    + ((low & InvalidationQueue.WAIT_INTERRUPT) != 0 ? ", interrupts" : "");
            default -> "unknown descriptor 0x%x 0x%x".formatted(low, high);
        };
    }

    /** Invalidation of the context cache. */
    static String contexts(int how, int domain, int requester, int functionMask) {
        return "context-cache invalidate" + switch (how) {
            case SELECTIVE -> ", domain %d, device %02x:%02x.%x, function mask %d".formatted(domain, requester >> 8, requester >> 3 & 0x1F, requester & 7, functionMask);
            case DOMAIN -> ", domain " + domain;
            default -> ", global";
        };
    }

    /** Invalidation of the IOTLB. */
    static String translations(int how, int domain, long address, int mask) {
        return "IOTLB invalidate" + switch (how) {
            case SELECTIVE -> ", domain %d, 2^%d pages at 0x%x".formatted(domain, mask, address);
            case DOMAIN -> ", domain " + domain;
            default -> ", global";
        };
    }

    /** Bits of GSTS. */
    static String status(int status) {
        return "translation %s, queued invalidation %s, interrupt remapping %s".formatted(on(status & VtdRegisters.TRANSLATION), on(status & VtdRegisters.QUEUE), on(status & VtdRegisters.INTERRUPTS));
    }

    private static String on(int bit) {
        return bit != 0 ? "on" : "off";
    }
}
