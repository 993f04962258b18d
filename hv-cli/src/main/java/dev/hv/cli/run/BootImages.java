package dev.hv.cli.run;

import dev.hv.cli.config.BootConfig;
import dev.hv.cli.config.InputFiles;
import dev.hv.cli.config.Sizes;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.guest.AgentScript;
import dev.hv.cli.guest.Initrd;
import dev.hv.cli.root.boot.BootException;
import dev.hv.cli.root.boot.InitialState;
import dev.hv.cli.root.boot.LinuxImage;
import dev.hv.cli.root.boot.LinuxLoader;
import dev.hv.cli.root.boot.MultibootImage;
import dev.hv.cli.root.boot.MultibootLoader;
import dev.hv.cli.root.machine.GuestMachine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Reads boot images and puts them into a guest's memory. */
final class BootImages {

    private BootImages() {}

    /**
     * Loads what a machine starts with.
     *
     * @throws UsageException when a file cannot be read or booted
     */
    static InitialState load(VmConfig vm, GuestMachine guest) {
        try {
            return switch (vm.boot()) {
                case BootConfig.Linux linux -> linux(vm, linux, guest);
                case BootConfig.Multiboot multiboot -> multiboot(vm, multiboot, guest);
            };
        } catch (BootException e) {
            throw new UsageException(e.getMessage());
        } catch (OutOfMemoryError e) {
            // the guest has room for them, and nothing but these files has been read yet
            throw new UsageException("machine %s: its boot files do not fit in the %s of hv's own heap; HV_JAVA_OPTIONS=-Xmx4g, for example, gives it more"
                    .formatted(vm.name(), Sizes.show(Runtime.getRuntime().maxMemory())));
        }
    }

    private static InitialState linux(VmConfig vm, BootConfig.Linux boot, GuestMachine guest) throws BootException {
        LinuxImage image = LinuxImage.parse(boot.kernel().toString(), InputFiles.read("--kernel", boot.kernel(), vm.memory().startup()));
        byte[] initrd = boot.initrd() == null ? null : InputFiles.read("--initrd", boot.initrd(), vm.memory().startup());
        byte[] script = boot.guestScript() == null ? null : InputFiles.read("--guest-script", boot.guestScript(), vm.memory().startup());
        if (AgentScript.wanted(boot.append()) && initrd != null) {
            script = AgentScript.bytes(script);
        }
        if (script != null) {
            initrd = Initrd.withScript(initrd, script);
        }
        return LinuxLoader.load(image, initrd, boot.append(), guest.firmware(), guest.guestMemory());
    }

    private static InitialState multiboot(VmConfig vm, BootConfig.Multiboot boot, GuestMachine guest) throws BootException {
        MultibootImage image = MultibootImage.parse(boot.image().toString(), InputFiles.read("--multiboot", boot.image(), vm.memory().startup()));
        List<MultibootLoader.Module> modules = new ArrayList<>();
        for (Path m : boot.modules()) {
            modules.add(new MultibootLoader.Module(InputFiles.read("--module", moduleFile(m), vm.memory().startup()), told(m)));
        }
        return MultibootLoader.load(image, told(boot.image()), boot.append(), modules, guest.firmware(), guest.guestMemory());
    }

    /** The files that a machine boots from. */
    static List<Path> files(BootConfig boot) {
        return switch (boot) {
            case BootConfig.Linux linux -> Stream.of(linux.kernel(), linux.initrd(), linux.guestScript()).filter(Objects::nonNull).toList();
            case BootConfig.Multiboot multiboot -> Stream.concat(Stream.of(multiboot.image()), multiboot.modules().stream().map(BootImages::moduleFile)).toList();
        };
    }

    /** What a guest is told of a file, or of a module's command line: the name without the folder, so that equal files are equal guests wherever they are, also in a replay, which knows their absolute names. */
    private static String told(Path commandLine) {
        Path file = moduleFile(commandLine);
        return file.getFileName() + commandLine.toString().substring(file.toString().length());
    }

    /** The file of a module's command line: all of it where there is such a file, else its first word. */
    private static Path moduleFile(Path commandLine) {
        String text = commandLine.toString();
        int space = text.indexOf(' ');
        return space < 0 || Files.exists(commandLine) ? commandLine : Path.of(text.substring(0, space));
    }
}
