package dev.hv.devices.firmware;

/**
 * What the tables must describe.
 *
 * @param lowMemory bytes of memory from address 0, at most {@link FirmwareLayout#LOW_MEMORY_END}
 * @param highMemory bytes of memory from 4 GiB
 * @param processors number of processors; their APIC IDs are 0, 1, 2 …
 * @param physicalBits MAXPHYADDR
 * @param entropy 64 bytes for the guest's random numbers, or none for a guest that does not know the table they come in
 * @param vmbus whether the VMBus device is in the tables, and owns the memory windows
 * @param iommu the unit that devices are behind
 * @param reservedMemory bytes at the end of low memory, whole pages, that are not the operating system's
 */
public record FirmwareConfig(long lowMemory, long highMemory, int processors, int physicalBits, byte[] entropy, boolean vmbus, Iommu iommu, long reservedMemory) {

    /** Bytes of entropy that Hyper-V gives. */
    public static final int ENTROPY_BYTES = 64;

    private static final long MIB = 1 << 20;

    /** Kinds of IOMMUs. */
    public enum Iommu {
        NONE,
        VT_D,
        AMD_VI
    }

    /** A machine all of whose memory is the operating system's. */
    public FirmwareConfig(long lowMemory, long highMemory, int processors, int physicalBits, byte[] entropy, boolean vmbus, Iommu iommu) {
        this(lowMemory, highMemory, processors, physicalBits, entropy, vmbus, iommu, 0);
    }

    /** A machine without IOMMU. */
    public FirmwareConfig(long lowMemory, long highMemory, int processors, int physicalBits, byte[] entropy, boolean vmbus) {
        this(lowMemory, highMemory, processors, physicalBits, entropy, vmbus, Iommu.NONE);
    }

    /** Checks the sizes. */
    public FirmwareConfig {
        if (lowMemory < MIB || lowMemory > FirmwareLayout.LOW_MEMORY_END || (lowMemory & 0xFFF) != 0) {
            throw new IllegalArgumentException("low memory of 0x%x bytes is not whole pages between 1 MiB and 3968 MiB".formatted(lowMemory));
        }
        if (highMemory < 0 || (highMemory & 0xFFF) != 0) {
            throw new IllegalArgumentException("high memory of 0x%x bytes is not whole pages".formatted(highMemory));
        }
        if (reservedMemory < 0 || (reservedMemory & 0xFFF) != 0 || reservedMemory > lowMemory - MIB) {
            throw new IllegalArgumentException("reserved memory of 0x%x bytes is not whole pages of low memory above 1 MiB".formatted(reservedMemory));
        }
        if (entropy.length != 0 && entropy.length != ENTROPY_BYTES) {
            throw new IllegalArgumentException(entropy.length + " bytes of entropy are not " + ENTROPY_BYTES);
        }
        if (processors < 1 || processors > FirmwareTables.MAX_PROCESSORS) {
            throw new IllegalArgumentException(processors + " processors are not between 1 and " + FirmwareTables.MAX_PROCESSORS);
        }
    }
}
