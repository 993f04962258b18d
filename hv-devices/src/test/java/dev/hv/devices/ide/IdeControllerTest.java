package dev.hv.devices.ide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.DeviceBus;
import dev.hv.core.machine.DmaRequester;
import dev.hv.devices.disk.AtOnce;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IdeControllerTest {

    private static final int BLOCK = 0x1F0;
    private static final int COUNT = BLOCK + 2;
    private static final int LOW = BLOCK + 3;
    private static final int MID = BLOCK + 4;
    private static final int HIGH = BLOCK + 5;
    private static final int DEVICE = BLOCK + 6;
    private static final int COMMAND = BLOCK + 7;
    private static final int CONTROL = 0x3F6;
    private static final int MASTER = 0xC000;
    private static final int SECTORS = 4096;

    private final IdeGuest guest = new IdeGuest(new AtOnce());
    private final byte[] contents = guest.contents;
    private final byte[] memory = guest.memory;
    private final DeviceBus bus = guest.bus;

    private void command(int code, int lba, int count) {
        guest.command(code, lba, count);
    }

    private byte[] readPio(int bytes) {
        return guest.readPio(bytes);
    }

    private boolean interruptRequested() {
        return guest.interruptRequested();
    }

    private void busMastering(boolean on) {
        guest.busMastering(on);
    }

    private void region(int entry, int address, int length, boolean last) {
        guest.region(entry, address, length, last);
    }

    private void dma(int code, int lba, int count, boolean toMemory) {
        guest.dma(code, lba, count, toMemory);
    }

    private int word(byte[] b, int index) {
        return b[2 * index] & 0xFF | (b[2 * index + 1] & 0xFF) << 8;
    }

    @Test
    void pciSaysThatThisIsThePiix4InCompatibilityMode() {
        bus.out(0xCF8, 4, 0x8000_0800);
        assertThat(bus.in(0xCFC, 4)).isEqualTo(0x7111_8086);
        bus.out(0xCF8, 4, 0x8000_0808);
        assertThat(bus.in(0xCFC, 4) >>> 8).isEqualTo(0x010180);
        bus.out(0xCF8, 4, 0x8000_0820);
        assertThat(bus.in(0xCFC, 4)).isEqualTo(MASTER | 1);
        bus.out(0xCF8, 4, 0x8000_0840);
        assertThat(bus.in(0xCFC, 4)).as("both channels decoded").isEqualTo(0x8000_8000);
        assertThat(guest.requester).isEqualTo(DmaRequester.pci(0, 1, 0));
    }

    @Test
    void identifyTellsSizeNameAndACheckSum() {
        command(0xEC, 0, 0);
        assertThat(bus.in(CONTROL, 1)).isEqualTo(0x58);
        assertThat(interruptRequested()).isTrue();
        assertThat(bus.in(COMMAND, 1)).isEqualTo(0x58);
        byte[] id = readPio(512);
        assertThat(word(id, 60) | word(id, 61) << 16).isEqualTo(SECTORS);
        assertThat(word(id, 100)).isEqualTo(SECTORS);
        assertThat(word(id, 83) & 0x400).as("48-bit addresses").isEqualTo(0x400);
        byte[] serial = Arrays.copyOfRange(id, 20, 40);
        for (int i = 0; i < serial.length; i += 2) {
            byte first = serial[i];
            serial[i] = serial[i + 1];
            serial[i + 1] = first;
        }
        assertThat(new String(serial, StandardCharsets.US_ASCII).trim()).isEqualTo("serial-0");
        int sum = 0;
        for (byte b : id) {
            sum += b;
        }
        assertThat(sum & 0xFF).isZero();
        assertThat(bus.in(CONTROL, 1)).isEqualTo(0x50);
    }

    @Test
    void sectorsAreReadOneInterruptEachWithEveryKindOfAddress() {
        command(0x20, 5, 2);
        byte[] first = readPio(512);
        assertThat(bus.in(COMMAND, 1)).isEqualTo(0x58);
        assertThat(first).isEqualTo(Arrays.copyOfRange(contents, 5 * 512, 6 * 512));
        assertThat(readPio(512)).isEqualTo(Arrays.copyOfRange(contents, 6 * 512, 7 * 512));
        assertThat(bus.in(COMMAND, 1)).isEqualTo(0x50);

        // cylinder 1, head 2, sector 3 of 16 heads with 63 sectors
        bus.out(DEVICE, 1, 0xA2);
        bus.out(COUNT, 1, 1);
        bus.out(LOW, 1, 3);
        bus.out(MID, 1, 1);
        bus.out(HIGH, 1, 0);
        bus.out(COMMAND, 1, 0x20);
        int lba = (16 + 2) * 63 + 2;
        assertThat(readPio(512)).isEqualTo(Arrays.copyOfRange(contents, lba * 512, lba * 512 + 512));

        // 48 bits: high bytes first
        for (int port : new int[] {COUNT, LOW, MID, HIGH}) {
            bus.out(port, 1, 0);
        }
        command(0x24, 0x0ABC, 1);
        assertThat(readPio(512)).isEqualTo(Arrays.copyOfRange(contents, 0xABC * 512, 0xABD * 512));
    }

    @Test
    void writesReachTheDisk() {
        command(0x30, 9, 1);
        assertThat(interruptRequested()).as("the first block needs no interrupt").isFalse();
        for (int i = 0; i < 128; i++) {
            bus.out(BLOCK, 4, 0x01020304 * (i & 1));
        }
        assertThat(interruptRequested()).isTrue();
        assertThat(bus.in(COMMAND, 1)).isEqualTo(0x50);
        assertThat(Arrays.copyOfRange(contents, 9 * 512, 9 * 512 + 8)).containsExactly(0, 0, 0, 0, 4, 3, 2, 1);
    }

    @Test
    void multipleSectorsComeInBlocksOnceTheirSizeIsSet() {
        command(0xC4, 0, 4);
        assertThat(bus.in(COMMAND, 1)).as("no size set: aborted").isEqualTo(0x51);
        assertThat(bus.in(BLOCK + 1, 1)).isEqualTo(4);
        command(0xC6, 0, 4);
        command(0xC4, 8, 6);
        assertThat(readPio(6 * 512)).isEqualTo(Arrays.copyOfRange(contents, 8 * 512, 14 * 512));
        assertThat(bus.in(COMMAND, 1)).isEqualTo(0x50);
    }

    @Test
    void dmaFollowsRegionsThatSplitSectors() {
        region(0, 0x1000, 100, false);
        region(1, 0x3000, 1436, true);
        dma(0xC8, 20, 3, true);
        assertThat(bus.in(MASTER + 2, 1) & 7).as("interrupt, not active, no error").isEqualTo(4);
        assertThat(bus.in(COMMAND, 1)).isEqualTo(0x50);
        assertThat(Arrays.copyOfRange(memory, 0x1000, 0x1064)).isEqualTo(Arrays.copyOfRange(contents, 20 * 512, 20 * 512 + 100));
        assertThat(Arrays.copyOfRange(memory, 0x3000, 0x3000 + 1436)).isEqualTo(Arrays.copyOfRange(contents, 20 * 512 + 100, 23 * 512));
        bus.out(MASTER, 1, 0);

        byte[] before = Arrays.copyOfRange(memory, 0x1000, 0x1064);
        dma(0xCA, 30, 3, false);
        assertThat(bus.in(COMMAND, 1)).isEqualTo(0x50);
        assertThat(Arrays.copyOfRange(contents, 30 * 512, 30 * 512 + 100)).isEqualTo(before);
        assertThat(Arrays.copyOfRange(contents, 30 * 512, 33 * 512)).isEqualTo(Arrays.copyOfRange(contents, 20 * 512, 23 * 512));
    }

    @Test
    void dmaWaitsUntilTheFunctionMayAccessMemory() {
        region(0, 0x1000, 512, true);
        busMastering(false);
        dma(0xC8, 20, 1, true);
        assertThat(bus.in(MASTER + 2, 1) & 7).as("active, no error, no interrupt").isEqualTo(1);
        assertThat(bus.in(CONTROL, 1) & 0x88).as("the drive waits: BSY or DRQ").isNotZero();
        assertThat(Arrays.copyOfRange(memory, 0x1000, 0x1200)).containsOnly(0);
        busMastering(true);
        assertThat(bus.in(MASTER + 2, 1) & 7).isEqualTo(4);
        assertThat(bus.in(COMMAND, 1)).isEqualTo(0x50);
        assertThat(Arrays.copyOfRange(memory, 0x1000, 0x1200)).isEqualTo(Arrays.copyOfRange(contents, 20 * 512, 21 * 512));
    }

    @Test
    void dmaOutOfMemoryOrWithTooShortATableIsAnErrorThatEnds() {
        region(0, 0x7FFF_F000, 512, true);
        dma(0xC8, 0, 1, true);
        assertThat(bus.in(MASTER + 2, 1) & 3).as("error, not active").isEqualTo(2);
        assertThat(bus.in(COMMAND, 1)).isEqualTo(0x51);
        bus.out(MASTER, 1, 0);
        region(0, 0x1000, 512, true);
        dma(0xC8, 0, 2, true);
        assertThat(bus.in(MASTER + 2, 1) & 3).isEqualTo(2);
        assertThat(bus.in(COMMAND, 1)).isEqualTo(0x51);
    }

    @Test
    void addressesBehindTheEndAndUnknownCommandsFail() {
        command(0x20, SECTORS - 1, 2);
        assertThat(bus.in(COMMAND, 1)).isEqualTo(0x51);
        assertThat(bus.in(BLOCK + 1, 1)).as("not found").isEqualTo(0x10);
        command(0xB0, 0, 0);
        assertThat(bus.in(COMMAND, 1)).isEqualTo(0x51);
        assertThat(bus.in(BLOCK + 1, 1)).as("aborted").isEqualTo(4);
    }

    @Test
    void aReadOnlyDiskRefusesWritesAndAnAbsentDriveIsSilent() {
        bus.out(0x176, 1, 0xF0);
        bus.out(0x172, 1, 1);
        bus.out(0x177, 1, 0x30);
        assertThat(bus.in(0x177, 1)).isEqualTo(0x51);
        bus.out(0x176, 1, 0xE0);
        assertThat(bus.in(0x177, 1)).as("first drive of the second channel").isZero();
    }

    @Test
    void aSoftwareResetLeavesTheSignatureOfADisk() {
        command(0x20, 77, 3);
        bus.out(CONTROL, 1, 4);
        assertThat(bus.in(CONTROL, 1)).as("busy").isEqualTo(0x80);
        bus.out(CONTROL, 1, 0);
        assertThat(bus.in(COMMAND, 1)).isEqualTo(0x50);
        assertThat(new int[] {bus.in(COUNT, 1), bus.in(LOW, 1), bus.in(MID, 1), bus.in(HIGH, 1), bus.in(BLOCK + 1, 1)}).containsExactly(1, 1, 0, 0, 1);
    }

    @Test
    void interruptsCanBeSwitchedOff() {
        bus.out(CONTROL, 1, 2);
        command(0xE7, 0, 0);
        assertThat(interruptRequested()).isFalse();
        bus.out(CONTROL, 1, 0);
        assertThat(interruptRequested()).isTrue();
    }

    @Test
    void randomAccessesHarmNobody() {
        var random = new Random(7);
        int[] ports = {BLOCK, BLOCK + 1, COUNT, LOW, MID, HIGH, DEVICE, COMMAND, CONTROL, 0x170, 0x177, MASTER, MASTER + 2, MASTER + 4, MASTER + 8};
        for (int i = 0; i < 200_000; i++) {
            int port = ports[random.nextInt(ports.length)];
            int size = 1 << random.nextInt(3);
            if (random.nextBoolean()) {
                bus.in(port, size);
            } else {
                bus.out(port, size, random.nextInt());
            }
        }
        bus.out(CONTROL, 1, 4);
        bus.out(CONTROL, 1, 0);
        command(0x20, 0, 1);
        assertThat(readPio(512)).isEqualTo(Arrays.copyOf(contents, 512));
    }
}
