package dev.hv.cli.run;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.hv.cli.config.OutputFiles;
import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.MachineStatistics;
import dev.hv.cpu.execute.EngineStatistics;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelStatistics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The counters of a run as one JSON object ({@code --stats}). */
final class RunReport {

    private static final double SECOND = 1e9;
    private static final Path STATUS = Path.of("/proc/self/status");

    private RunReport() {}

    /**
     * Writes the report.
     *
     * @param hypervisor null for a bare machine
     * @param snapshotBytes what guests changed on disks that keep nothing
     * @throws IOException when the file cannot be written
     */
    static void write(Path file, Machine machine, Hypervisor hypervisor, List<RunningVm> vms, long snapshotBytes) throws IOException {
        byte[] text = text(machine, hypervisor, vms, snapshotBytes);
        OutputFiles.<IOException>whole(file, "rw-r--r--", part -> Files.write(part, text));
    }

    /** The counters now, as the report has them. */
    static byte[] text(Machine machine, Hypervisor hypervisor, List<RunningVm> vms, long snapshotBytes) throws IOException {
        MachineStatistics s = machine.statistics();
        var text = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(text, JsonEncoding.UTF8)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeNumberField("instructions", s.instructions());
            json.writeNumberField("wallSeconds", s.hostNanos() / SECOND);
            json.writeNumberField("guestSeconds", s.guestNanos() / SECOND);
            json.writeNumberField("idleSeconds", s.idleNanos() / SECOND);
            json.writeNumberField("mips", s.instructions() / (s.hostNanos() / 1e3));
            counts(json, "vmExits", hypervisor == null ? Map.of() : hypervisor.exitCounts());
            counts(json, "hypercalls", hypervisor == null ? Map.of() : hypervisor.hypercallCounts());
            counts(json, "nested", hypervisor == null ? Map.of() : hypervisor.nestedCounts());
            json.writeObjectFieldStart("vmbus");
            for (RunningVm vm : vms) {
                channels(json, vm, vms.size() > 1 ? vm.config.name() + "/" : "");
            }
            json.writeEndObject();
            EngineStatistics e = machine.engines().statistics();
            json.writeObjectFieldStart("engine");
            json.writeStringField("kind", machine.engines().kind().name().toLowerCase(Locale.ROOT).replace('_', '-'));
            json.writeNumberField("blocks", e.blocks());
            json.writeNumberField("translatedBlocks", e.translated());
            json.writeNumberField("translatedInstructions", e.instructions());
            json.writeNumberField("codeBytes", e.bytes());
            json.writeNumberField("entries", e.entries());
            json.writeNumberField("leftToInterpreter", e.slow());
            json.writeNumberField("leftForPages", e.fills());
            json.writeEndObject();
            json.writeNumberField("turns", s.turns());
            json.writeNumberField("timersFired", s.timersFired());
            json.writeNumberField("snapshotBytes", snapshotBytes);
            json.writeNumberField("memoryBytes", s.memoryBytes());
            json.writeNumberField("peakHeapBytes", peakHeap());
            json.writeNumberField("residentBytes", resident());
            json.writeEndObject();
        }
        text.write('\n');
        return text.toByteArray();
    }

    private static void counts(JsonGenerator json, String name, Map<String, Long> counts) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, Long> e : counts.entrySet()) {
            json.writeNumberField(e.getKey(), e.getValue());
        }
        json.writeEndObject();
    }

    /** The counters now as names and values, maps and lists: numbers are Long or Double. */
    static Map<String, Object> counters(Machine machine, Hypervisor hypervisor, List<RunningVm> vms, long snapshotBytes) throws IOException {
        try (JsonParser json = new JsonFactory().createParser(text(machine, hypervisor, vms, snapshotBytes))) {
            json.nextToken();
            return object(json);
        }
    }

    private static Map<String, Object> object(JsonParser json) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName().replace('/', '_');
            all.put(name, switch (json.nextToken()) {
                case START_OBJECT -> object(json);
                case VALUE_NUMBER_INT -> (Object) json.getLongValue();
                case VALUE_NUMBER_FLOAT -> json.getDoubleValue();
                default -> json.getText();
            });
        }
        return all;
    }

    /** The channels of a machine, their names behind a prefix. */
    private static void channels(JsonGenerator json, RunningVm vm, String prefix) throws IOException {
        if (vm.bus == null) {
            return;
        }
        for (Channel c : vm.bus.channels()) {
            ChannelStatistics s = c.statistics();
            json.writeObjectFieldStart(prefix + c.offer().name() + (c.subChannelIndex() == 0 ? "" : ":" + c.subChannelIndex()));
            json.writeNumberField("packetsIn", s.packetsIn());
            json.writeNumberField("bytesIn", s.bytesIn());
            json.writeNumberField("signalsIn", s.signalsIn());
            json.writeNumberField("packetsOut", s.packetsOut());
            json.writeNumberField("bytesOut", s.bytesOut());
            json.writeNumberField("signalsOut", s.signalsOut());
            json.writeEndObject();
        }
    }

    private static long peakHeap() {
        long sum = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getType() == MemoryType.HEAP) {
                sum += pool.getPeakUsage().getUsed();
            }
        }
        return sum;
    }

    /** Resident memory of this process where the host tells, else 0. */
    private static long resident() throws IOException {
        if (!Files.isReadable(STATUS)) {
            return 0;
        }
        for (String line : Files.readAllLines(STATUS)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        return 0;
    }
}
