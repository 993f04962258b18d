package dev.hv.cpu.apic;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** Which messages are for a local APIC: its ID, logical destination and destination format (SDM vol. 3A, 12.4.6 and 12.6.2). */
final class ApicAddress {

    private final ApicConfig config;
    private final ApicBase base;
    private int xapicId;
    private int ldr;
    private int dfr;

    ApicAddress(ApicConfig config, ApicBase base) {
        this.config = config;
        this.base = base;
    }

    /** INIT; the ID stays. */
    void reset() {
        ldr = 0;
        dfr = -1;
    }

    /** RESET: the ID is the initial one again. */
    void resetId() {
        xapicId = config.id() & 0xFF;
    }

    /** The ID as the current mode shows it. */
    int id() {
        return base.x2apic() ? config.id() : xapicId;
    }

    void setXapicId(int id) {
        xapicId = id;
    }

    int ldr() {
        return base.x2apic() ? LogicalDestination.x2apicId(config.id()) : ldr;
    }

    void setLdr(int value) {
        ldr = value & 0xFF00_0000;
    }

    int dfr() {
        return dfr;
    }

    void setDfr(int value) {
        dfr = value | 0x0FFF_FFFF;
    }

    /** Whether a message is for this APIC; all ones is everybody. */
    boolean matches(int destination, boolean logical) {
        if (destination == -1) {
            return true;
        }
        if (!logical) {
            return destination == id();
        }
        return base.x2apic() ? LogicalDestination.matchesX2apic(destination, config.id()) : LogicalDestination.matchesXapic(destination, ldr, dfr);
    }

    void save(StateWriter out) {
        out.put("xapic-id", xapicId);
        out.put("ldr", ldr);
        out.put("dfr", dfr);
    }

    void restore(StateReader in) {
        xapicId = (int) in.take();
        ldr = (int) in.take();
        dfr = (int) in.take();
    }
}
