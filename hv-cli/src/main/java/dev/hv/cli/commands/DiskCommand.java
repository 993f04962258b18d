package dev.hv.cli.commands;

import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.config.Sizes;
import dev.hv.cli.config.UsageException;
import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.HostFiles;
import dev.hv.devices.disk.image.DiskChain;
import dev.hv.devices.disk.image.DiskTools;
import dev.hv.devices.disk.image.VirtualDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes and changes files of virtual disks. */
@Command(name = "disk", mixinStandardHelpOptions = true, addMethodSubcommands = false, description = "Makes, shows, converts and repairs virtual disks: raw, VHD and VHDX.",
        footerHeading = "%nExamples:%n", footer = {"  hv disk create root.vhdx --size 4G", "  hv disk create --parent root.vhdx child.vhdx", "  hv disk convert root.img root.vhdx"})
public final class DiskCommand implements Runnable, CommandGroup {

    @Override
    public Map<String, Supplier<Object>> commands() {
        Map<String, Supplier<Object>> all = new LinkedHashMap<>();
        all.put("chain", Chain::new);
        all.put("check", Check::new);
        all.put("compact", Compact::new);
        all.put("convert", Convert::new);
        all.put("create", Create::new);
        all.put("info", Info::new);
        all.put("merge", Merge::new);
        all.put("resize", Resize::new);
        return all;
    }

    @Override
    public void run() {
        throw new UsageException("a command is needed: create, info, convert, compact, resize, merge, check or chain");
    }

    private static VirtualDisk.Format format(String given, Path file) {
        String name = given != null ? given : file.toString().toLowerCase(Locale.ROOT).replaceAll(".*\\.", "");
        return switch (name) {
            case "vhdx", "avhdx" -> VirtualDisk.Format.VHDX;
            case "vhd", "avhd" -> VirtualDisk.Format.VHD;
            case "raw" -> VirtualDisk.Format.RAW;
            default -> {
                if (given != null) {
                    throw new UsageException("--format " + given + ": raw, vhd or vhdx");
                }
                yield VirtualDisk.Format.RAW;
            }
        };
    }

    /** Bytes of a block; 0 for what is usual. */
    private static int blockSize(String text, boolean blocks) {
        if (text == null) {
            return 0;
        }
        if (!blocks) {
            throw new UsageException("--block-size " + text + ": raw disks and fixed ones of VHD have no blocks; leave it out");
        }
        long n = Sizes.bytes("--block-size", text);
        if (n < 1 || n > 256 << 20) {
            throw new UsageException("--block-size " + text + ": a power of two up to 256M");
        }
        return (int) n;
    }

    private static boolean hasBlocks(VirtualDisk.Format format, boolean fixed) {
        return format == VirtualDisk.Format.VHDX || format == VirtualDisk.Format.VHD && !fixed;
    }

    /** Something that is done with a disk, and can fail as a disk does. */
    abstract static class Work implements Callable<Integer> {

        final DiskChain chain = new DiskChain(new HostFiles());

        @Spec
        CommandSpec spec;

        /** The file that is said to be at fault. */
        abstract Path file();

        /** Does it, and returns the exit status. */
        abstract int carryOut() throws DiskException, IOException;

        @Override
        public final Integer call() {
            try {
                return carryOut();
            } catch (DiskException e) {
                throw new UsageException(e.getMessage());
            } catch (IOException e) {
                throw new UsageException("disk " + file() + ": cannot be read or written: " + e.getMessage());
            }
        }

        final void print(String line) {
            spec.commandLine().getOut().println(line);
            spec.commandLine().getOut().flush();
        }
    }

    /** Something that is done with one disk. */
    abstract static class OneDisk extends Work {

        @Parameters(paramLabel = "FILE", index = "0")
        Path file;

        @Override
        final Path file() {
            return file;
        }
    }

    /** Makes a disk. */
    @Command(name = "create", mixinStandardHelpOptions = true, addMethodSubcommands = false, description = "Makes a disk that is all zero, or one that begins as its parent is.",
            footerHeading = "%nExamples:%n", footer = "  hv disk create root.vhdx --size 4G")
    static final class Create extends OneDisk {

        @Option(names = "--size", paramLabel = "SIZE", description = "How long it is, as in 4G.")
        private String size;
        @Option(names = "--format", paramLabel = "F", description = "raw, vhd or vhdx; without it, what the name ends in says, or raw.")
        private String format;
        @Option(names = "--fixed", description = "All of it has room in the file from the beginning.")
        private boolean fixed;
        @Option(names = "--parent", paramLabel = "FILE", description = "What it reads as where it was not written.")
        private Path parent;
        @Option(names = "--block-size", paramLabel = "SIZE", description = "What gets room together.")
        private String block;
        @Option(names = "--sector-size", paramLabel = "N", defaultValue = "512", description = "512 or, of a VHDX, 4096.")
        private int sector;

        @Override
        int carryOut() throws DiskException, IOException {
            if (sector != 512 && sector != 4096) {
                throw new UsageException("--sector-size " + sector + ": 512 or 4096");
            }
            if (parent != null == (size != null)) {
                throw new UsageException(parent == null ? "--size SIZE is needed, or --parent FILE" : "--size: a disk with a parent is as long as that");
            }
            for (String option : parent == null ? List.<String>of() : List.of("--format", "--fixed", "--sector-size")) {
                if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
                    throw new UsageException(option + ": a disk with a parent is as that is; leave it out");
                }
            }
            if (parent != null) {
                chain.createChild(file.toString(), parent.toString(), blockSize(block, true));
            } else {
                VirtualDisk.Format f = format(format, file);
                chain.create(file.toString(), f, fixed || f == VirtualDisk.Format.RAW ? VirtualDisk.Kind.FIXED : VirtualDisk.Kind.DYNAMIC, Sizes.bytes("--size", size), blockSize(block, hasBlocks(f, fixed)), sector);
            }
            return ExitStatus.OK;
        }
    }

    /** Shows a disk. */
    @Command(name = "info", mixinStandardHelpOptions = true, addMethodSubcommands = false, description = "Shows what a disk is.",
            footerHeading = "%nExamples:%n", footer = "  hv disk info root.vhdx")
    static final class Info extends OneDisk {

        private void show(VirtualDisk d) throws IOException {
            print(d.name() + ": " + d.format().name().toLowerCase(Locale.ROOT) + ", " + d.kind().name().toLowerCase(Locale.ROOT));
            print("  size: " + d.size());
            print("  file: " + Files.size(Path.of(d.name())));
            print("  sector size: " + d.sectorSize() + " (physical " + d.physicalSectorSize() + ")");
            if (d.format() != VirtualDisk.Format.RAW) {
                print("  block size: " + d.blockSize());
            }
            d.fields().forEach((k, v) -> print("  " + k + ": " + v));
            if (d.parentLink() != null) {
                print("  parent: " + d.parentLink().names().getFirst());
                print("  parent linkage: " + d.parentLink().identity());
            }
        }

        @Override
        int carryOut() throws DiskException, IOException {
            try (VirtualDisk d = chain.openAlone(file.toString(), true)) {
                show(d);
            }
            return ExitStatus.OK;
        }
    }

    /** Shows a disk and its parents. */
    @Command(name = "chain", mixinStandardHelpOptions = true, addMethodSubcommands = false, description = "Shows a disk and its parents, the topmost first.",
            footerHeading = "%nExamples:%n", footer = "  hv disk chain child.vhdx")
    static final class Chain extends OneDisk {

        @Option(names = "--parent", paramLabel = "FILE",
                description = "Takes this for the parent from now on: one that was moved, or changed by somebody who knows why.")
        private Path parent;

        @Override
        int carryOut() throws DiskException, IOException {
            if (parent != null) {
                try (VirtualDisk below = chain.openAlone(parent.toString(), true); VirtualDisk d = chain.openAlone(file.toString(), false)) {
                    d.relink(chain.linkTo(file.toString(), below));
                }
            }
            try (VirtualDisk d = chain.open(file.toString(), true)) {
                DiskTools.names(d).forEach(this::print);
            }
            return ExitStatus.OK;
        }
    }

    /** Looks through tables. */
    @Command(name = "check", mixinStandardHelpOptions = true, addMethodSubcommands = false, description = "Looks through a disk's tables and those of its parents; status 1 when something is wrong that does not keep it from being read.",
            footerHeading = "%nExamples:%n", footer = "  hv disk check root.vhdx")
    static final class Check extends OneDisk {

        @Override
        int carryOut() throws DiskException, IOException {
            List<String> all = new ArrayList<>();
            try (VirtualDisk top = chain.open(file.toString(), true)) {
                for (VirtualDisk d : DiskChain.chain(top)) {
                    d.check(p -> all.add(d.name() + ": " + p));
                }
            }
            all.forEach(this::print);
            print(all.isEmpty() ? "sound" : all.size() + " findings");
            return all.isEmpty() ? ExitStatus.OK : ExitStatus.FAILED;
        }
    }

    /** Copies a disk. */
    @Command(name = "convert", mixinStandardHelpOptions = true, addMethodSubcommands = false, description = "Copies a disk, with what its parents have, into a new file of any format. What is zero takes no room.",
            footerHeading = "%nExamples:%n", footer = "  hv disk convert root.img root.vhdx")
    static final class Convert extends Work {

        @Parameters(paramLabel = "FROM", index = "0")
        private Path from;
        @Parameters(paramLabel = "TO", index = "1")
        private Path to;
        @Option(names = "--format", paramLabel = "F", description = "raw, vhd or vhdx; without it, what the name ends in says, or raw.")
        private String format;
        @Option(names = "--fixed", description = "All of it has room in the file from the beginning.")
        private boolean fixed;
        @Option(names = "--block-size", paramLabel = "SIZE", description = "What gets room together.")
        private String block;

        @Override
        Path file() {
            return to;
        }

        @Override
        int carryOut() throws DiskException, IOException {
            VirtualDisk.Format f = format(format, to);
            int blocks = blockSize(block, hasBlocks(f, fixed));
            try (VirtualDisk source = chain.open(from.toString(), true)) {
                int sector = f == VirtualDisk.Format.VHDX ? source.sectorSize() : 512;
                OutputFiles.require("disk ", to);
                // what is there already is refused by its making
                if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
                    copy(source, to, f, fixed, blocks, sector);
                    return ExitStatus.OK;
                }
                OutputFiles.whole(to, "rw-r--r--", part -> {
                    // a disk is made where nothing is
                    Files.delete(part);
                    try {
                        copy(source, part, f, fixed, blocks, sector);
                    } catch (DiskException e) {
                        throw new DiskException(e.getMessage().replace(part.toString(), to.toString()));
                    }
                });
            }
            return ExitStatus.OK;
        }

        /** Makes a disk with what another holds. Who loses power meanwhile has the source and begins anew. */
        private static void copy(VirtualDisk source, Path to, VirtualDisk.Format format, boolean fixed, int block, int sector) throws DiskException, IOException {
            var made = new DiskChain(HostFiles.lazy());
            made.create(to.toString(), format, fixed || format == VirtualDisk.Format.RAW ? VirtualDisk.Kind.FIXED : VirtualDisk.Kind.DYNAMIC, source.size(), block, sector);
            try (VirtualDisk target = made.open(to.toString(), false)) {
                DiskTools.copy(source, target);
            }
        }
    }

    /** Gives back room. */
    @Command(name = "compact", mixinStandardHelpOptions = true, addMethodSubcommands = false, description = "Gives back the room of blocks that are all zero.",
            footerHeading = "%nExamples:%n", footer = "  hv disk compact root.vhdx")
    static final class Compact extends OneDisk {

        @Override
        int carryOut() throws DiskException, IOException {
            try (VirtualDisk d = chain.open(file.toString(), false)) {
                if (d.kind() != VirtualDisk.Kind.DYNAMIC && d.format() != VirtualDisk.Format.RAW) {
                    throw new DiskException("disk " + file + ": only dynamic and raw disks are compacted; this one is " + d.kind().name().toLowerCase(Locale.ROOT));
                }
                print(DiskTools.compact(d) + " bytes given back");
            }
            return ExitStatus.OK;
        }
    }

    /** Changes the length. */
    @Command(name = "resize", mixinStandardHelpOptions = true, addMethodSubcommands = false, description = "Makes a disk longer, or with --shrink shorter.",
            footerHeading = "%nExamples:%n", footer = "  hv disk resize root.vhdx 8G")
    static final class Resize extends OneDisk {

        @Parameters(paramLabel = "SIZE", index = "1")
        private String size;
        @Option(names = "--shrink", description = "What is behind the new end may be lost.")
        private boolean shrink;

        @Override
        int carryOut() throws DiskException, IOException {
            long wanted = Sizes.bytes("SIZE", size);
            try (VirtualDisk d = chain.open(file.toString(), false)) {
                if (wanted < d.size() && !shrink) {
                    throw new DiskException("disk " + file + ": size: " + wanted + " is less than its " + d.size() + " bytes; --shrink cuts off what is behind");
                }
                long most = d.format() == VirtualDisk.Format.VHD ? 2040L << 30 : 64L << 40;
                if (wanted <= 0 || wanted % d.sectorSize() != 0 || wanted > most) {
                    throw new DiskException("disk " + file + ": size: " + wanted + " is no multiple of " + d.sectorSize() + " bytes up to " + most);
                }
                d.resize(wanted);
            }
            return ExitStatus.OK;
        }
    }

    /** Writes a child into its parent. */
    @Command(name = "merge", mixinStandardHelpOptions = true, addMethodSubcommands = false, description = "Writes what a differencing disk has into its parent, which reads as the disk does then; other children of the parent are lost.",
            footerHeading = "%nExamples:%n", footer = "  hv disk merge child.vhdx")
    static final class Merge extends OneDisk {

        @Option(names = "--keep", description = "Keeps the file of the differencing disk, which fits its parent no longer.")
        private boolean keep;

        @Override
        int carryOut() throws DiskException, IOException {
            String parent;
            try (VirtualDisk d = chain.open(file.toString(), true)) {
                if (d.parent() == null) {
                    throw new DiskException("disk " + file + ": has no parent to merge into");
                }
                parent = d.parent().name();
            }
            try (VirtualDisk child = chain.openAlone(file.toString(), true); VirtualDisk below = chain.open(parent, false)) {
                DiskTools.merge(child, below);
            }
            if (!keep) {
                Files.delete(file);
            }
            print("merged into " + parent);
            return ExitStatus.OK;
        }
    }
}
