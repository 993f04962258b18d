package dev.hv.cli.guest;

import dev.hv.cli.config.WorkFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Builds a Debian guest: the suite's cloud kernel or its generic one, and an initrd with busybox, the Hyper-V modules and daemons, and a small init. */
public final class DebianGuest {

    private static final int STEPS = 5;

    private DebianGuest() {}

    /**
     * Fetches and builds, of the suite's newest packages; a complete folder is left as it is. Files appear under their names only when whole.
     *
     * @param release bookworm, trixie, sid
     * @param arch amd64 or i386
     * @param generic whether it has the kernel for all machines, with more drivers (video's among them), instead of the one for clouds
     * @param force whether files that are not known to be a guest's are replaced
     * @throws GuestException with a line for the user
     */
    public static void build(String release, String arch, boolean generic, Path folder, boolean force, Progress progress) throws GuestException {
        var guest = new GuestFolder(folder);
        GuestLabel label = GuestLabel.debian(release, arch, generic);
        if (guest.holds(label)) {
            return;
        }
        if (!force) {
            guest.requireFreeFor(label);
        }
        try (var work = new WorkFolder(GuestFolder.WORK)) {
            progress.step(0, STEPS, "reading package lists of " + release);
            var apt = new Apt(work.path(), release, arch);
            apt.update();
            String kernel = !arch.equals("amd64") ? "linux-image-686-pae" : generic ? "linux-image-amd64" : "linux-image-cloud-amd64";
            Set<String> packages = new LinkedHashSet<>(apt.closure(kernel, "linux-(image|binary|modules)-.*"));
            packages.addAll(GuestInitrd.PACKAGES);
            if (generic) {
                packages.addAll(GuestInitrd.ETHTOOL_PACKAGES);
            }
            progress.step(1, STEPS, "downloading " + String.join(", ", packages));
            List<Path> files = apt.download(packages);
            progress.step(2, STEPS, "unpacking");
            var found = new GuestInitrd(Files.createDirectories(work.path().resolve("modules")));
            for (Path deb : files) {
                DebPackage.visit(deb, found);
            }
            progress.step(3, STEPS, "building the initrd");
            byte[] initrd = found.archive(Map.of());
            progress.step(4, STEPS, "writing " + folder);
            guest.write(label, found.kernel(), initrd);
            progress.step(STEPS, STEPS, "done");
        } catch (IOException | UncheckedIOException e) {
            throw new GuestException("the guest could not be built: " + e.getMessage());
        } finally {
            progress.end();
        }
    }
}
