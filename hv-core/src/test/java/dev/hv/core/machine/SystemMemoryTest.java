package dev.hv.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hv.cpu.memory.PhysicalBus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class SystemMemoryTest {

    private static final long MIB = 1 << 20;
    private static final long GIB = 1L << 30;

    @Test
    void memoryReadsAsZeroUntilItIsWritten() {
        try (var m = new SystemMemory(4 * MIB)) {
            assertThat(m.read(0x12_3458, 8)).isZero();
            m.write(0x12_3458, 8, 0x1122_3344_5566_7788L);
            assertThat(m.read(0x12_3458, 8)).isEqualTo(0x1122_3344_5566_7788L);
            assertThat(m.read(0x12_3459, 1)).isEqualTo(0x77);
            assertThat(m.read(0x12_345A, 2)).isEqualTo(0x5566);
            assertThat(m.read(0x12_345C, 4)).isEqualTo(0x1122_3344L);
        }
    }

    @Test
    void whatDoesNotFitBelowTheGapContinuesAtFourGibibytes() {
        try (var m = new SystemMemory(4 * GIB)) {
            assertThat(m.ranges()).containsExactly(new MemoryRange(0, 0xF800_0000L), new MemoryRange(0x1_0000_0000L, 0x800_0000L));
            assertThat(m.isRam(0xF7FF_FFFFL)).isTrue();
            assertThat(m.isRam(0xF800_0000L)).isFalse();
            assertThat(m.isRam(0xFFFF_FFFFL)).isFalse();
            assertThat(m.isRam(0x1_0000_0000L)).isTrue();
            assertThat(m.isRam(0x1_07FF_FFFFL)).isTrue();
            assertThat(m.isRam(0x1_0800_0000L)).isFalse();
            assertThat(m.isRam(-1)).isFalse();
            assertThat(m.isRam(0xF7FF_F000L, 0x1001)).isFalse();
            assertThat(m.isRam(0xF7FF_F000L, 0x1000)).isTrue();
            m.write(0x1_0000_0000L, 4, 7);
            assertThat(m.read(0xF800_0000L, 4)).as("the gap").isEqualTo(0xFFFF_FFFFL);
            assertThat(m.read(0x1_0000_0000L, 4)).isEqualTo(7);
            assertThat(m.pageAddress(0xF800_0000L)).isZero();
        }
    }

    @Test
    void smallMemoryHasOneRange() {
        try (var m = new SystemMemory(64 * MIB)) {
            assertThat(m.ranges()).containsExactly(new MemoryRange(0, 64 * MIB));
            assertThat(m.isRam(1L << 32)).isFalse();
        }
    }

    @Test
    void sizesThatCannotBeAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new SystemMemory(0));
        assertThatIllegalArgumentException().isThrownBy(() -> new SystemMemory(-4096));
        assertThatIllegalArgumentException().isThrownBy(() -> new SystemMemory(4097));
        assertThatIllegalArgumentException().isThrownBy(() -> new SystemMemory(4096, 0x1234));
        assertThatIllegalArgumentException().isThrownBy(() -> new SystemMemory(4096, (1L << 32) + 4096));
    }

    @Test
    void readOnlyMemoryHidesRamAndIgnoresWrites() {
        try (var m = new SystemMemory(2 * MIB)) {
            byte[] rom = new byte[8192];
            Arrays.fill(rom, (byte) 0x5A);
            m.write(0xF_0000, 1, 1);
            m.addRom(0xF_0000, rom);
            m.write(0xF_0000, 1, 2);
            assertThat(m.read(0xF_0000, 1)).isEqualTo(0x5A);
            assertThat(m.pageRights(0xF_1FFF)).isEqualTo(PhysicalBus.READ);
            assertThat(m.pageRights(0xF_2000)).isEqualTo(PhysicalBus.READ | PhysicalBus.WRITE);
            assertThat(m.copyIn(new byte[1], 0, 0xF_0000, 1)).isFalse();
            assertThatIllegalArgumentException().isThrownBy(() -> m.addRom(0xF_1000, new byte[4096]));
            assertThatIllegalArgumentException().isThrownBy(() -> m.addRom(0xF_4000, new byte[100]));
            byte[] both = new byte[4];
            assertThat(m.copyOut(0xF_1FFE, both, 0, 4)).isTrue();
            assertThat(both).containsExactly(0x5A, 0x5A, 0, 0);
        }
    }

    @Test
    void copiesCrossPagesAndRefuseHolesWhole() {
        try (var m = new SystemMemory(MIB)) {
            byte[] in = new byte[10_000];
            for (int i = 0; i < in.length; i++) {
                in[i] = (byte) (i * 7);
            }
            assertThat(m.copyIn(in, 0, 0x1FFF, in.length)).isTrue();
            byte[] out = new byte[in.length];
            assertThat(m.copyOut(0x1FFF, out, 0, out.length)).isTrue();
            assertThat(out).isEqualTo(in);
            assertThat(m.copyIn(in, 0, MIB - 100, 101)).isFalse();
            assertThat(m.read(MIB - 100, 1)).isZero();
            assertThat(m.copyOut(MIB - 100, out, 0, 101)).isFalse();
        }
    }

    @Test
    void onlyTouchedPagesCostHostMemory() throws IOException {
        Path status = Path.of("/proc/self/status");
        Assumptions.assumeTrue(Files.isReadable(status), "needs /proc");
        long before = resident(status);
        try (var m = new SystemMemory(8 * GIB)) {
            m.write(0, 8, 1);
            m.write(5 * GIB, 8, 1);
            assertThat(m.committedBytes()).isEqualTo(8192);
            assertThat(resident(status) - before).as("growth in KiB").isLessThan(64 * 1024);
        }
    }

    private static long resident(Path status) throws IOException {
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no VmRSS");
    }

    @Test
    void foreignWritesToCodeAreReportedByLine() {
        try (var m = new SystemMemory(MIB)) {
            List<String> seen = new ArrayList<>();
            m.watchCode(0x3000, 1 << 2, (a, n) -> seen.add(Long.toHexString(a) + "+" + n));
            m.write(0x30FF, 1, 0x90);
            m.write(0x3180, 1, 0x90);
            m.write(0x2100, 1, 0x90);
            assertThat(seen).isEmpty();
            m.write(0x3100, 1, 0x90);
            m.write(0x317F, 1, 0x90);
            m.copyIn(new byte[8192], 0, 0x2800, 8192);
            assertThat(seen).containsExactly("3100+1", "317f+1", "3000+4096");
            seen.clear();
            m.watchCode(0x3000, 1 << 31, (a, n) -> seen.add("other"));
            m.write(0x3FFF, 1, 0);
            assertThat(seen).containsExactly("other");
        }
    }

    @Test
    void digestDependsOnContentAndNotOnTouching() {
        try (var a = new SystemMemory(MIB); var b = new SystemMemory(MIB)) {
            a.read(0x5000, 8);
            assertThat(digest(a)).isEqualTo(digest(b));
            a.write(0x5000, 1, 1);
            assertThat(digest(a)).isNotEqualTo(digest(b));
            b.write(0x6000, 1, 1);
            assertThat(digest(a)).isNotEqualTo(digest(b));
            a.clearPage(0x5000);
            a.write(0x6000, 1, 1);
            assertThat(digest(a)).isEqualTo(digest(b));
        }
    }

    private static String digest(SystemMemory m) {
        var d = new StateDigest();
        m.save(d);
        return d.hex();
    }
}
