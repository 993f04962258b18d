package dev.hv.cli.config;

import java.nio.file.Path;
import java.util.List;

/** What a virtual machine starts with. */
public sealed interface BootConfig {

    /**
     * A Linux kernel.
     *
     * @param kernel bzImage or vmlinux
     * @param initrd initial RAM disk, or null
     * @param append kernel command line
     * @param guestScript script appended to the initrd as /etc/hv/run.sh, or null
     */
    record Linux(Path kernel, Path initrd, String append, Path guestScript) implements BootConfig {}

    /**
     * A multiboot-1 image.
     *
     * @param image ELF file
     * @param append command line
     * @param modules its modules
     */
    record Multiboot(Path image, String append, List<Path> modules) implements BootConfig {}
}
