package dev.hv.cli.config;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.HostFiles;
import dev.hv.devices.disk.image.DiskChain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A disk of a virtual machine.
 *
 * @param file image file or block device of the host
 * @param readOnly whether the guest may only read
 * @param bus where it is attached
 * @param dvd whether it is an optical disc; those are read-only
 * @param snapshot whether what the guest writes is kept beside the file, and forgotten at the end
 */
public record DiskConfig(Path file, boolean readOnly, Bus bus, boolean dvd, boolean snapshot) {

    /** What a disk is attached to. */
    public enum Bus {
        SCSI, IDE, NVME, AHCI;

        /** As users write it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether disks there need no VMBus. */
        public boolean emulated() {
            return this != SCSI;
        }

        /** The bus that users call so; null when there is none. */
        static Bus of(String text) {
            return Arrays.stream(values()).filter(b -> b.text().equals(text)).findFirst().orElse(null);
        }
    }

    private static final Set<String> FORMATS = Set.of("raw", "vhd", "vhdx");
    /** Names of settings. */
    static final Set<String> KEYS = new LinkedHashSet<>(List.of("format", "ro", "bus", "dvd", "snapshot"));

    /**
     * A disk as written after {@code --disk}.
     *
     * @param where place for messages
     * @param base folder that a relative name counts from
     */
    public static DiskConfig parse(String where, String text, Path base) {
        return of(Attributes.parse(where, text, KEYS), base);
    }

    static DiskConfig of(Attributes a, Path base) {
        String format = a.text("format", "");
        if (!format.isEmpty() && !FORMATS.contains(format)) {
            throw a.bad("format=" + format + ": raw, vhd or vhdx; without it the file's contents say");
        }
        Bus bus = Bus.of(a.text("bus", Bus.SCSI.text()));
        if (bus == null) {
            throw a.bad("bus=" + a.text("bus", "") + ": scsi, ide, nvme or ahci");
        }
        Path file = FileName.in(base, a.subject());
        String problem = InputFiles.problem(file);
        if (problem != null) {
            throw a.bad(problem);
        }
        checkFormat(a, file, format);
        boolean dvd = a.flag("dvd");
        boolean readOnly = dvd || a.flag("ro");
        boolean snapshot = a.flag("snapshot");
        if (snapshot && readOnly) {
            throw a.bad("snapshot keeps what is written, and nothing is written to a disk that is read-only; leave one of them out");
        }
        if (!readOnly && !snapshot && !Files.isWritable(file)) {
            throw a.bad("cannot be written; say ro to attach it read-only, or snapshot to keep what is written elsewhere");
        }
        return new DiskConfig(file, readOnly, bus, dvd, snapshot);
    }

    private static void checkFormat(Attributes a, Path file, String format) {
        if (format.isEmpty()) {
            return;
        }
        try {
            String found = new DiskChain(new HostFiles()).format(file.toString()).name().toLowerCase(Locale.ROOT);
            if (!found.equals(format)) {
                throw a.bad("format=" + format + ": the file's contents are those of format " + found);
            }
        } catch (DiskException e) {
            throw a.bad(e.getMessage());
        }
    }

    /** Whether the file itself is written. */
    public boolean written() {
        return !readOnly && !snapshot;
    }
}
