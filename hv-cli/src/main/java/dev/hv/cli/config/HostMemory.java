package dev.hv.cli.config;

import java.lang.management.ManagementFactory;

/** How much memory the host has. */
public final class HostMemory {

    private HostMemory() {}

    /** Physical memory of the host (or of the container this runs in), in bytes. */
    public static long physicalBytes() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os ? os.getTotalMemorySize() : Long.MAX_VALUE;
    }
}
