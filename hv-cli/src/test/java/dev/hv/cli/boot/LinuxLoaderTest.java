package dev.hv.cli.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.devices.firmware.FirmwareConfig;
import dev.hv.devices.firmware.FirmwareTables;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What a 64-bit kernel finds at its entry, against Documentation/arch/x86/boot.rst and zero-page.rst. */
class LinuxLoaderTest {

    private static final int MEMORY = 32 << 20;
    private static final int PAYLOAD = 4096;

    private final byte[] ram = new byte[MEMORY];
    private final ByteBuffer view = ByteBuffer.wrap(ram).order(ByteOrder.LITTLE_ENDIAN);
    private final FirmwareTables firmware = FirmwareTables.build(new FirmwareConfig(MEMORY, 0, 1, 40, false));
    private final GuestMemory memory = new GuestMemory() {
        @Override
        public void write(long physical, byte[] data, int offset, int length) {
            System.arraycopy(data, offset, ram, (int) physical, length);
        }

        @Override
        public long lowBytes() {
            return MEMORY;
        }
    };

    /** Boot protocol 2.15, relocatable, four setup sectors, a header of 0x6A bytes, 1 MiB to unpack in. */
    private static byte[] bzImage() {
        ByteBuffer b = ByteBuffer.allocate(5 * 512 + PAYLOAD).order(ByteOrder.LITTLE_ENDIAN);
        b.put(0x1F1, (byte) 4).putInt(0x1F4, PAYLOAD / 16).putShort(0x1FE, (short) 0xAA55);
        b.put(0x200, (byte) 0xEB).put(0x201, (byte) 0x6A).putInt(0x202, 0x53726448).putShort(0x206, (short) 0x20F);
        b.put(0x211, (byte) 1).put(0x234, (byte) 1).putShort(0x236, (short) 1).putInt(0x238, 2047);
        b.putLong(0x258, 0x100_0000).putInt(0x260, 1 << 20);
        for (int i = 5 * 512; i < b.capacity(); i++) {
            b.put(i, (byte) (i * 7));
        }
        return b.array();
    }

    private InitialState load(byte[] initrd, String commandLine) throws BootException {
        return LinuxLoader.load(LinuxImage.parse("kernel", bzImage()), initrd, commandLine, firmware, memory);
    }

    @Test
    void theEntryIsInLongModeAt200HexBehindTheKernelWithTheZeroPageInRsi() throws Exception {
        InitialState s = load(null, "console=ttyS0");
        assertThat(s.longMode()).isTrue();
        assertThat(s.rip()).isEqualTo(0x10_0200);
        // PE, PG; PAE; LME, LMA
        assertThat(s.cr0() & 0x8000_0001L).isEqualTo(0x8000_0001L);
        assertThat(s.cr4() & 0x20).isEqualTo(0x20);
        assertThat(s.efer() & 0x500).isEqualTo(0x500);
        // __BOOT_CS and __BOOT_DS
        assertThat(s.codeSelector()).isEqualTo(0x10);
        assertThat(s.dataSelector()).isEqualTo(0x18);
        assertThat(view.getInt((int) s.rsi() + 0x202)).isEqualTo(0x53726448);
        long code = view.getLong((int) s.gdtBase() + 0x10);
        long data = view.getLong((int) s.gdtBase() + 0x18);
        assertThat(code >>> 40 & 0xFE).as("present, code, execute and read").isEqualTo(0x9A);
        assertThat(code >>> 53 & 1).as("64-bit").isOne();
        assertThat(data >>> 40 & 0xFE).as("present, data, read and write").isEqualTo(0x92);
        assertThat(Arrays.copyOfRange(ram, 0x10_0000, 0x10_0000 + PAYLOAD)).isEqualTo(Arrays.copyOfRange(bzImage(), 2560, 2560 + PAYLOAD));
    }

    @Test
    void theZeroPageKeepsTheSetupHeaderAndTellsCommandLineInitrdAndMemoryMap() throws Exception {
        byte[] initrd = "an initrd".getBytes(StandardCharsets.US_ASCII);
        int zero = (int) load(initrd, "console=ttyS0 quiet").rsi();
        byte[] file = bzImage();
        assertThat(Arrays.copyOfRange(ram, zero + 0x230, zero + 0x264)).isEqualTo(Arrays.copyOfRange(file, 0x230, 0x264));
        assertThat(ram[zero + 0x210]).as("type_of_loader: undefined").isEqualTo((byte) 0xFF);
        int at = view.getInt(zero + 0x218);
        assertThat(view.getInt(zero + 0x21C)).isEqualTo(initrd.length);
        assertThat(Arrays.copyOfRange(ram, at, at + initrd.length)).isEqualTo(initrd);
        assertThat(at).as("behind what the kernel needs to unpack").isGreaterThanOrEqualTo(0x100_0000 + (1 << 20));
        int line = view.getInt(zero + 0x228);
        assertThat(new String(ram, line, 20, StandardCharsets.US_ASCII)).isEqualTo("console=ttyS0 quiet\0");
        assertThat(view.getLong(zero + 0x70)).as("acpi_rsdp_addr").isEqualTo(0xE_0000);
        assertThat(new String(ram, 0xE_0000, 8, StandardCharsets.US_ASCII)).isEqualTo("RSD PTR ");
        int entries = ram[zero + 0x1E8];
        assertThat(view.getLong(zero + 0x2D0)).isZero();
        assertThat(view.getInt(zero + 0x2D0 + 16)).as("RAM").isOne();
        int last = zero + 0x2D0 + 20 * (entries - 1);
        assertThat(view.getLong(last) + view.getLong(last + 8)).as("end of memory").isEqualTo(MEMORY);
    }

    @Test
    void fourGigabytesAreMappedOneToOne() throws Exception {
        long root = load(null, "").cr3();
        for (long address : new long[] {0, 0x10_0000, 0x3FFF_FFFFL, 0x4000_0000L, 0xFEE0_0000L, 0xFFFF_FFFFL}) {
            long pml4e = view.getLong((int) root);
            long pdpte = view.getLong((int) (pml4e & ~0xFFFL) + 8 * (int) (address >>> 30));
            long pde = view.getLong((int) (pdpte & ~0xFFFL) + 8 * (int) (address >>> 21 & 511));
            assertThat(pml4e & pdpte & pde & 3).as("present and writable").isEqualTo(3);
            assertThat(pde & 0x80).as("2 MiB page").isEqualTo(0x80);
            assertThat((pde & ~0x1F_FFFFL) + (address & 0x1F_FFFF)).isEqualTo(address);
        }
    }

    @Test
    void whatDoesNotFitIsRefusedWithWhatWouldBeRight() {
        assertThatThrownBy(() -> load(new byte[20 << 20], "")).isInstanceOf(BootException.class).hasMessageContaining("initrd of 20 MiB")
                .hasMessageContaining("at least 38 MiB");
        assertThatThrownBy(() -> load(null, "x".repeat(2048))).isInstanceOf(BootException.class).hasMessageContaining("2048 characters")
                .hasMessageContaining("takes 2047");
        byte[] old = bzImage();
        old[0x206] = 0x0B;
        assertThatThrownBy(() -> LinuxImage.parse("old", old)).isInstanceOf(BootException.class).hasMessageContaining("2.11");
        byte[] only32 = bzImage();
        only32[0x236] = 0;
        assertThatThrownBy(() -> LinuxImage.parse("i386", only32)).isInstanceOf(BootException.class).hasMessageContaining("no 64-bit entry");
    }
}
