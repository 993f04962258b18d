package dev.hv.cli.root.boot;

import static dev.hv.cli.root.boot.ImageBytes.PAYLOAD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The 64-bit boot protocol, byte for byte. */
class LinuxLoaderTest {

    private static final int MEMORY = 32 << 20;
    private static final int EM_X86_64 = 62;

    private final ImageBytes.Ram ram = new ImageBytes.Ram(MEMORY);

    private InitialState load(byte[] file, byte[] initrd, String commandLine) throws BootException {
        return LinuxLoader.load(LinuxImage.parse("vmlinuz", file), initrd, commandLine, ImageBytes.firmware(MEMORY), ram);
    }

    private static String refused(byte[] file) {
        return assertThatExceptionOfType(BootException.class).isThrownBy(() -> LinuxImage.parse("vmlinuz", file)).actual().getMessage();
    }

    private static byte[] changed(byte[] file, int at, int value) {
        file[at] = (byte) value;
        return file;
    }

    @Test
    void aBzImageStartsAtItsLongModeEntryWithTheZeroPageInRsi() throws Exception {
        InitialState s = load(ImageBytes.bzImage(), null, "");
        // CR0: PE ET NE PG; CR4: PAE; EFER: SCE LME LMA NXE
        assertThat(s).isEqualTo(new InitialState(true, 0x10_0200, 0, 0, 0, 0x2000, 0x8000_0031L, 0x4000, 0x20, 0xD01, 0x10, 0x18, 0x20, 0x1000, 0x2F));
    }

    @Test
    void aBzImageWithoutALongModeEntryStartsInProtectedModeWithoutPaging() throws Exception {
        for (byte[] file : new byte[][] {changed(ImageBytes.bzImage(), 0x236, 0), changed(ImageBytes.bzImage(), 0x206, 0x0B)}) {
            InitialState s = load(file, null, "");
            // CR0: PE ET; entry at the first byte; selectors 10h and 18h
            assertThat(s).isEqualTo(new InitialState(false, 0x10_0000, 0, 0, 0, 0x2000, 0x11, 0, 0, 0, 0x10, 0x18, 0, 0x1000, 0x1F));
            assertThat(ram.hex(0x1010, 16)).isEqualTo("ffff0000009bcf00" + "ffff00000093cf00");
        }
    }

    @Test
    void kernelInitrdCommandLineAndTablesLieWhereTheirPointersSay() throws Exception {
        byte[] initrd = "070701…".getBytes(StandardCharsets.UTF_8);
        load(ImageBytes.bzImage(), initrd, "console=ttyS0");
        assertThat(Arrays.copyOfRange(ram.bytes, 0x10_0000, 0x10_0000 + 33)).isEqualTo(Arrays.copyOf(PAYLOAD, 33));
        // the kernel unpacks itself up to 16 MiB + 64 KiB: the next multiple of 2 MiB is 18 MiB
        assertThat(Arrays.copyOfRange(ram.bytes, 0x120_0000, 0x120_0000 + initrd.length)).isEqualTo(initrd);
        assertThat(ram.hex(0x3000, 14)).isEqualTo("636f6e736f6c653d747479533000");
        assertThat(ram.hex(0x9_0000, 5)).isEqualTo("4641435300");
    }

    @Test
    void theZeroPageKeepsTheSetupHeaderAndHoldsNothingElse() throws Exception {
        load(ImageBytes.bzImage(), new byte[5000], "quiet");
        ByteBuffer expected = ImageBytes.little(4096);
        expected.putLong(0x70, 0xE_0000);                        // acpi_rsdp_addr
        expected.put(0x1E8, (byte) 2);                           // e820_entries
        expected.put(0x1F1, (byte) 4);                           // setup_sects
        expected.putInt(0x1F4, 2);                               // syssize
        expected.putShort(0x1FE, (short) 0xAA55);                // boot_flag
        expected.putShort(0x200, (short) 0x6AEB);                // jump
        expected.putInt(0x202, 0x53726448);                      // "HdrS"
        expected.putShort(0x206, (short) 0x020F);                // version
        expected.put(0x210, (byte) 0xFF);                        // type_of_loader: undefined
        expected.put(0x211, (byte) 1);                           // loadflags: LOADED_HIGH
        expected.putInt(0x218, 0x120_0000).putInt(0x21C, 5000);  // ramdisk_image, ramdisk_size
        expected.putInt(0x228, 0x3000);                          // cmd_line_ptr
        expected.put(0x234, (byte) 1);                           // relocatable_kernel
        expected.putShort(0x236, (short) 1);                     // xloadflags: 64-bit entry
        expected.putInt(0x238, 2047);                            // cmdline_size
        expected.putLong(0x258, 0x100_0000);                     // pref_address
        expected.putInt(0x260, 0x1_0000);                        // init_size
        expected.putLong(0x2D0, 0).putLong(0x2D8, 0x9_0000).putInt(0x2E0, 1);
        expected.putLong(0x2E4, 0x10_0000).putLong(0x2EC, MEMORY - 0x10_0000).putInt(0x2F4, 1);
        assertThat(Arrays.copyOfRange(ram.bytes, 0x2000, 0x3000)).isEqualTo(expected.array());
    }

    @Test
    void theDescriptorTableHoldsFlatSegmentsAndABusyTaskSegment() throws Exception {
        load(ImageBytes.bzImage(), null, "");
        assertThat(ram.hex(0x1000, 0x30)).isEqualTo("0000000000000000" + "0000000000000000" + "ffff0000009baf00" + "ffff00000093cf00" + "67000000008b0000" + "0000000000000000");
    }

    @Test
    void pageTablesMapFourGibibytesToThemselvesIn2MibPages() throws Exception {
        load(ImageBytes.bzImage(), null, "");
        ByteBuffer b = ByteBuffer.wrap(ram.bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(ram.hex(0x4000, 16)).isEqualTo("0350000000000000" + "0000000000000000");
        assertThat(ram.hex(0x5000, 40)).isEqualTo("0360000000000000" + "0370000000000000" + "0380000000000000" + "0390000000000000" + "0000000000000000");
        // as the processor walks: PML4 index 0, PDPT index bits 31:30, directory index bits 29:21
        for (long address = 0; address < 1L << 32; address += 0x20_0000) {
            long directory = b.getLong(0x5000 + 8 * (int) (address >>> 30)) & ~0xFFFL;
            assertThat(b.getLong((int) directory + 8 * (int) (address >>> 21 & 511))).isEqualTo(address | 0x83);
        }
        assertThat(b.getLong(0xA000)).isZero();
    }

    @Test
    void aVmlinuxGoesToItsPhysicalAddressesAndGetsASetupHeader() throws Exception {
        InitialState s = load(ImageBytes.elf64(EM_X86_64, 0x100_0000, 0x2000, 0x100_0010), new byte[] {7}, "a=b");
        assertThat(s.rip()).isEqualTo(0x100_0010);
        assertThat(s.rsi()).isEqualTo(0x2000);
        assertThat(Arrays.copyOfRange(ram.bytes, 0x100_0000, 0x100_0000 + PAYLOAD.length)).isEqualTo(PAYLOAD);
        assertThat(ram.bytes[0x120_0000]).isEqualTo((byte) 7);
        assertThat(ram.hex(0x21FE, 2)).isEqualTo("55aa");
        assertThat(ram.hex(0x2202, 6)).isEqualTo("48647253" + "0c02");
        assertThat(ram.hex(0x2210, 2)).isEqualTo("ff01");
        assertThat(ram.hex(0x2218, 8)).isEqualTo("00002001" + "01000000");
        assertThat(ram.hex(0x2228, 4)).isEqualTo("00300000");
        assertThat(ram.hex(0x2238, 4)).isEqualTo("03000000");
    }

    @Test
    void kernelsThatCannotBeBootedAreRefusedWithTheReason() {
        assertThat(refused(new byte[4096])).contains("not a Linux kernel");
        assertThat(refused(new byte[3])).contains("not a Linux kernel");
        assertThat(refused(changed(ImageBytes.bzImage(), 0x206, 9))).contains("boot protocol 2.09").contains("2.6.31");
        assertThat(refused(changed(ImageBytes.bzImage(), 0x211, 0))).contains("below 1 MiB");
        byte[] whole = ImageBytes.bzImage();
        assertThat(refused(Arrays.copyOf(whole, whole.length - 16))).contains("truncated").contains("promises 2592 bytes").contains("has 2576");
        assertThat(refused(ImageBytes.elf64(183, 0x100_0000, 32, 0))).contains("not for x86-64");
        assertThat(refused(ImageBytes.elf32(0x100_0000, 32, 0))).contains("not for x86-64");
        byte[] elf = ImageBytes.elf64(EM_X86_64, 0x100_0000, 32, 0x100_0000);
        assertThat(refused(Arrays.copyOf(elf, 100))).contains("truncated").contains("program headers");
        assertThat(refused(Arrays.copyOf(elf, elf.length - 1))).contains("truncated").contains("segment 0");
        assertThat(refused(changed(elf, 64, 2))).contains("without loadable segments");
    }

    /** The header counts in units of 16 bytes, which a file's last need not fill: memtest86+'s does not. */
    @Test
    void aKernelMayEndWithinTheLastUnitOfItsSize() throws Exception {
        byte[] whole = ImageBytes.bzImage();
        load(Arrays.copyOf(whole, whole.length - 15), null, "");
        assertThat(Arrays.copyOfRange(ram.bytes, 0x10_0000, 0x10_0000 + PAYLOAD.length)).isEqualTo(Arrays.copyOf(Arrays.copyOf(PAYLOAD, PAYLOAD.length - 15), PAYLOAD.length));
    }

    @Test
    void addressesThatNoMachineHasAreRefused() {
        assertThat(refused(ImageBytes.elf64(EM_X86_64, -4096, 32, 0))).contains("segment 0").contains("between 1 MiB and 64 TiB");
        assertThat(refused(ImageBytes.elf64(EM_X86_64, 0x1000, 32, 0))).contains("segment 0");
        assertThat(refused(ImageBytes.elf64(EM_X86_64, 0x100_0000, Long.MAX_VALUE, 0))).contains("segment 0");
        byte[] far = ImageBytes.elf64(EM_X86_64, 0x100_0000, 32, 0);
        ByteBuffer.wrap(far).order(ByteOrder.LITTLE_ENDIAN).putLong(32, Long.MAX_VALUE - 8);
        assertThat(refused(far)).contains("program headers");
        byte[] fixed = changed(ImageBytes.bzImage(), 0x234, 0);
        ByteBuffer.wrap(fixed).order(ByteOrder.LITTLE_ENDIAN).putLong(0x258, -1);
        assertThat(refused(fixed)).contains("damaged");
    }

    @Test
    void whatDoesNotFitIsRefusedWithWhatIsNeeded() {
        var small = new ImageBytes.Ram(16 << 20);
        assertThatExceptionOfType(BootException.class)
                .isThrownBy(() -> LinuxLoader.load(LinuxImage.parse("k", ImageBytes.bzImage()), null, "", ImageBytes.firmware(16 << 20), small))
                .withMessageContaining("up to 17 MiB").withMessageContaining("has 16 MiB").withMessageContaining("--memory");
        assertThat(small.bytes).containsOnly(0);
        assertThatExceptionOfType(BootException.class).isThrownBy(() -> load(ImageBytes.bzImage(), new byte[15 << 20], ""))
                .withMessageContaining("initrd of 15 MiB").withMessageContaining("32 MiB").withMessageContaining("at least 33 MiB");
        assertThatExceptionOfType(BootException.class).isThrownBy(() -> load(ImageBytes.bzImage(), null, "x".repeat(2048)))
                .withMessageContaining("2048 characters").withMessageContaining("2047");
    }

    @Test
    void damagedKernelsNeverEndInAnythingButAMessage() throws Exception {
        var random = new Random(20);
        byte[][] whole = {ImageBytes.bzImage(), ImageBytes.elf64(EM_X86_64, 0x100_0000, 0x2000, 0x100_0000)};
        int[] from = {0x1F0, 0};
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] file = whole[i & 1].clone();
            for (int n = random.nextInt(4); n >= 0; n--) {
                file[from[i & 1] + random.nextInt(0x80)] = (byte) random.nextInt();
            }
            try {
                LinuxLoader.load(LinuxImage.parse("k", file), null, "", ImageBytes.firmware(MEMORY), ram);
            } catch (BootException e) {
                assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
                refused++;
            }
        }
        assertThat(refused).isBetween(1000, 19_999);
    }
}
