package dev.hv.cli.trace;

import dev.hv.core.machine.Clock;
import dev.hv.core.machine.iommu.DeviceRequest;
import dev.hv.core.machine.iommu.IommuWatch;

/** Writes what the machine's IOMMU is told to do and what it refuses, a line each. It is the machine's: no guest's name stands there. */
final class IommuTrace implements IommuWatch {

    private final TraceConfig config;
    private final TraceFile file;
    private final Clock clock;

    IommuTrace(TraceConfig config, TraceFile file, Clock clock) {
        this.config = config;
        this.file = file;
        this.clock = clock;
    }

    @Override
    public void refused(int requester, DeviceRequest wanted, long address, String why) {
        write("refused %02x:%02x.%x %s at 0x%x: %s".formatted(requester >> 8, requester >> 3 & 0x1F, requester & 7, wanted.text(), address, why));
    }

    @Override
    public void command(String text) {
        write(text);
    }

    private void write(String text) {
        long now = TraceLine.now(clock);
        if (!file.over() && config.wants(now, 0)) {
            file.line(TraceLine.begin(now, "iommu").append(text));
        }
    }
}
