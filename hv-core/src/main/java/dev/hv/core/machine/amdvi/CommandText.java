package dev.hv.core.machine.amdvi;

/** Commands to a unit, for people, by the specification's names (48882, 2.4). */
final class CommandText {

    private CommandText() {}

    /** A command of the buffer. */
    static String of(long low, long high) {
        int device = (int) low & 0xFFFF;
        return switch ((int) (low >>> 60)) {
            case CommandBuffer.COMPLETION_WAIT -> "COMPLETION_WAIT" + ((low & CommandBuffer.STORE) != 0 ? ", writes 0x%x to 0x%x".formatted(high, low & CommandBuffer.STORE_ADDRESS) : "")
                    + ((low & CommandBuffer.INTERRUPT) != 0 ? ", interrupts" : "");
            case CommandBuffer.INVALIDATE_DEVICE -> "INVALIDATE_DEVTAB_ENTRY, device " + function(device);
            case CommandBuffer.INVALIDATE_PAGES -> "INVALIDATE_IOMMU_PAGES, domain " + ((int) (low >>> 32) & 0xFFFF) + pages(high);
            case CommandBuffer.INVALIDATE_INTERRUPTS -> "INVALIDATE_INTERRUPT_TABLE, device " + function(device);
            case CommandBuffer.INVALIDATE_ALL -> "INVALIDATE_IOMMU_ALL";
            default -> "unknown command 0x%x 0x%x".formatted(low, high);
        };
    }

    private static String pages(long high) {
        int shift = CommandBuffer.shift(high);
        return shift >= Long.SIZE ? ", all" : ", %d bytes at 0x%x".formatted(1L << shift, high & -1L << shift);
    }

    private static String function(int device) {
        return "%02x:%02x.%x".formatted(device >> 8, device >> 3 & 0x1F, device & 7);
    }

    /** What the control register turns on and off. */
    static String control(long control) {
        return "IOMMU %s, commands %s, event log %s".formatted(on(control & AmdViRegisters.ENABLE), on(control & AmdViRegisters.COMMANDS), on(control & AmdViRegisters.EVENT_LOG));
    }

    private static String on(long bit) {
        return bit != 0 ? "on" : "off";
    }
}
