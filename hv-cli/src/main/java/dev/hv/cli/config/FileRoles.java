package dev.hv.cli.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What each file of a command is for: one that is written is nothing else besides, or what was in it would be lost. Devices and pipes may be written by many. */
public final class FileRoles {

    private record Role(String what, boolean written) {}

    private final Map<Path, Role> all = new HashMap<>();

    /**
     * A file that is read.
     *
     * @param what the option, and what stands in front of the name, or what the file is, for messages
     * @throws UsageException when it is written, too
     */
    public FileRoles read(String what, Path file) {
        return add(new Role(what, false), file);
    }

    /**
     * A file that is written; nothing when it is null.
     *
     * @throws UsageException when something else is written to it, or it is read
     */
    public FileRoles write(String what, Path file) {
        return add(new Role(what, true), file);
    }

    private FileRoles add(Role role, Path file) {
        if (file == null || Files.exists(file) && !Files.isRegularFile(file)) {
            return this;
        }
        Role before = all.putIfAbsent(real(file), role);
        if (before != null && (before.written || role.written)) {
            Role written = role.written ? role : before;
            Role other = role.written ? before : role;
            throw new UsageException((written.what + file).strip() + ": " + (other.written ? other.what.strip() + " is written to this file, too" : "this file is read: " + other.what.strip()) + "; name another one");
        }
        return this;
    }

    private static Path real(Path file) {
        Path whole = file.toAbsolutePath().normalize();
        try {
            return Files.exists(whole) ? whole.toRealPath() : whole.getParent().toRealPath().resolve(whole.getFileName());
        } catch (IOException e) {
            return whole;
        }
    }
}
