package dev.hv.cli.guest;

import dev.hv.cli.config.OutputFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** The folder a guest is kept in: {@code vmlinuz}, {@code initrd.img}, and {@code guest.txt} that says which guest it is. */
public record GuestFolder(Path path) {

    /** What names of folders begin with in which guests are built. */
    static final String WORK = "hv-guest-";

    /** The kernel. */
    public Path kernel() {
        return path.resolve("vmlinuz");
    }

    /** The initial RAM disk. */
    public Path initrd() {
        return path.resolve("initrd.img");
    }

    private Path label() {
        return path.resolve("guest.txt");
    }

    /** Whether this guest stands complete here. */
    public boolean holds(GuestLabel guest) throws GuestException {
        return Files.isRegularFile(kernel()) && Files.isRegularFile(initrd()) && read().equals(guest.line());
    }

    /**
     * Checks that no other guest is kept here, and no files of somebody else under a guest's names.
     *
     * @throws GuestException when there are
     */
    void requireFreeFor(GuestLabel guest) throws GuestException {
        String found = read();
        if (!found.isEmpty() && !guest.names(found)) {
            throw new GuestException(path + " holds another guest (" + GuestLabel.name(found) + "); give another folder with --dir, or --force to replace it");
        }
        for (Path file : new Path[] {kernel(), initrd()}) {
            if (found.isEmpty() && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new GuestException(file + " is there already and no guest's (no " + label().getFileName()
                        + " beside it); give another folder with --dir, or --force to replace it");
            }
        }
    }

    private String read() throws GuestException {
        try {
            return Files.isRegularFile(label()) ? Files.readString(label(), StandardCharsets.UTF_8).strip() : "";
        } catch (IOException e) {
            throw new GuestException(label() + ": cannot be read: " + e.getMessage());
        }
    }

    /** Writes a guest, and makes the folder when it is not there; the files appear under their names only when whole, and count as complete when all are there. */
    void write(GuestLabel guest, byte[] kernel, byte[] initrd) throws IOException {
        Files.createDirectories(path);
        OutputFiles.sweep(path);
        // until all is there, the label says whose the files are and that they are not whole
        whole(label(), text(guest.unfinished()));
        whole(initrd(), initrd);
        whole(kernel(), kernel);
        whole(label(), text(guest));
    }

    private static byte[] text(GuestLabel guest) {
        return (guest.line() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Writes a file that appears under its name only when whole. */
    static void whole(Path file, byte[] contents) throws IOException {
        OutputFiles.<IOException>whole(file, "rw-r--r--", part -> Files.write(part, contents));
    }
}
