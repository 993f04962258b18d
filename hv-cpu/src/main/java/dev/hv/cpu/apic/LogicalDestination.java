package dev.hv.cpu.apic;

/** Matching of logical destinations (SDM vol. 3A, 12.6.2.2 and 12.12.10.2). */
final class LogicalDestination {

    private static final int CLUSTER_MODEL = 0;

    private LogicalDestination() {}

    /** The logical ID that follows from an x2APIC ID: cluster in bits 31:16, one bit of 15:0. */
    static int x2apicId(int id) {
        return (id >>> 4) << 16 | 1 << (id & 0xF);
    }

    static boolean matchesX2apic(int destination, int id) {
        int own = x2apicId(id);
        return destination >>> 16 == own >>> 16 && (destination & own & 0xFFFF) != 0;
    }

    /** xAPIC mode: an 8-bit mask in the flat model; in the cluster model a cluster in bits 7:4 and a mask in bits 3:0. */
    static boolean matchesXapic(int destination, int ldr, int dfr) {
        int own = ldr >>> 24;
        if (dfr >>> 28 == CLUSTER_MODEL) {
            return destination >> 4 == own >> 4 && (destination & own & 0xF) != 0;
        }
        return (destination & own) != 0;
    }
}
