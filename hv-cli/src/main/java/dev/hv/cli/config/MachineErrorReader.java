package dev.hv.cli.config;

import dev.hv.cpu.events.MachineChecks;
import dev.hv.cpu.events.MachineError;
import dev.hv.cpu.state.Cpu;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads errors of the machine, as after {@code --at 5s:mce=}: {@code corrected}, which is logged alone, {@code uncorrected}, after which a program could go
 * on, or {@code fatal}; with settings {@code cpu}, {@code bank}, {@code code}, {@code address} and {@code misc}.
 */
final class MachineErrorReader {

    private static final Set<String> KEYS = new LinkedHashSet<>(List.of("cpu", "bank", "code", "address", "misc"));
    /** A memory controller's read, of no channel that is known (SDM vol. 3B, 16.9.2). */
    private static final long MEMORY_READ = 0x9F;
    private static final int BANK = 4;
    private static final int MOST_PROCESSORS = 2048;

    private MachineErrorReader() {}

    /**
     * Reads one.
     *
     * @throws UsageException when it cannot be
     */
    static MachineError parse(String where, String value) {
        Attributes a = Attributes.parse(where, value, KEYS);
        long kind = switch (a.subject()) {
            case "corrected" -> 0;
            case "uncorrected" -> MachineChecks.UNCORRECTED;
            case "fatal" -> MachineChecks.UNCORRECTED | MachineChecks.CONTEXT_CORRUPT;
            default -> throw a.bad("corrected, uncorrected or fatal");
        };
        boolean address = a.values().containsKey("address");
        boolean misc = a.values().containsKey("misc");
        long status = MachineChecks.VALID | kind | (address ? MachineChecks.ADDRESS : 0) | (misc ? MachineChecks.MISC : 0) | number(a, "code", MEMORY_READ, 0xFFFF_FFFFL);
        return new MachineError((int) number(a, "cpu", 0, MOST_PROCESSORS - 1), (int) number(a, "bank", BANK, Cpu.MACHINE_CHECK_BANKS - 1), status,
                number(a, "address", 0, -1), number(a, "misc", 0, -1));
    }

    private static long number(Attributes a, String key, long otherwise, long most) {
        String text = a.text(key, null);
        if (text == null) {
            return otherwise;
        }
        long v;
        try {
            v = text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw a.bad(key + "=" + text + ": a number is needed, such as 4 or 0x9f");
        }
        if (Long.compareUnsigned(v, most) > 0) {
            throw a.bad(key + "=" + text + ": from 0 to " + (most > 0xFFFF ? "0x" + Long.toHexString(most) : Long.toString(most)));
        }
        return v;
    }
}
