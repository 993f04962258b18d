package dev.hv.cli.commands;

import dev.hv.cli.config.Sizes;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.guest.DebianGuest;
import dev.hv.cli.guest.GuestException;
import dev.hv.cli.guest.GuestFolder;
import dev.hv.cli.guest.Progress;
import dev.hv.cli.guest.RootImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches real kernels and builds guests of them. */
@Command(name = "guest", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Fetches kernel, modules and busybox with apt-get download and builds an initrd. Needs no root rights.")
public final class GuestCommand implements Callable<Integer> {

    @Parameters(paramLabel = "SYSTEM", description = "debian")
    private String system;
    @Option(names = "--release", defaultValue = "bookworm", description = "bookworm, trixie or sid (default ${DEFAULT-VALUE}).")
    private String release;
    @Option(names = "--arch", defaultValue = "amd64", description = "amd64 or i386 (default ${DEFAULT-VALUE}).")
    private String arch;
    @Option(names = "--dir", paramLabel = "DIR", description = "Folder for vmlinuz and initrd.img (default guests/RELEASE).")
    private Path folder;
    @Option(names = "--disk", paramLabel = "FILE", description = "Builds a root file system as well: an ext4 image to boot with root=/dev/sda.")
    private Path disk;
    @Option(names = "--size", defaultValue = "256M", description = "Size of the image (default ${DEFAULT-VALUE}).")
    private String sizeText;
    @Option(names = "--force", description = "Replace a file that --disk names, another guest in the folder, or files there that are no guest's.")
    private boolean force;

    @Override
    public Integer call() {
        if (!system.equals("debian")) {
            throw new UsageException("guest " + system + ": only debian guests can be built");
        }
        if (!List.of("bookworm", "trixie", "sid").contains(release)) {
            throw new UsageException("--release " + release + ": one of bookworm, trixie, sid");
        }
        if (!List.of("amd64", "i386").contains(arch)) {
            throw new UsageException("--arch " + arch + ": one of amd64, i386");
        }
        Path target = folder == null ? Path.of("guests", release) : folder;
        long size = Sizes.bytes("--size", sizeText);
        if (size < RootImage.LEAST) {
            throw new UsageException("--size " + sizeText + ": too little; an image needs at least " + Sizes.show(RootImage.LEAST));
        }
        if (disk != null && (Files.isDirectory(disk) || !writable(disk.toAbsolutePath().normalize().getParent(), target))) {
            throw new UsageException("--disk " + disk + ": no folder to write it to");
        }
        Progress progress = System.console() != null ? new Bar() : new Lines();
        var guest = new GuestFolder(target);
        try {
            if (disk != null && !force) {
                // said before anything is fetched
                RootImage.requireFree(disk);
            }
            if (guest.holds(release, arch)) {
                System.err.println("hv: " + target + " is complete already");
            } else {
                DebianGuest.build(release, arch, target, force, progress);
            }
            if (disk != null) {
                RootImage.build(guest, disk, size, force, progress);
            }
        } catch (GuestException e) {
            throw new UsageException(e.getMessage());
        }
        return ExitStatus.OK;
    }

    /** Whether a folder is there, or will be: the guest's own is made. */
    private static boolean writable(Path parent, Path target) {
        return Files.isDirectory(parent) || parent.equals(target.toAbsolutePath().normalize());
    }

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
