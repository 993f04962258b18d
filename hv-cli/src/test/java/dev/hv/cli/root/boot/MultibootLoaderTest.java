package dev.hv.cli.root.boot;

import static dev.hv.cli.root.boot.ImageBytes.PAYLOAD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The multiboot-1 protocol, byte for byte. */
class MultibootLoaderTest {

    private static final int MEMORY = 16 << 20;

    private final ImageBytes.Ram ram = new ImageBytes.Ram(MEMORY);

    private InitialState load(byte[] file, String append, List<MultibootLoader.Module> modules) throws BootException {
        return MultibootLoader.load(MultibootImage.parse("t.elf", file), "t.elf", append, modules, ImageBytes.firmware(MEMORY), ram);
    }

    private static String refused(byte[] file) {
        return assertThatExceptionOfType(BootException.class).isThrownBy(() -> MultibootImage.parse("t.elf", file)).actual().getMessage();
    }

    private static byte[] elf32() {
        return ImageBytes.multiboot(ImageBytes.elf32(0x10_0000, 0x2800, 0x10_0004), 3);
    }

    private String text(int at) {
        int end = at;
        while (ram.bytes[end] != 0) {
            end++;
        }
        return new String(ram.bytes, at, end - at, StandardCharsets.US_ASCII);
    }

    private int u32(int at) {
        return ByteBuffer.wrap(ram.bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
    }

    @Test
    void imagesOfBothWidthsStartIn32BitModeWithTheMagicInEax() throws Exception {
        // the image ends at 0x102800: the information structure lies 0x500 into the next page
        var expected = new InitialState(false, 0x10_0004, 0, 0x2BADB002, 0x10_3500, 0, 0x11, 0, 0, 0, 8, 0x10, 0, 0x10_34E0, 0x17);
        assertThat(load(elf32(), "", List.of())).isEqualTo(expected);
        assertThat(load(ImageBytes.multiboot(ImageBytes.elf64(62, 0x10_0000, 0x2800, 0x10_0004), 0), "", List.of())).isEqualTo(expected);
        assertThat(ram.hex(0x10_34E0, 24)).isEqualTo("0000000000000000" + "ffff0000009bcf00" + "ffff00000093cf00");
    }

    @Test
    void theImageIsCopiedAndTheRestOfItsSegmentCleared() throws Exception {
        Arrays.fill(ram.bytes, 0x10_0000, 0x10_3000, (byte) 0x5A);
        load(elf32(), "", List.of());
        assertThat(Arrays.copyOfRange(ram.bytes, 0x10_0000, 0x10_2800)).isEqualTo(Arrays.copyOf(PAYLOAD, 0x2800));
        assertThat(ram.bytes[0x10_2800]).isEqualTo((byte) 0x5A);
        assertThat(ram.hex(0x9_0000, 4)).isEqualTo("46414353");
    }

    @Test
    void theInformationStructureNamesMemoryCommandLineAndModules() throws Exception {
        var first = new MultibootLoader.Module(new byte[0x1001], "one");
        var second = new MultibootLoader.Module(new byte[] {1, 2, 3}, "two words");
        int info = (int) load(elf32(), "verbose fast", List.of(first, second)).rbx();
        assertThat(u32(info)).isEqualTo(1 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9);
        assertThat(u32(info + 4)).as("where the usable range from 0 ends").isEqualTo(576);
        assertThat(u32(info + 8)).isEqualTo((MEMORY - (1 << 20)) / 1024);
        assertThat(text(u32(info + 16))).isEqualTo("t.elf verbose fast");
        assertThat(u32(info + 20)).isEqualTo(2);
        int table = u32(info + 24);
        assertThat(u32(table + 4) - u32(table)).isEqualTo(0x1001);
        assertThat(text(u32(table + 8))).isEqualTo("one");
        assertThat(u32(table + 16)).as("modules start on pages, behind one another").isEqualTo(u32(table) + 0x2000).matches(a -> a % 0x1000 == 0);
        assertThat(ram.hex(u32(table + 16), 4)).isEqualTo("01020300");
        assertThat(text(u32(table + 24))).isEqualTo("two words");
        assertThat(text(u32(info + 64))).isEqualTo("hv");
    }

    @Test
    void theMemoryMapHasEntriesOf20BytesBehindTheirSize() throws Exception {
        int info = (int) load(elf32(), "", List.of()).rbx();
        assertThat(u32(info + 44)).isEqualTo(48);
        assertThat(ram.hex(u32(info + 48), 48)).isEqualTo("14000000" + "0000000000000000" + "0000090000000000" + "01000000"
                + "14000000" + "0000100000000000" + "0000f00000000000" + "01000000");
    }

    @Test
    void imagesThatCannotBeBootedAreRefusedWithTheReason() {
        assertThat(refused(new byte[100])).contains("no multiboot header in the first 8 KiB");
        assertThat(refused(ImageBytes.elf32(0x10_0000, 64, 0))).contains("no multiboot header");
        assertThat(refused(ImageBytes.multiboot(ImageBytes.elf32(0x10_0000, 64, 0), 4))).contains("features").contains("0x4");
        assertThat(refused(ImageBytes.multiboot(new byte[0x200], 0))).contains("neither an ELF file");
        byte[] whole = elf32();
        assertThat(refused(Arrays.copyOf(whole, whole.length - 1))).contains("truncated").contains("segment 0");
        assertThat(refused(ImageBytes.multiboot(ImageBytes.elf64(62, 1L << 32, 64, 0), 0))).contains("below 4 GiB");
        assertThat(refused(ImageBytes.multiboot(ImageBytes.elf64(62, 0x10_0000, Long.MAX_VALUE, 0), 0))).contains("below 4 GiB");
    }

    /** 3.1.2: the header's addresses win over the executable's. */
    @Test
    void addressFieldsOfTheHeaderSayWhereTheImageGoes() throws Exception {
        byte[] elf = ImageBytes.multibootAt(ImageBytes.elf32(0x40_0000, 0x2800, 0x40_0000), 0x20_0080, 0x20_0000, 0x20_00A0, 0x20_0200, 0x20_0010);
        Arrays.fill(ram.bytes, 0x20_0000, 0x20_0300, (byte) 0x5A);
        assertThat(load(elf, "", List.of()).rip()).isEqualTo(0x20_0010);
        assertThat(Arrays.copyOfRange(ram.bytes, 0x20_0000, 0x20_00A0)).as("the header's place in the file is that of its address")
                .isEqualTo(Arrays.copyOfRange(elf, 0x80, 0x120));
        assertThat(Arrays.copyOfRange(ram.bytes, 0x20_00A0, 0x20_0200)).containsOnly(0);
        assertThat(ram.bytes[0x20_0200]).isEqualTo((byte) 0x5A);
        assertThat(ram.bytes[0x40_0000]).as("not where the ELF header says").isZero();
    }

    @Test
    void addressFieldsMayLeaveTheEndsToTheFile() throws Exception {
        byte[] flat = ImageBytes.multibootAt(new byte[0x500], 0x20_0100, 0x20_0000, 0, 0, 0x20_0004);
        flat[0x4FF] = 0x77;
        load(flat, "", List.of());
        assertThat(ram.bytes[0x20_04FF]).isEqualTo((byte) 0x77);
    }

    @Test
    void addressFieldsThatCannotBeAreRefused() {
        assertThat(refused(ImageBytes.multibootAt(new byte[0x500], 0x20_0000, 0x20_0100, 0, 0, 0x20_0100))).contains("damaged").contains("0x200100");
        assertThat(refused(ImageBytes.multibootAt(new byte[0x500], 0x20_0101, 0x20_0000, 0, 0, 0x20_0100))).contains("damaged");
        assertThat(refused(ImageBytes.multibootAt(new byte[0x500], 0x20_0100, 0x20_0000, 0x1F_0000, 0, 0x20_0000))).contains("damaged");
        assertThat(refused(ImageBytes.multibootAt(new byte[0x500], 0x20_0100, 0x20_0000, 0, 0x20_0400, 0x20_0000))).contains("damaged");
        assertThat(refused(ImageBytes.multibootAt(new byte[0x500], 0x20_0100, 0x20_0000, 0x20_0501, 0, 0x20_0000))).contains("truncated").contains("1281 bytes");
        assertThat(refused(ImageBytes.multibootAt(new byte[0x500], 0x20_0100, 0x20_0000, 0, 0, 0x20_0500))).contains("entry point");
        assertThat(refused(ImageBytes.multibootAt(new byte[0x500], 0xFFFF_FF00, 0xFFFF_FE00, 0, 0, 0xFFFF_FE00))).contains("below 4 GiB");
        assertThat(refused(Arrays.copyOf(ImageBytes.multibootAt(new byte[0x500], 0x100, 0, 0, 0, 0), 0x11F))).contains("truncated");
    }

    @Test
    void anEntryPointThatIsAVirtualAddressIsTranslatedThroughItsSegment() throws Exception {
        byte[] file = ImageBytes.multiboot(ImageBytes.elf32(0x10_0000, 0x2800, 0xC010_0004), 0);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(52 + 8, 0xC010_0000);
        assertThat(load(file, "", List.of()).rip()).isEqualTo(0x10_0004);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(24, 0x10_0008);
        assertThat(load(file, "", List.of()).rip()).as("one that is physical already stays").isEqualTo(0x10_0008);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(24, 0xC010_2800);
        assertThat(refused(file)).contains("0xc0102800").contains("none of its segments");
        byte[] wide = ImageBytes.multiboot(ImageBytes.elf64(62, 0x10_0000, 0x2800, 0xFFFF_FFFF_8010_0004L), 0);
        ByteBuffer.wrap(wide).order(ByteOrder.LITTLE_ENDIAN).putLong(64 + 16, 0xFFFF_FFFF_8010_0000L);
        assertThat(load(wide, "", List.of()).rip()).isEqualTo(0x10_0004);
    }

    /** Wherever an image lies, nothing of ours touches it. */
    @Test
    void ourStructuresKeepAwayFromTheImageTheModulesAndReservedMemory() throws Exception {
        for (int at : new int[] {0, 0x1000, 0x4000, 0x8000, 0x8_D000, 0x10_0000, MEMORY - 0x2800}) {
            byte[] file = ImageBytes.multiboot(ImageBytes.elf32(at, 0x2800, at), 0);
            var module = new MultibootLoader.Module(new byte[0x10_0000], "m");
            Arrays.fill(module.contents(), (byte) 0x77);
            Arrays.fill(ram.bytes, (byte) 0x5A);
            InitialState s = load(file, "", List.of(module));
            assertThat(Arrays.copyOfRange(ram.bytes, at, at + 0x2800)).as("image at %#x", at).isEqualTo(Arrays.copyOf(PAYLOAD, 0x2800));
            assertThat(ram.hex(0x9_0000, 4)).as("tables").isEqualTo("46414353");
            for (int free = 0x9_0004; free < 0x10_0000; free++) {
                assertThat(ram.bytes[free]).isEqualTo((byte) 0x5A);
            }
            int start = u32(u32((int) s.rbx() + 24));
            assertThat(Arrays.copyOfRange(ram.bytes, start, start + 0x10_0000)).isEqualTo(module.contents());
            assertThat(ram.hex((int) s.gdtBase(), 24)).isEqualTo("0000000000000000" + "ffff0000009bcf00" + "ffff00000093cf00");
            assertThat(text(u32((int) s.rbx() + 16))).isEqualTo("t.elf");
        }
    }

    @Test
    void anImageOverFirmwaresTablesIsRefused() {
        for (int at : new int[] {0x8_F000, 0x9_8000, 0xF_F000}) {
            byte[] file = ImageBytes.multiboot(ImageBytes.elf32(at, 0x2800, at), 0);
            assertThatExceptionOfType(BootException.class).isThrownBy(() -> load(file, "", List.of())).withMessageContaining("wants to lie at")
                    .withMessageContaining("firmware");
        }
        assertThat(ram.bytes).as("nothing was written").containsOnly(0);
    }

    @Test
    void whatDoesNotFitIsRefusedWithWhatIsNeeded() {
        byte[] large = ImageBytes.multiboot(ImageBytes.elf32(0x10_0000, 16 << 20, 0x10_0000), 0);
        assertThatExceptionOfType(BootException.class).isThrownBy(() -> load(large, "", List.of())).withMessageContaining("up to 17 MiB").withMessageContaining("--memory");
        assertThatExceptionOfType(BootException.class).isThrownBy(() -> load(elf32(), "", List.of(new MultibootLoader.Module(new byte[MEMORY], "m"))))
                .withMessageContaining("modules do not fit in 16 MiB");
        assertThatExceptionOfType(BootException.class).isThrownBy(() -> load(elf32(), "x".repeat(30_000), List.of())).withMessageContaining("too long");
        assertThatExceptionOfType(BootException.class)
                .isThrownBy(() -> load(elf32(), "", Collections.nCopies(161, new MultibootLoader.Module(new byte[1], "m")))).withMessageContaining("at most 160");
    }

    @Test
    void damagedImagesNeverEndInAnythingButAMessage() throws Exception {
        var random = new Random(21);
        byte[][] whole = {elf32(), ImageBytes.multiboot(ImageBytes.elf64(62, 0x10_0000, 0x2800, 0x10_0004), 0)};
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] file = whole[i & 1].clone();
            for (int n = random.nextInt(4); n >= 0; n--) {
                file[random.nextInt(0x80)] = (byte) random.nextInt();
            }
            try {
                load(file, "", List.of());
            } catch (BootException e) {
                assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
                refused++;
            }
        }
        assertThat(refused).isBetween(1000, 19_999);
    }
}
