package dev.hv.devices.offender;

import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.state.Cpu;
import dev.hv.vmbus.Vmbus;
import dev.hv.vmbus.ring.RingReader;
import java.nio.file.Files;
import java.nio.file.Path;

/** Device models that break rules of the architecture; never run. */
public final class DeviceOffenders {

    private DeviceOffenders() {}

    public static final class SeesDefinitions {
        HvStatus status;
    }

    public static final class SeesTheProcessor {
        Cpu cpu;
    }

    public static final class SeesTheBus {
        Vmbus bus;
    }

    public static final class SeesARing {
        RingReader ring;
    }

    public static final class OpensAFile {
        boolean there() {
            return Files.exists(Path.of("x"));
        }
    }
}
