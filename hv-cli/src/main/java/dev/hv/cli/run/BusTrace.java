package dev.hv.cli.run;

import dev.hv.cli.config.UsageException;
import dev.hv.core.machine.Clock;
import dev.hv.devices.input.InputText;
import dev.hv.devices.input.SyntheticKeyboard;
import dev.hv.devices.input.SyntheticMouse;
import dev.hv.devices.integration.IntegrationText;
import dev.hv.devices.memory.DynamicMemory;
import dev.hv.devices.memory.MemoryText;
import dev.hv.devices.network.NetworkAdapter;
import dev.hv.devices.network.NetworkText;
import dev.hv.devices.storage.StorageController;
import dev.hv.devices.storage.StorageText;
import dev.hv.devices.video.SyntheticVideo;
import dev.hv.devices.video.VideoText;
import dev.hv.vmbus.Vmbus;
import dev.hv.vmbus.channel.BusObserver;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.protocol.PayloadText;
import dev.hv.vmbus.trace.CaptureTrace;
import dev.hv.vmbus.trace.PcapNgWriter;
import dev.hv.vmbus.trace.TextTrace;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A trace of all buses of a run, as text or as a capture. What has happened stands in the file at once: nothing is held back. */
final class BusTrace implements AutoCloseable {

    /** How packets of devices are read; those of the others are integration components'. */
    private static final Map<Guid, PayloadText> TEXTS = Map.of(StorageController.INTERFACE, new StorageText(), NetworkAdapter.INTERFACE, new NetworkText(), DynamicMemory.INTERFACE, new MemoryText(),
            SyntheticVideo.INTERFACE, new VideoText(), SyntheticKeyboard.INTERFACE, InputText.KEYBOARD, SyntheticMouse.INTERFACE, InputText.MOUSE);

    private final String name;
    private final OutputStream out;
    /** Null when the trace is a capture. */
    private final PrintWriter text;
    /** Null when the trace is text. */
    private final PcapNgWriter capture;
    private boolean failed;

    /**
     * Opens a trace.
     *
     * @param file where it goes: a capture when the name ends in .pcapng, else text; {@code -} is standard error
     * @throws UsageException when it cannot be written
     */
    BusTrace(String file) {
        name = file;
        boolean binary = file.endsWith(".pcapng");
        try {
            out = file.equals("-") ? System.err : Files.newOutputStream(Path.of(file));
        } catch (IOException e) {
            throw new UsageException("--trace vmbus=" + file + ": cannot be written: " + e.getMessage());
        }
        text = binary ? null : new PrintWriter(out, true, StandardCharsets.UTF_8);
        capture = binary ? new PcapNgWriter(out) : null;
    }

    /** Traces a machine's bus, on which everything is offered that will be. */
    void observe(Vmbus bus, String machine, Clock clock) {
        Map<Guid, PayloadText> devices = new HashMap<>();
        for (Channel c : bus.channels()) {
            Guid kind = c.offer().interfaceId();
            devices.put(kind, text(kind));
        }
        BusObserver observer = text != null ? new TextTrace(text, clock, machine, devices) : new CaptureTrace(capture, clock, machine, devices);
        bus.observe(observer);
    }

    /** What is to be said when it could not be written to its end; null when it is whole. */
    String lost() {
        return failed ? "--trace vmbus=" + name + ": could not be written to its end; is the disk full?" : null;
    }

    /** Ends the trace; again, nothing. */
    @Override
    public void close() {
        failed |= text != null ? text.checkError() : capture.failure() != null;
        try {
            if (!name.equals("-")) {
                out.close();
            }
        } catch (IOException e) {
            failed = true;
        }
    }

    private static PayloadText text(Guid kind) {
        return TEXTS.getOrDefault(kind, new IntegrationText());
    }
}
