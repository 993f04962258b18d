package dev.hv.cli.checkpoint;

import dev.hv.core.machine.Machine;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.StateFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A checkpoint that was read and checked, all but the contents of memory and disks: those are checked by who takes them. */
public final class Checkpoint {

    /** Name of the file with all sections. */
    static final String STATE = "state.bin";
    /** Name and version of the section with the tables of disks. */
    static final String DISKS = "disks";
    static final int DISKS_VERSION = 1;

    private final Path folder;
    private final Manifest manifest;
    private final byte[] state;
    private final List<SectionReader.Entry> sections;
    private final MemoryImage memory = new MemoryImage();
    private final List<DiskImage> disks = new ArrayList<>();

    private Checkpoint(Path folder, Manifest manifest, byte[] state) {
        this.folder = folder;
        this.manifest = manifest;
        this.state = state;
        sections = SectionReader.list(state);
    }

    /**
     * Reads a folder.
     *
     * @throws CheckpointException when it is none, is damaged, or is of a newer program
     */
    public static Checkpoint open(Path folder) throws CheckpointException {
        try {
            Manifest manifest = Manifest.parse(Files.readString(folder.resolve(Manifest.FILE), StandardCharsets.UTF_8));
            for (Manifest.Part p : manifest.parts()) {
                long bytes = Files.size(folder.resolve(p.name()));
                if (bytes != p.bytes()) {
                    throw new CheckpointException("%s is %s: %d bytes where %d were written".formatted(p.name(), bytes < p.bytes() ? "cut off" : "damaged", bytes, p.bytes()));
                }
            }
            byte[] state = Files.readAllBytes(folder.resolve(STATE));
            var checkpoint = new Checkpoint(folder, manifest, state);
            String hash = CheckpointWriter.sha256(state);
            if (manifest.parts().stream().noneMatch(p -> p.name().equals(STATE) && p.sha256().equals(hash))) {
                throw new CheckpointException("state.bin is not the one that manifest.json names: its hash is another");
            }
            checkpoint.readTables();
            return checkpoint;
        } catch (NoSuchFileException e) {
            throw new CheckpointException(Files.isDirectory(folder) ? folder.relativize(Path.of(e.getFile())) + " is missing: not a whole checkpoint" : "no such folder");
        } catch (StateFormatException e) {
            throw new CheckpointException("state.bin: " + e.getMessage());
        } catch (IOException e) {
            throw new CheckpointException("cannot be read: " + e.getMessage());
        }
    }

    /**
     * Checks what {@link #open} does not: the contents of memory and disks.
     *
     * @throws CheckpointException when they are damaged
     */
    public void check() throws CheckpointException {
        try (Arena arena = Arena.ofConfined()) {
            memory.contents(folder, arena);
        }
        for (DiskImage d : disks) {
            d.check(folder);
        }
    }

    private void readTables() {
        memory.restore(section(MemoryImage.SECTION));
        var reader = section(DISKS);
        reader.begin(DISKS, DISKS_VERSION);
        for (long n = reader.take(); n > 0; n--) {
            var disk = new DiskImage();
            disk.restore(reader);
            disks.add(disk);
        }
        reader.end();
        if (disks.size() != manifest.lab().machines().stream().mapToInt(m -> m.disks().size()).sum()) {
            throw new StateFormatException("section disks has others than manifest.json");
        }
    }

    /** What it says of itself. */
    public Manifest manifest() {
        return manifest;
    }

    /** Its sections, in order. */
    public List<SectionReader.Entry> sections() {
        return sections;
    }

    /** A table of its memory. */
    public MemoryImage memory() {
        return memory;
    }

    /** The disks of all machines, in the order of the manifest. */
    public List<DiskImage> disks() {
        return disks;
    }

    /** Where it is. */
    public Path folder() {
        return folder;
    }

    /**
     * One section alone.
     *
     * @throws StateFormatException when there is none of this name
     */
    public SectionReader section(String name) {
        for (SectionReader.Entry e : sections) {
            if (e.name().equals(name)) {
                return new SectionReader(state, e);
            }
        }
        throw new StateFormatException("section " + name + " is missing");
    }

    /**
     * Fills a machine that was built as {@link #manifest} says and has not run.
     *
     * @param arena for how long its memory stays
     */
    public void restore(Machine machine, Arena arena) throws CheckpointException {
        memory.load(folder, machine.bus().memory(), arena);
        var reader = new SectionReader(state);
        try {
            memory.restore(reader);
            reader.begin(DISKS, DISKS_VERSION);
            reader.skip();
            machine.restore(reader);
            if (!reader.atEnd()) {
                throw new StateFormatException("there are sections that this program does not know");
            }
        } catch (StateFormatException e) {
            throw new CheckpointException("state.bin: " + e.getMessage());
        } catch (RuntimeException e) {
            // the check sums are right: what is in the section is not what this program writes
            throw new CheckpointException("state.bin: section %s makes no sense here: %s".formatted(reader.section(), e));
        }
    }
}
