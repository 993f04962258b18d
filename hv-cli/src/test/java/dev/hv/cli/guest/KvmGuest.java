package dev.hv.cli.guest;

import dev.hv.cli.config.WorkFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A Debian kernel with KVM, which the cloud kernels of {@link DebianGuest} are without, and an initrd whose init is a KVM client. */
public final class KvmGuest {

    private static final List<String> MODULES = List.of("kvm_intel", "kvm_amd");

    private KvmGuest() {}

    /**
     * Fetches the newest kernel of a release and packs it with the client; what is there already is left as it is.
     *
     * @param client the program, which loads {@code /modules/0.ko} and those after it
     * @return folder with {@code vmlinuz} and {@code initrd.img}
     */
    public static Path build(String release, byte[] client, Path folder) throws IOException, GuestException {
        Path kernel = folder.resolve("vmlinuz");
        Path modules = folder.resolve("modules.img");
        if (!Files.exists(kernel)) {
            Files.createDirectories(folder);
            try (var work = new WorkFolder("hv-test-")) {
                var apt = new Apt(work.path(), release, "amd64");
                apt.update();
                Set<String> packages = apt.closure("linux-image-amd64", "linux-(image|binary|modules)-.*");
                var found = new Contents(Files.createDirectories(work.path().resolve("modules")));
                for (Path deb : apt.download(packages)) {
                    DebPackage.visit(deb, found);
                }
                Files.write(modules, found.archive());
                Files.write(kernel, found.kernel);
            }
        }
        // archives one behind the other are one to Linux
        try (var initrd = Files.newOutputStream(folder.resolve("initrd.img"))) {
            Files.copy(modules, initrd);
            initrd.write(new Initrd().directory("dev").directory("sys").file("init", true, client).finish());
        }
        return folder;
    }

    private static final class Contents implements DebPackage.Visitor {
        private final KernelModules modules;
        private byte[] kernel;

        Contents(Path folder) {
            modules = new KernelModules(folder);
        }

        @Override
        public void file(String path, InputStream contents) throws IOException {
            if (path.matches("(boot/vmlinuz-.*|usr/lib/modules/[^/]+/vmlinuz)")) {
                kernel = contents.readAllBytes();
            } else if (KernelModules.name(path) != null) {
                modules.add(path, contents);
            }
        }

        byte[] archive() throws IOException, GuestException {
            Map<String, byte[]> needed = modules.closure(MODULES);
            if (kernel == null || !needed.keySet().containsAll(MODULES)) {
                throw new GuestException("the packages hold no kernel with KVM");
            }
            var archive = new Initrd().directory("modules");
            int n = 0;
            for (byte[] module : needed.values()) {
                archive.file("modules/" + n++ + ".ko", false, module);
            }
            return archive.finish();
        }
    }
}
