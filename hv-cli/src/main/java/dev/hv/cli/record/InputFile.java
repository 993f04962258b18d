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
 * @param file its absolute name
 * @param digest of its contents; empty for a disk, which is known by its size, its time and samples of its contents
 * @param identity the file as a disk; null for others
 */
record InputFile(String file, String digest, BaseIdentity identity) {

    /** A file that is read whole. */
    static InputFile whole(Path file) throws IOException {
        return new InputFile(file.toAbsolutePath().normalize().toString(), InputFiles.digest(file), null);
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
        Path now = Path.of(file);
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
