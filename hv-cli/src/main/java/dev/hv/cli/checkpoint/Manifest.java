package dev.hv.cli.checkpoint;

import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.VmConfig;
import dev.hv.cpu.state.CpuModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * What a checkpoint says of itself: the file manifest.json. Its last line is a comment with the CRC-32C of everything before it.
 *
 * @param program version of the program that wrote it
 * @param conditions what machine it is of
 * @param lab the virtual machines on it
 * @param parts the other files
 */
public record Manifest(String program, Conditions conditions, LabConfig lab, List<Part> parts) {

    /** Name of the file. */
    static final String FILE = "manifest.json";
    /** Version of the folder's form. */
    static final int FORMAT = 1;

    private static final String KIND = "hv-checkpoint";
    private static final String CHECK = "//crc32c ";

    /**
     * A file of a checkpoint.
     *
     * @param name its name
     * @param bytes its length
     * @param sha256 hash of what it holds; of memory and disk layers, whose contents the state's tables check, of nothing: an empty text
     */
    public record Part(String name, long bytes, String sha256) {}

    /** The file's text. */
    public String toText() {
        Map<String, Object> top = new LinkedHashMap<>();
        top.put("kind", KIND);
        top.put("format", FORMAT);
        top.put("program", program);
        Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("bare", conditions.bare());
        machine.put("realTime", conditions.realTime());
        machine.put("cpu", conditions.cpu());
        machine.put("processors", conditions.processors());
        machine.put("parallel", conditions.parallel());
        machine.put("picosPerInstruction", conditions.picosPerInstruction());
        machine.put("seed", conditions.seed());
        top.put("machine", machine);
        top.put("hostMemory", lab.hostMemory());
        top.put("machines", lab.machines().stream().map(VmFields::write).toList());
        List<Object> files = new ArrayList<>();
        for (Part p : parts) {
            Map<String, Object> file = new LinkedHashMap<>();
            file.put("name", p.name());
            file.put("bytes", p.bytes());
            file.put("sha256", p.sha256());
            files.add(file);
        }
        top.put("parts", files);
        String json = Json.write(top) + "\n";
        return json + CHECK + "%08x\n".formatted(crc(json));
    }

    /** A machine's description, as the file has it: names and values, maps and lists. */
    public static Map<String, Object> describe(VmConfig machine) {
        return VmFields.write(machine);
    }

    private static void checkProcessor(String cpu) throws CheckpointException {
        try {
            CpuModels.parse(cpu);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException("manifest.json has the processor model " + cpu + ": " + e.getMessage());
        }
    }

    private static long crc(String text) {
        var crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return crc.getValue();
    }

    /**
     * Reads the file's text.
     *
     * @throws CheckpointException when it is damaged, or of a newer program
     */
    public static Manifest parse(String text) throws CheckpointException {
        int check = text.lastIndexOf(CHECK);
        if (!text.contains(KIND)) {
            throw new CheckpointException("manifest.json is not one of a checkpoint");
        }
        if (check < 0 || !text.endsWith("\n")) {
            throw new CheckpointException("manifest.json is cut off");
        }
        String json = text.substring(0, check);
        if (!text.substring(check + CHECK.length()).equals("%08x\n".formatted(crc(json)))) {
            throw new CheckpointException("manifest.json is damaged: its check sum is wrong");
        }
        try {
            Fields top = Fields.of(Json.read(json));
            if (!top.text("kind").equals(KIND)) {
                throw new CheckpointException("manifest.json is not one of a checkpoint");
            }
            long format = top.number("format");
            if (format > FORMAT) {
                throw new CheckpointException("manifest.json has format %d, written by hv %s; this program reads format %d".formatted(format, top.text("program"), FORMAT));
            }
            Fields m = top.object("machine");
            // written without a model while there was but one
            String cpu = m.optional("cpu") == null ? "intel" : m.text("cpu");
            checkProcessor(cpu);
            var conditions = new Conditions(m.flag("bare"), m.flag("realTime"), cpu, (int) m.number("processors"), m.flag("parallel"), m.number("picosPerInstruction"),
                    m.number("seed"));
            List<VmConfig> machines = new ArrayList<>();
            for (Object vm : top.list("machines")) {
                machines.add(VmFields.read(Fields.of(vm)));
            }
            List<Part> parts = new ArrayList<>();
            for (Object each : top.list("parts")) {
                Fields p = Fields.of(each);
                parts.add(new Part(p.text("name"), p.number("bytes"), p.text("sha256")));
            }
            return new Manifest(top.text("program"), conditions, new LabConfig(List.copyOf(machines), top.number("hostMemory", 0)), List.copyOf(parts));
        } catch (IOException e) {
            throw new CheckpointException("manifest.json is damaged: " + e.getMessage());
        }
    }
}
