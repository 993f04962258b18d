package dev.hv.cli.guest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The folder a guest is kept in: {@code vmlinuz}, {@code initrd.img}, and {@code guest.txt} that says which guest it is. */
public record GuestFolder(Path path) {

    /** Counts up when what is built changes, so that guests of older versions are built again. */
    private static final int FORMAT = 9;

    /** In the place of the format while files are written. */
    private static final String UNFINISHED = "unfinished";

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

    private static String label(String release, String flavour) {
        return "debian " + release + " " + flavour;
    }

    /** Whether this guest stands complete here; its flavour is {@link DebianGuest#flavour}. */
    public boolean holds(String release, String flavour) throws GuestException {
        return Files.isRegularFile(kernel()) && Files.isRegularFile(initrd()) && read().equals(label(release, flavour) + " " + FORMAT);
    }

    /**
     * Checks that no other guest is kept here, and no files of somebody else under a guest's names.
     *
     * @throws GuestException when there are
     */
    void requireFreeFor(String release, String flavour) throws GuestException {
        String found = read();
        if (!found.isEmpty() && !found.startsWith(label(release, flavour) + " ")) {
            throw new GuestException(path + " holds another guest (" + found.substring(0, Math.max(found.lastIndexOf(' '), 0))
                    + "); give another folder with --dir, or --force to replace it");
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

    /** Writes a guest; the files appear under their names only when whole, and count as complete when all are there. */
    void write(String release, String flavour, byte[] kernel, byte[] initrd) throws IOException {
        // until all is there, the label says whose the files are and that they are not whole
        write(label(), (label(release, flavour) + " " + UNFINISHED + "\n").getBytes(StandardCharsets.UTF_8));
        write(initrd(), initrd);
        write(kernel(), kernel);
        write(label(), (label(release, flavour) + " " + FORMAT + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void write(Path file, byte[] contents) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.write(part, contents);
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
