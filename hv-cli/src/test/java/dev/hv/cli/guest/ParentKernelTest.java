package dev.hv.cli.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a parent's kernel is built, with sources that take no time: what is asked of make is what Linux' own Makefile is asked. */
class ParentKernelTest {

    private static final String CONFIGURE = "allnoconfig:\n\tgrep -v CONFIG_STRANGE $(KCONFIG_ALLCONFIG) > $(O)/.config\n";
    private static final String BUILD = "bzImage:\n\t@echo '  CC      init/main.o'\n\t@echo '  LD      vmlinux'\n\t@mkdir -p $(O)/arch/x86/boot; cat $(O)/.config > $(O)/arch/x86/boot/bzImage; printf %s $(KBUILD_BUILD_HOST) >> $(O)/arch/x86/boot/bzImage\n";
    private static final byte[] SETTINGS = "# a comment\nCONFIG_X=y\n".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path temp;
    private final List<String> steps = new ArrayList<>();
    private int downloads;

    private final Progress progress = new Progress() {
        @Override
        public void step(int done, int total, String what) {
            steps.add(what);
        }

        @Override
        public void end() {}
    };

    private Path sources(String makefile) throws IOException {
        downloads++;
        byte[] tar = new DebFile().folder("linux-source-7").file("linux-source-7/Makefile", makefile).file("linux-source-7/Documentation/long.rst", "no")
                .file("linux-source-7/drivers/gpu/Kconfig", "yes").file("linux-source-7/drivers/gpu/drm/a.c", "no").file("linux-source-7/scripts/run.sh", true, new byte[] {1})
                .link("linux-source-7/scripts/link", "run.sh").tar();
        return DebFile.write(temp.resolve("linux-source-7_1_all.deb"), "data.tar", new DebFile().file("./usr/src/linux-source-7.tar.xz", false, DebFile.xz(tar)).tar());
    }

    private String get(String makefile, byte[] settings) throws Exception {
        return new String(new ParentKernel(temp.resolve("cache"), 1, settings).get("key", () -> sources(makefile), progress), StandardCharsets.US_ASCII);
    }

    @Test
    void aKernelIsBuiltOnceAndKept() throws Exception {
        assertThat(get(CONFIGURE + BUILD, SETTINGS)).isEqualTo("# a comment\nCONFIG_X=y\nhv");
        assertThat(steps).contains("unpacking linux-source-7_1_all.deb", "CC init/main.o");
        assertThat(temp.resolve("cache/key/build")).doesNotExist();
        assertThat(get("broken", SETTINGS)).isEqualTo("# a comment\nCONFIG_X=y\nhv");
        assertThat(downloads).isEqualTo(1);
    }

    @Test
    void aBuildThatFailedSaysWhyAndGoesOnNextTime() throws Exception {
        String once = CONFIGURE + "bzImage: once really\nonce:\n\t@test -e $(O)/tried || { touch $(O)/tried; echo 'main.c:1:1: error: no such thing'; echo more; exit 1; }\n"
                + BUILD.replace("bzImage:", "really:");
        assertThatThrownBy(() -> get(once, SETTINGS)).isInstanceOf(GuestException.class).hasMessageContaining("make failed: main.c:1:1: error: no such thing")
                .hasMessageContaining("build.log");
        assertThat(temp.resolve("cache/key/vmlinuz")).doesNotExist();
        assertThat(get(once, SETTINGS)).endsWith("hv");
        assertThat(downloads).isEqualTo(1);
    }

    @Test
    void settingsThatTheSourcesDoNotTakeAreNamed() {
        byte[] strange = "CONFIG_X=y\nCONFIG_STRANGE=y\n".getBytes(StandardCharsets.US_ASCII);
        // also the second time
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> get(CONFIGURE + BUILD, strange)).isInstanceOf(GuestException.class).hasMessageContaining("take no CONFIG_STRANGE=y").hasMessageContaining("--from");
        }
    }

    @Test
    void whatNoKernelOfOursNeedsIsNotUnpacked() throws Exception {
        var build = new KernelBuild(temp, 1);
        build.unpack(sources(""));
        Path source = temp.resolve("source");
        assertThat(source.resolve("drivers/gpu/Kconfig")).hasContent("yes");
        assertThat(source.resolve("drivers/gpu/drm/a.c")).doesNotExist();
        assertThat(source.resolve("Documentation/long.rst")).doesNotExist();
        assertThat(source.resolve("scripts/run.sh")).isExecutable();
        assertThat(source.resolve("scripts/link")).isSymbolicLink().isExecutable();
        assertThat(build.unpacked()).isTrue();
    }

    @Test
    void packagesThatHoldNoSourcesOrPathsOutsideAreRefused() throws Exception {
        Path empty = DebFile.write(temp.resolve("a.deb"), "data.tar", new DebFile().file("./usr/src/readme", "").tar());
        assertThatThrownBy(() -> new KernelBuild(temp, 1).unpack(empty)).isInstanceOf(GuestException.class).hasMessageContaining("a.deb: holds no sources");
        byte[] tar = new DebFile().file("linux/../../outside", "x").tar();
        Path outside = DebFile.write(temp.resolve("b.deb"), "data.tar", new DebFile().file("./usr/src/linux-source-7.tar.xz", false, DebFile.xz(tar)).tar());
        assertThatThrownBy(() -> new KernelBuild(temp.resolve("deep/deep"), 1).unpack(outside)).isInstanceOf(IOException.class).hasMessageContaining("outside of themselves");
    }

    @Test
    void whatIsMissingIsNamedInOneLine() throws Exception {
        Path bin = Files.createDirectory(temp.resolve("bin"));
        assertThatThrownBy(() -> HostTools.requireForKernel(bin.toString())).isInstanceOf(GuestException.class)
                .hasMessageContaining("without make, gcc, binutils, flex, bison, bc, perl, gzip: apt-get install make gcc").hasMessageContaining("--from FILE");
        for (String program : List.of("make", "gcc", "ld", "bison", "bc", "perl", "gzip")) {
            program(bin.resolve(program), "cat > /dev/null; exit 1");
        }
        assertThatThrownBy(() -> HostTools.requireForKernel(bin.toString())).isInstanceOf(GuestException.class).hasMessageContaining("without flex, libelf-dev: apt-get install flex libelf-dev,");
        program(bin.resolve("flex"), "");
        program(bin.resolve("gcc"), "grep -q 'include <gelf.h>'");
        HostTools.requireForKernel(temp.resolve("nowhere") + ":" + bin);
    }

    private static void program(Path file, String line) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + line + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    @Test
    void theSettingsOfHvAreLinesOfAConfiguration() throws Exception {
        List<String> lines = new String(ParentKernel.settings(), StandardCharsets.US_ASCII).lines().filter(l -> !l.isEmpty() && !l.startsWith("# ")).toList();
        assertThat(lines).allMatch(l -> l.matches("CONFIG_[A-Z0-9_]+=[y0-9]+")).doesNotHaveDuplicates().contains("CONFIG_MSHV_ROOT=y", "CONFIG_HYPERV_STORAGE=y");
    }

    @Test
    void aDisksTreeHasPackagesFilesWhereTheyBelong() throws Exception {
        byte[] data = new DebFile().file("./lib/x86_64-linux-gnu/libold.so.1", "old").file("./usr/bin/tool", true, new byte[] {1}).link("./usr/bin/alias", "tool").link("./lib64/ld.so", "../usr/lib/ld")
                .file("./usr/share/doc/tool/copyright", "no").tar();
        Path tree = Files.createDirectory(temp.resolve("tree"));
        DebPackage.visit(DebFile.write(temp.resolve("a.deb"), "data.tar", data), new DebianParent.Tree(tree));
        assertThat(tree.resolve("usr/lib/x86_64-linux-gnu/libold.so.1")).hasContent("old");
        assertThat(tree.resolve("usr/bin/tool")).isExecutable();
        assertThat(tree.resolve("usr/bin/alias")).isSymbolicLink();
        assertThat(Files.readSymbolicLink(tree.resolve("usr/lib64/ld.so"))).isEqualTo(Path.of("../usr/lib/ld"));
        assertThat(tree.resolve("usr/share")).doesNotExist();
        Path outside = DebFile.write(temp.resolve("b.deb"), "data.tar", new DebFile().file("./../outside", "x").tar());
        assertThatThrownBy(() -> DebPackage.visit(outside, new DebianParent.Tree(tree))).isInstanceOf(IOException.class).hasMessageContaining("outside of its root");
    }
}
