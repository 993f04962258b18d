package dev.hv.cli.guest;

import dev.hv.cli.config.CacheFolder;
import dev.hv.cli.config.WorkFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Builds a Linux that can be a parent partition: a kernel with {@code /dev/mshv}, and an initrd with busybox, hv's agent, and {@code mshv-check} that uses the device. */
public final class LinuxParent {

    /** Programs of the initrd: the check; what runs a command in the Debian of {@link DebianParent}; what has its QEMU boot the guest that is there. */
    private static final Map<String, String> PROGRAMS = Map.of("bin/mshv-check", "mshv-check", "bin/in-debian", "in-debian", "bin/nested-boot", "nested-boot");

    private LinuxParent() {}

    /**
     * Where its kernel comes from.
     *
     * @param from a kernel that was built elsewhere; null to build one
     * @param jobs processes that make starts at once
     */
    public record Kernel(Path from, int jobs) {

        /** The label of a folder with this kernel. */
        GuestLabel label() throws GuestException {
            try {
                return GuestLabel.linuxParent(from == null ? "built-" + ParentKernel.hash(ParentKernel.settings()) : "given-" + ParentKernel.hash(ParentKernel.read(from)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Whether a folder holds one with this kernel. */
    public static boolean complete(GuestFolder guest, Kernel kernel) throws GuestException {
        return guest.holds(kernel.label());
    }

    /**
     * Builds it; a folder that is complete is left as it is. Files appear under their names only when whole.
     *
     * @param force whether files that are not known to be this guest's are replaced
     * @throws GuestException with a line for the user
     */
    public static void build(GuestFolder guest, Kernel kernel, boolean force, Progress progress) throws GuestException {
        GuestLabel label = kernel.label();
        if (guest.holds(label)) {
            return;
        }
        if (!force) {
            guest.requireFreeFor(label);
        }
        try (var work = new WorkFolder(GuestFolder.WORK)) {
            progress.step(0, 100, "reading package lists of " + ParentKernel.RELEASE);
            var apt = new Apt(work.path(), ParentKernel.RELEASE, "amd64");
            apt.update();
            byte[] image = kernel.from != null ? ParentKernel.read(kernel.from)
                    : new ParentKernel(CacheFolder.of("linux-parent"), kernel.jobs, ParentKernel.settings()).get(apt, progress);
            progress.step(ParentKernel.END + 1, 100, "downloading " + String.join(", ", GuestInitrd.PACKAGES));
            var found = new GuestInitrd(Files.createDirectories(work.path().resolve("modules")));
            for (Path deb : apt.download(Set.copyOf(GuestInitrd.PACKAGES))) {
                DebPackage.visit(deb, found);
            }
            progress.step(ParentKernel.END + 5, 100, "writing " + guest.path());
            guest.write(label, image, found.archive(programs()));
            progress.step(100, 100, "done");
        } catch (IOException | UncheckedIOException e) {
            throw new GuestException("the guest could not be built: " + e.getMessage());
        } finally {
            progress.end();
        }
    }

    private static Map<String, byte[]> programs() throws IOException {
        Map<String, byte[]> programs = new TreeMap<>();
        for (Map.Entry<String, String> e : PROGRAMS.entrySet()) {
            programs.put(e.getKey(), GuestInitrd.resource(e.getValue()));
        }
        return programs;
    }
}
