package dev.hv.cli.record;

import dev.hv.cli.checkpoint.BaseIdentity;
import dev.hv.cli.config.InputFiles;
import dev.hv.cli.config.UsageException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that a run reads.
 *
 * @param file its absolute name, or its name from the recording's folder
 * @param digest of its contents; empty for a disk, which is known by its size, its time and samples of its contents
 * @param identity the file as a disk; null for others
 */
record InputFile(String file, String digest, BaseIdentity identity) {

    /** A file that is read whole. */
    static InputFile whole(Path file) throws IOException {
        return new InputFile(file.toAbsolutePath().normalize().toString(), InputFiles.digest(file), null);
    }

    /** The same, known by its place beside a recording where it lies below the recording's folder: both may go elsewhere together. */
    InputFile beside(Path recording) {
        return new InputFile(name(recording, Path.of(file)), digest, identity);
    }

    /** What a recording calls a file: its absolute name, or, of one below its own folder, the name from there. */
    static String name(Path recording, Path file) {
        Path folder = recording.toAbsolutePath().normalize().getParent();
        Path whole = file.toAbsolutePath().normalize();
        return (whole.startsWith(folder) ? folder.relativize(whole) : whole).toString();
    }

    /** The file that a recording calls so. */
    static Path named(Path recording, String name) {
        return recording.toAbsolutePath().normalize().getParent().resolve(name);
    }

    /** A disk. */
    static InputFile disk(Path file) throws IOException {
        return new InputFile(file.toAbsolutePath().normalize().toString(), "", BaseIdentity.of(file));
    }

    /**
     * Checks that the file is the one that it was.
     *
     * @param recording for messages
     * @throws UsageException when it is not
     */
    void check(Path recording) {
        Path now = named(recording, file);
        try {
            String difference = identity != null ? identity.difference(BaseIdentity.of(now)) : InputFiles.digest(now).equals(digest) ? null : "its contents are others";
            if (difference != null) {
                throw new UsageException("%s was recorded with %s, which has changed since: %s".formatted(recording, file, difference));
            }
        } catch (IOException e) {
            throw new UsageException("%s was recorded with %s, which cannot be read: %s".formatted(recording, file, Files.exists(now) ? e.getMessage() : "no such file"));
        }
    }

    void save(StateWriter out) {
        out.put(file);
        out.put(digest);
        out.put(identity != null);
        if (identity != null) {
            identity.save(out);
        }
    }

    static InputFile restored(StateReader in) {
        return new InputFile(in.takeText(), in.takeText(), in.takeBoolean() ? BaseIdentity.restored(in) : null);
    }
}
