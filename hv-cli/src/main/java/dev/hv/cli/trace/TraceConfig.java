package dev.hv.cli.trace;

import dev.hv.cli.config.Attributes;
import dev.hv.cli.config.FileName;
import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.config.Sizes;
import dev.hv.cli.config.UsageException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A trace that is wanted, and what of it: {@code exits=FILE,vm=guest,vp=0,address=0xffffffff81000000-0xffffffff82000000,from=1s,until=2s,size=16M,full=ring}.
 *
 * @param kind what is traced
 * @param file where to; {@code -} is standard error
 * @param machine the machine's name; null for all
 * @param processors first and last virtual processor; null for all
 * @param addresses first and last address of an instruction, unsigned; null for all
 * @param from instant from which on, in nanoseconds of the machine's clock
 * @param until instant before which
 * @param size bytes that the file has at most
 * @param ring whether what is older goes when the file is full; else what is newer does
 */
public record TraceConfig(Kind kind, String file, String machine, int[] processors, long[] addresses, long from, long until, long size, boolean ring) {

    /** What can be traced beside VMBus. */
    public enum Kind {
        /** Every instruction that guests execute. */
        INSTRUCTIONS,
        /** Every exit from a guest to the hypervisor. */
        EXITS,
        HYPERCALLS,
        MSRS,
        /** Interrupts that are delivered to guests. */
        INTERRUPTS,
        /** Commands to the machine's IOMMU, and what it refuses. */
        IOMMU;

        /** The name that people write. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Set<String> KEYS = new LinkedHashSet<>(List.of("vm", "vp", "address", "from", "until", "size", "full"));
    private static final List<String> GUESTS = List.of("vm", "vp", "address");
    private static final long SIZE = 256L << 20;
    private static final long LEAST_SIZE = 4096;
    private static final Pattern RANGE = Pattern.compile("(\\d{1,4})(?:-(\\d{1,4}))?");
    private static final Pattern ADDRESSES = Pattern.compile("0[xX]([0-9a-fA-F]{1,16})(?:-0[xX]([0-9a-fA-F]{1,16}))?");

    /** Names of all kinds, for messages. */
    public static String kinds() {
        return Arrays.stream(Kind.values()).map(Kind::word).collect(Collectors.joining(", "));
    }

    /**
     * A trace as written after {@code --trace}, without VMBus's.
     *
     * @throws UsageException when it is none
     */
    public static TraceConfig parse(String option, String text) {
        return writable(option + " " + text.substring(0, Math.max(0, text.indexOf('='))), named(option, text));
    }

    /** A trace as {@link #parse} has it, of whose file nothing is known yet. */
    public static TraceConfig named(String option, String text) {
        int equals = text.indexOf('=');
        String word = equals < 0 ? text : text.substring(0, equals);
        Kind kind = Arrays.stream(Kind.values()).filter(k -> k.word().equals(word)).findFirst()
                .orElseThrow(() -> new UsageException("%s %s: vmbus, %s can be traced, as in %s exits=FILE".formatted(option, text, kinds(), option)));
        if (equals < 0) {
            throw new UsageException("%s %s: a file is needed, as in %s %s=FILE; - is standard error".formatted(option, text, option, word));
        }
        return named(option + " " + word, kind, text.substring(equals + 1));
    }

    /** A trace of a kind: file and settings. */
    public static TraceConfig parse(String where, Kind kind, String text) {
        return writable(where, named(where, kind, text));
    }

    private static TraceConfig writable(String where, TraceConfig config) {
        if (!config.file.equals("-")) {
            OutputFiles.require(where + "=", FileName.of(config.file));
        }
        return config;
    }

    /** This, into another file. */
    public TraceConfig to(String other) {
        return new TraceConfig(kind, other, machine, processors, addresses, from, until, size, ring);
    }

    private static TraceConfig named(String where, Kind kind, String text) {
        Attributes a = Attributes.parse(where, text, KEYS);
        String full = a.values().getOrDefault("full", "stop");
        if (!full.equals("stop") && !full.equals("ring")) {
            throw a.wrong("full=" + full + ": stop keeps what came first, ring what came last");
        }
        long from = instant(a, "from", 0);
        long until = instant(a, "until", Long.MAX_VALUE);
        if (from >= until) {
            throw a.wrong("from is not before until: nothing would be traced");
        }
        if (kind == Kind.IOMMU) {
            GUESTS.stream().filter(a.values()::containsKey).findFirst().ifPresent(k -> {
                throw a.wrong(k + ": the IOMMU is the machine's, no guest's");
            });
        }
        String size = a.values().get("size");
        long bytes = size == null ? SIZE : Sizes.bytes(where + " size", size);
        if (bytes < LEAST_SIZE) {
            throw a.wrong("size=" + size + ": at least 4K");
        }
        if (full.equals("ring") && a.subject().equals("-")) {
            throw a.wrong("full=ring: standard error takes nothing back; name a file");
        }
        return new TraceConfig(kind, a.subject(), a.values().get("vm"), processors(a), addresses(a), from, until, bytes, full.equals("ring"));
    }

    private static long instant(Attributes a, String key, long otherwise) {
        String v = a.values().get(key);
        return v == null ? otherwise : Sizes.nanos(a.where() + " " + key, v);
    }

    private static int[] processors(Attributes a) {
        String v = a.values().get("vp");
        if (v == null) {
            return null;
        }
        Matcher m = RANGE.matcher(v);
        if (!m.matches()) {
            throw a.wrong("vp=" + v + ": a processor's number, from 0, or two with - between");
        }
        int first = Integer.parseInt(m.group(1));
        int last = m.group(2) == null ? first : Integer.parseInt(m.group(2));
        if (last < first) {
            throw a.wrong("vp=" + v + ": the last is before the first");
        }
        return new int[] {first, last};
    }

    private static long[] addresses(Attributes a) {
        String v = a.values().get("address");
        if (v == null) {
            return null;
        }
        Matcher m = ADDRESSES.matcher(v);
        if (!m.matches()) {
            throw a.wrong("address=" + v + ": an address in hexadecimal with 0x, or two with - between");
        }
        long first = Long.parseUnsignedLong(m.group(1), 16);
        long last = m.group(2) == null ? first : Long.parseUnsignedLong(m.group(2), 16);
        if (Long.compareUnsigned(last, first) < 0) {
            throw a.wrong("address=" + v + ": the last is before the first");
        }
        return new long[] {first, last};
    }

    /** Whether an instant and a processor are wanted. */
    boolean wants(long nanos, int vp) {
        return nanos >= from && nanos < until && (processors == null || vp >= processors[0] && vp <= processors[1]);
    }

    /** Whether an instruction's address is wanted. */
    boolean wants(long address) {
        return addresses == null || Long.compareUnsigned(address, addresses[0]) >= 0 && Long.compareUnsigned(address, addresses[1]) <= 0;
    }
}
