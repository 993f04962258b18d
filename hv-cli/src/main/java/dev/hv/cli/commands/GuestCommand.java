package dev.hv.cli.commands;

import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.config.Sizes;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.console.HostTerminal;
import dev.hv.cli.console.Messages;
import dev.hv.cli.guest.DebianGuest;
import dev.hv.cli.guest.DebianParent;
import dev.hv.cli.guest.GuestException;
import dev.hv.cli.guest.GuestFolder;
import dev.hv.cli.guest.GuestLabel;
import dev.hv.cli.guest.LinuxParent;
import dev.hv.cli.guest.Progress;
import dev.hv.cli.guest.RootImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Fetches real kernels and builds guests of them. */
@Command(name = "guest", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
        description = {"Fetches kernel, modules and busybox with apt-get download and builds an initrd. Needs no root rights.",
            "debian: a Debian. linux-parent: a Linux with /dev/mshv, whose kernel is built of Debian's sources. debian-parent: that, and a disk with Debian's QEMU and a guest for it."},
        footerHeading = "%nExamples:%n",
        footer = {
            "  hv guest debian",
            "  hv guest debian --release trixie --dir guests/trixie",
            "  hv guest debian --kernel generic",
            "  hv guest debian --dir guests/bookworm --disk root.img --size 1G",
            "  hv guest linux-parent --dir guests/linux-parent",
            "  hv guest debian-parent --dir guests/parent --disk parent.img"})
public final class GuestCommand implements Callable<Integer> {

    private static final String DEFAULT_SIZE = "256M";
    private static final String DEFAULT_PARENT_SIZE = "640M";
    private static final int MOST_JOBS = 1024;

    @Spec
    private CommandSpec spec;
    @Parameters(paramLabel = "SYSTEM", completionCandidates = Candidates.Systems.class, description = "The system: ${COMPLETION-CANDIDATES}.")
    private String system;
    @Option(names = "--release", paramLabel = "RELEASE", completionCandidates = Candidates.Releases.class, defaultValue = "bookworm", description = "bookworm, trixie or sid (default ${DEFAULT-VALUE}); of debian-parent, the guest on its disk.")
    private String release;
    @Option(names = "--arch", paramLabel = "ARCH", completionCandidates = Candidates.Architectures.class, defaultValue = "amd64", description = "amd64 or i386 (default ${DEFAULT-VALUE}).")
    private String arch;
    @Option(names = "--kernel", paramLabel = "KERNEL", completionCandidates = Candidates.Kernels.class, defaultValue = "cloud", description = "cloud or generic (default ${DEFAULT-VALUE}): generic has more drivers, those of screens among them.")
    private String kernel;
    @Option(names = "--from", paramLabel = "FILE", description = "Of a parent: a kernel with /dev/mshv that was built elsewhere (default: one is built, and kept for the next time).")
    private Path from;
    @Option(names = "--jobs", paramLabel = "N", description = "Of a parent: processes that build its kernel at a time (default: as many as the host has processors).")
    private Integer jobs;
    @Option(names = "--dir", paramLabel = "DIR", description = "Folder for vmlinuz and initrd.img (default guests/RELEASE, with -generic behind it for that kernel; guests/SYSTEM of a parent).")
    private Path folder;
    @Option(names = "--disk", paramLabel = "FILE", description = "Builds a root file system as well: an ext4 image to boot with root=/dev/sda; of debian-parent, the disk with Debian's QEMU.")
    private Path disk;
    @Option(names = "--size", paramLabel = "SIZE", description = "Size of the image of --disk (default " + DEFAULT_SIZE + ", of debian-parent " + DEFAULT_PARENT_SIZE + ").")
    private String sizeText;
    @Option(names = "--force", description = "Replace a file that --disk names, another guest in the folder, or files there that are no guest's.")
    private boolean force;

    @Override
    public Integer call() {
        if (!new Candidates.Systems().contains(system)) {
            throw new UsageException("guest " + system + ": one of " + String.join(", ", new Candidates.Systems()) + " can be built");
        }
        Candidates.require("--release", release, new Candidates.Releases());
        Candidates.require("--arch", arch, new Candidates.Architectures());
        Candidates.require("--kernel", kernel, new Candidates.Kernels());
        boolean parent = !system.equals(Candidates.Systems.DEBIAN);
        refuse(parent ? List.of("--arch", "--kernel") : List.of("--from", "--jobs"));
        if (system.equals(Candidates.Systems.LINUX_PARENT)) {
            refuse(List.of("--release", "--disk", "--size"));
        }
        if (system.equals(Candidates.Systems.DEBIAN_PARENT) && disk == null) {
            throw new UsageException("guest " + system + ": --disk FILE is needed, for Debian's QEMU and its guest");
        }
        if (jobs != null && (jobs < 1 || jobs > MOST_JOBS)) {
            throw new UsageException("--jobs " + jobs + ": from 1 to " + MOST_JOBS);
        }
        boolean generic = kernel.equals("generic");
        if (generic && !arch.equals("amd64")) {
            throw new UsageException("--kernel generic: " + arch + " has one kernel; leave it out");
        }
        Path target = folder != null ? folder : Path.of("guests", parent ? system : generic ? release + "-generic" : release);
        OutputFiles.requireFolder("--dir", target);
        long size = size(parent);
        if (disk != null && (disk.toString().isEmpty() || !disk.toAbsolutePath().normalize().getParent().equals(target.toAbsolutePath().normalize()))) {
            OutputFiles.require("--disk ", disk);
        } else if (disk != null && Files.isDirectory(disk)) {
            throw new UsageException("--disk " + disk + ": a directory; a file is needed");
        }
        if (disk != null && Files.exists(disk) && !Files.isRegularFile(disk)) {
            throw new UsageException("--disk " + disk + ": no regular file; an image is made in one");
        }
        Progress progress = HostTerminal.is(HostTerminal.ERROR) ? new Bar() : new Lines();
        var guest = new GuestFolder(target);
        try {
            if (disk != null && !force) {
                // said before anything is fetched
                RootImage.requireFree(disk);
            }
            if (parent) {
                parent(guest, size, progress);
            } else {
                debian(guest, GuestLabel.debian(release, arch, generic), size, progress);
            }
        } catch (GuestException e) {
            throw new UsageException(e.getMessage());
        }
        return ExitStatus.OK;
    }

    private void debian(GuestFolder guest, GuestLabel label, long size, Progress progress) throws GuestException {
        if (guest.holds(label)) {
            Messages.say(guest.path() + " is complete already");
        } else {
            DebianGuest.build(release, arch, kernel.equals("generic"), guest.path(), force, progress);
        }
        if (disk != null) {
            RootImage.build(guest, disk, size, force, progress);
        }
    }

    private void parent(GuestFolder guest, long size, Progress progress) throws GuestException {
        var source = new LinuxParent.Kernel(from, jobs == null ? Runtime.getRuntime().availableProcessors() : jobs);
        if (LinuxParent.complete(guest, source)) {
            Messages.say(guest.path() + " is complete already");
        } else {
            LinuxParent.build(guest, source, force, progress);
        }
        if (disk != null) {
            var nested = new GuestFolder(guest.path().resolve(release));
            DebianGuest.build(release, arch, false, nested.path(), force, progress);
            DebianParent.build(nested, disk, size, force, progress);
        }
    }

    /** Options that say nothing of the system are mistakes. */
    private void refuse(List<String> options) {
        for (String option : options) {
            if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
                throw new UsageException(option + ": says nothing of " + system + "; leave it out");
            }
        }
    }

    private long size(boolean parent) {
        if (sizeText != null && disk == null) {
            throw new UsageException("--size " + sizeText + ": is the size of a disk image; say --disk FILE as well");
        }
        long size = Sizes.bytes("--size", sizeText != null ? sizeText : parent ? DEFAULT_PARENT_SIZE : DEFAULT_SIZE);
        long least = parent ? DebianParent.LEAST : RootImage.LEAST;
        if (size < least) {
            throw new UsageException("--size " + sizeText + ": too little; an image needs at least " + Sizes.show(least));
        }
        return size;
    }

    /** The guest's folder is made when it is not there; what stands in the way of that is said before anything is fetched. */
    /** A line a step, for pipes and logs. */
    private static final class Lines implements Progress {
        @Override
        public void step(int done, int total, String what) {
            System.err.println("[" + done + "/" + total + "] " + what);
        }

        @Override
        public void end() {}
    }

    /** One line that is drawn over, for terminals. */
    private static final class Bar implements Progress {
        private static final int WIDTH = 30;
        private static final int TEXT = 48;

        @Override
        public void step(int done, int total, String what) {
            int full = WIDTH * done / total;
            String text = what.length() > TEXT ? what.substring(0, TEXT - 1) + "…" : what;
            System.err.print("\r[" + "#".repeat(full) + ".".repeat(WIDTH - full) + "] " + text + " ".repeat(TEXT - text.length()));
        }

        @Override
        public void end() {
            System.err.println();
        }
    }
}
