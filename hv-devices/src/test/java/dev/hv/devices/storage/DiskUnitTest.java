package dev.hv.devices.storage;

import static dev.hv.devices.storage.StorvscGuest.READ;
import static dev.hv.devices.storage.StorvscGuest.srb;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.disk.AtOnce;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.MemoryDisk;
import dev.hv.devices.storage.StorvscGuest.Response;
import dev.hv.vmbus.protocol.Guid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DiskUnitTest {

    private static final int SUCCESS = 1;
    private static final int SECTORS = 1000;
    private static final int ILLEGAL_CDB = 0x52400;
    private static final int ILLEGAL_LIST = 0x52600;
    private static final int OUT_OF_RANGE = 0x52100;

    private final byte[] contents = random(SECTORS * 512, 1);
    private final FaultyDisk disk = new FaultyDisk(contents, 512);
    private final DiskUnit unit = new DiskUnit(disk, Guid.of("00112233-4455-6677-8899-aabbccddeeff"));
    private final StorvscGuest g = guest(unit);

    private static StorvscGuest guest(LogicalUnit unit) {
        var controller = new StorageController(0, new AtOnce());
        controller.attach(new ScsiAddress(0, 0), unit);
        return StorvscGuest.ready(controller);
    }

    private static byte[] random(int length, long seed) {
        byte[] b = new byte[length];
        new Random(seed).nextBytes(b);
        return b;
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private byte[] sectors(int first, int count) {
        return Arrays.copyOfRange(contents, first * 512, (first + count) * 512);
    }

    // ---- identity --------------------------------------------------------------------------------------------------------

    @Test
    void standardInquiry() {
        byte[] expected = new byte[36];
        System.arraycopy(hex("00 00 05 02 1f 00 00 02"), 0, expected, 0, 8);
        System.arraycopy("Msft    Virtual Disk    1.0 ".getBytes(StandardCharsets.US_ASCII), 0, expected, 8, 28);
        assertThat(g.read(255, 0x12, 0, 0, 0, 255, 0)).isEqualTo(expected);
    }

    @Test
    void listsItsVitalProductDataPages() {
        assertThat(g.read(255, 0x12, 1, 0, 0, 255, 0)).isEqualTo(hex("00 00 00 06 00 80 83 b0 b1 b2"));
    }

    @Test
    void serialNumberIsTheIdentity() {
        assertThat(g.read(255, 0x12, 1, 0x80, 0, 255, 0)).startsWith(hex("00 80 00 20"))
                .endsWith("00112233445566778899AABBCCDDEEFF".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void designatorIsAnExtendedRegisteredIdentifierThatDiffersBetweenDisks() {
        byte[] page = g.read(255, 0x12, 1, 0x83, 0, 255, 0);
        assertThat(page).hasSize(24).startsWith(hex("00 83 00 14 01 03 00 10 60 02 24 80"));
        var other = guest(new DiskUnit(disk, Guid.of("00112233-4455-6677-8899-aabbccddee00")));
        assertThat(other.read(255, 0x12, 1, 0x83, 0, 255, 0)).isNotEqualTo(page);
    }

    @Test
    void blockLimits() {
        byte[] page = g.read(255, 0x12, 1, 0xB0, 0, 255, 0);
        // 1 MiB transfers, 8-sector granularity, 2 Mi sectors to unmap in 256 ranges, 32 Ki sectors of WRITE SAME
        assertThat(page).hasSize(64).startsWith(hex("00 b0 00 3c 01 00 00 08 00 00 08 00 00 00 08 00 00 00 00 00"
                + "00 20 00 00 00 00 01 00 00 00 00 08 80 00 00 00 00 00 00 00 00 00 80 00"));
    }

    @Test
    void isNoRotatingDisk() {
        assertThat(g.read(255, 0x12, 1, 0xB1, 0, 255, 0)).hasSize(64).startsWith(hex("00 b1 00 3c 00 01"));
    }

    @Test
    void isThinAndReadsZeroesWhereUnmapped() {
        assertThat(g.read(255, 0x12, 1, 0xB2, 0, 255, 0)).isEqualTo(hex("00 b2 00 04 00 e4 02 00"));
        var readOnly = guest(new DiskUnit(new MemoryDisk(new byte[512], 512, true), new Guid(0, 0)));
        assertThat(readOnly.read(255, 0x12, 1, 0xB2, 0, 255, 0)).isEqualTo(hex("00 b2 00 04 00 00 00 00"));
    }

    @Test
    void refusesPagesThereAreNot() {
        assertThat(g.command(0x12, 1, 0xC0, 0, 255, 0).senseCode()).isEqualTo(ILLEGAL_CDB);
        assertThat(g.command(0x12, 0, 0x80, 0, 255, 0).senseCode()).isEqualTo(ILLEGAL_CDB);
    }

    @Test
    void capacity() {
        assertThat(g.read(8, 0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0)).isEqualTo(hex("00 00 03 e7 00 00 02 00"));
        byte[] c16 = g.read(32, 0x9E, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0);
        assertThat(c16).hasSize(32).startsWith(hex("00 00 00 00 00 00 03 e7 00 00 02 00 00 03 c0 00"));
        assertThat(g.command(0x9E, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0).senseCode()).isEqualTo(ILLEGAL_CDB);
    }

    @Test
    void fourKilobyteSectors() {
        var big = guest(new DiskUnit(new MemoryDisk(random(16 * 4096, 3), 4096, false), new Guid(0, 0)));
        assertThat(big.read(8, 0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0)).isEqualTo(hex("00 00 00 0f 00 00 10 00"));
        assertThat(big.read(8192, 0x28, 0, 0, 0, 0, 14, 0, 0, 2, 0)).isEqualTo(Arrays.copyOfRange(random(16 * 4096, 3), 14 * 4096, 16 * 4096));
    }

    @Test
    void unknownCommandsAreRefused() {
        // persistent reservations, vendor commands, a variable-length one
        for (int opcode : new int[] {0x5E, 0x5F, 0x56, 0x3B, 0xC1, 0xFF, 0x7F, 0x02}) {
            Response r = g.command(opcode, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
            assertThat(r.senseCode()).as("opcode %#x", opcode).isEqualTo(0x52000);
            assertThat(r.srbStatus()).isEqualTo(0x84);
            assertThat(r.scsiStatus()).isEqualTo(2);
            assertThat(r.senseLength()).isEqualTo(18);
            assertThat(r.sense()).startsWith(hex("70 00 05 00 00 00 00 0a"));
        }
    }

    @Test
    void automaticContingentAllegianceIsRefused() {
        assertThat(g.command(0x00, 0, 0, 0, 0, 4).senseCode()).isEqualTo(ILLEGAL_CDB);
    }

    @Test
    void requestSenseSaysWhatIsPendingAndThenNothing() {
        g.operation(6, 0);
        assertThat(g.read(18, 0x03, 0, 0, 0, 18, 0)).isEqualTo(hex("70 00 06 00 00 00 00 0a 00 00 00 00 29 02 00 00 00 00"));
        assertThat(g.read(18, 0x03, 0, 0, 0, 18, 0)).isEqualTo(hex("70 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 00 00 00"));
    }

    // ---- reading and writing ---------------------------------------------------------------------------------------------

    @Test
    void readsInAllFourLengths() {
        assertThat(g.read(1024, 0x08, 0, 0, 5, 2, 0)).isEqualTo(sectors(5, 2));
        assertThat(g.read(1024, 0x28, 0, 0, 0, 0, 5, 0, 0, 2, 0)).isEqualTo(sectors(5, 2));
        assertThat(g.read(1024, 0xA8, 0, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0)).isEqualTo(sectors(5, 2));
        assertThat(g.read(1024, 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0)).isEqualTo(sectors(5, 2));
    }

    @Test
    void aCountOfZeroIs256InTheShortestFormAndNothingElsewhere() {
        assertThat(g.read(256 * 512, 0x08, 0, 0, 0, 0, 0)).isEqualTo(sectors(0, 256));
        assertThat(g.read(512, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0)).isEmpty();
    }

    @Test
    void writesInAllFourLengths() {
        int[][] commands = {{0x0A, 0, 0, 9, 2, 0}, {0x2A, 0, 0, 0, 0, 9, 0, 0, 2, 0}, {0xAA, 0, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0},
            {0x8A, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0}};
        for (int i = 0; i < commands.length; i++) {
            byte[] data = random(1024, 10 + i);
            Response r = g.write(data, commands[i]);
            assertThat(r.srbStatus()).isEqualTo(SUCCESS);
            assertThat(r.transferred()).isEqualTo(1024);
            assertThat(sectors(9, 2)).isEqualTo(data);
        }
        assertThat(disk.flushes).as("the write cache is on").isZero();
    }

    @Test
    void movesTransfersThatAreLargerThanItsBuffer() {
        byte[] all = g.read(SECTORS * 512, 0x28, 0, 0, 0, 0, 0, 0, SECTORS >>> 8, SECTORS & 0xFF, 0);
        assertThat(all).isEqualTo(contents);
        byte[] data = random(SECTORS * 512, 99);
        assertThat(g.write(data, 0x2A, 0, 0, 0, 0, 0, 0, SECTORS >>> 8, SECTORS & 0xFF, 0).transferred()).isEqualTo(SECTORS * 512);
        assertThat(contents).isEqualTo(data);
    }

    @Test
    void refusesBlocksBeyondTheEnd() {
        assertThat(g.read(512, 0x28, 0, 0, 0, 0x03, 0xE7, 0, 0, 1, 0)).isEqualTo(sectors(999, 1));
        int[][] beyond = {{0x28, 0, 0, 0, 0x03, 0xE8, 0, 0, 1, 0}, {0x28, 0, 0, 0, 0x03, 0xE7, 0, 0, 2, 0}, {0x28, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0xFF, 0xFF, 0},
            {0x88, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 0, 0}, {0x88, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 0, 0},
            {0x88, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0}};
        for (int[] cdb : beyond) {
            assertThat(g.execute(srb(0, 0, READ, 1024, cdb), new FakeBuffer(1024)).senseCode()).isEqualTo(OUT_OF_RANGE);
        }
    }

    @Test
    void refusesProtectionInformation() {
        assertThat(g.command(0x28, 0x20, 0, 0, 0, 0, 0, 0, 1, 0).senseCode()).isEqualTo(ILLEGAL_CDB);
    }

    @Test
    void forcedUnitAccessFlushes() {
        g.write(new byte[512], 0x2A, 0x08, 0, 0, 0, 0, 0, 0, 1, 0);
        assertThat(disk.flushes).isEqualTo(1);
        g.read(512, 0x28, 0x08, 0, 0, 0, 0, 0, 0, 1, 0);
        assertThat(disk.flushes).isEqualTo(2);
    }

    @Test
    void synchronizeCacheFlushes() {
        assertThat(g.command(0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0).srbStatus()).isEqualTo(SUCCESS);
        assertThat(g.command(0x91, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0).srbStatus()).isEqualTo(SUCCESS);
        assertThat(disk.flushes).isEqualTo(2);
        assertThat(g.command(0x35, 0, 0, 0, 0xFF, 0, 0, 0, 1, 0).senseCode()).isEqualTo(OUT_OF_RANGE);
    }

    @Test
    void stoppingFlushes() {
        assertThat(g.command(0x1B, 0, 0, 0, 1, 0).srbStatus()).isEqualTo(SUCCESS);
        assertThat(disk.flushes).isZero();
        assertThat(g.command(0x1B, 0, 0, 0, 0, 0).srbStatus()).isEqualTo(SUCCESS);
        assertThat(disk.flushes).isEqualTo(1);
        assertThat(g.command(0x1B, 0, 0, 0, 2, 0).senseCode()).as("there is nothing to eject").isEqualTo(ILLEGAL_CDB);
    }

    @Test
    void verifyComparesWhenAsked() {
        assertThat(g.command(0x2F, 0, 0, 0, 0, 5, 0, 0, 2, 0).srbStatus()).isEqualTo(SUCCESS);
        byte[] same = sectors(5, 2);
        assertThat(g.write(same, 0x2F, 0x02, 0, 0, 0, 5, 0, 0, 2, 0).srbStatus()).isEqualTo(SUCCESS);
        same[700] ^= 1;
        Response r = g.write(same, 0x8F, 0x02, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0);
        assertThat(r.senseCode()).isEqualTo(0xE1D00);
        assertThat(r.sense()).as("valid, with the place of the difference").startsWith(hex("f0 00 0e 00 00 02 bc"));
        assertThat(g.command(0x2F, 0x04, 0, 0, 0, 5, 0, 0, 2, 0).senseCode()).isEqualTo(ILLEGAL_CDB);
    }

    @Test
    void writeSameRepeatsABlock() {
        byte[] block = random(512, 5);
        assertThat(g.write(block, 0x93, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1, 0x2C, 0, 0).srbStatus()).isEqualTo(SUCCESS);
        for (int i = 0; i < 300; i++) {
            assertThat(sectors(10 + i, 1)).isEqualTo(block);
        }
        assertThat(sectors(9, 1)).isEqualTo(Arrays.copyOfRange(random(SECTORS * 512, 1), 9 * 512, 10 * 512));
        assertThat(sectors(310, 1)).isEqualTo(Arrays.copyOfRange(random(SECTORS * 512, 1), 310 * 512, 311 * 512));
    }

    @Test
    void writeSameZeroesAndUnmaps() {
        assertThat(g.write(new byte[512], 0x41, 0x08, 0, 0, 0, 4, 0, 0, 3, 0).srbStatus()).isEqualTo(SUCCESS);
        assertThat(sectors(4, 3)).containsOnly(0);
        assertThat(g.command(0x93, 0x01, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0).srbStatus()).as("without data").isEqualTo(SUCCESS);
        assertThat(sectors(20, 3)).containsOnly(0);
        assertThat(g.write(new byte[512], 0x41, 0, 0, 0, 0, 4, 0, 0, 0, 0).senseCode()).as("no count").isEqualTo(ILLEGAL_CDB);
        assertThat(g.write(new byte[512], 0x41, 0x10, 0, 0, 0, 4, 0, 0, 1, 0).senseCode()).as("anchored").isEqualTo(ILLEGAL_CDB);
    }

    @Test
    void unmapZeroesItsRanges() {
        byte[] list = hex("00 26 00 20 00 00 00 00  00 00 00 00 00 00 00 02 00 00 00 03 00 00 00 00  00 00 00 00 00 00 00 10 00 00 00 01 00 00 00 00");
        assertThat(g.write(list, 0x42, 0, 0, 0, 0, 0, 0, 0, 40, 0).srbStatus()).isEqualTo(SUCCESS);
        assertThat(sectors(2, 3)).containsOnly(0);
        assertThat(sectors(16, 1)).containsOnly(0);
        assertThat(sectors(5, 1)).isNotEqualTo(new byte[512]);
    }

    @Test
    void unmapChangesNothingWhenOneRangeIsWrong() {
        byte[] before = contents.clone();
        byte[] list = hex("00 26 00 20 00 00 00 00  00 00 00 00 00 00 00 02 00 00 00 03 00 00 00 00  00 00 00 00 00 00 03 e7 00 00 00 02 00 00 00 00");
        assertThat(g.write(list, 0x42, 0, 0, 0, 0, 0, 0, 0, 40, 0).senseCode()).isEqualTo(OUT_OF_RANGE);
        byte[] tooMuch = hex("00 16 00 10 00 00 00 00  00 00 00 00 00 00 00 02 ff ff ff ff 00 00 00 00");
        assertThat(g.write(tooMuch, 0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0).senseCode()).isEqualTo(ILLEGAL_LIST);
        assertThat(g.write(new byte[4], 0x42, 0, 0, 0, 0, 0, 0, 0, 4, 0).senseCode()).isEqualTo(0x51A00);
        assertThat(contents).isEqualTo(before);
    }

    @Test
    void oneUnmapAsksForNoMoreThanItsLimitWithAllOfItsRanges() {
        byte[] medium = random(8 << 20, 7);
        byte[] before = medium.clone();
        var r = guest(new DiskUnit(new MemoryDisk(medium, 512, false), new Guid(0, 0)));
        // 256 times the whole disk: 2 GiB
        ByteBuffer list = ByteBuffer.allocate(8 + 256 * 16).putShort((short) (6 + 256 * 16)).putShort((short) (256 * 16)).putInt(0);
        for (int i = 0; i < 256; i++) {
            list.putLong(0).putInt(16384).putInt(0);
        }
        assertThat(r.write(list.array(), 0x42, 0, 0, 0, 0, 0, 0, 0x10, 0x08, 0).senseCode()).isEqualTo(ILLEGAL_LIST);
        assertThat(medium).isEqualTo(before);
    }

    // ---- mode parameters -----------------------------------------------------------------------------------------------------

    @Test
    void modePages() {
        assertThat(g.read(255, 0x1A, 8, 0x3F, 0, 255, 0)).isEqualTo(hex("2f 00 10 00"
                + "08 12 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
                + "0a 0a 00 10 00 00 00 00 00 00 00 00 1c 0a 00 00 00 00 00 00 00 00 00 00"));
        assertThat(g.read(255, 0x5A, 0, 0x08, 0, 0, 0, 0, 0, 255, 0)).isEqualTo(hex("00 22 00 10 00 00 00 08 00 00 03 e8 00 00 02 00"
                + "08 12 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"));
        assertThat(g.read(255, 0x1A, 8, 0x48, 0, 255, 0)).as("changeable: the write cache").startsWith(hex("17 00 10 00 08 12 04 00"));
        assertThat(g.command(0x1A, 8, 0xC8, 0, 255, 0).senseCode()).as("saved values").isEqualTo(0x53900);
        assertThat(g.command(0x1A, 8, 0x05, 0, 255, 0).senseCode()).as("no such page").isEqualTo(ILLEGAL_CDB);
        assertThat(g.command(0x1A, 8, 0x08, 1, 255, 0).senseCode()).as("no such subpage").isEqualTo(ILLEGAL_CDB);
    }

    @Test
    void aReadOnlyDiskSaysSoAndRefusesWrites() {
        var r = guest(new DiskUnit(new MemoryDisk(new byte[4096], 512, true), new Guid(0, 0)));
        assertThat(r.read(255, 0x1A, 8, 0x08, 0, 255, 0)).startsWith(hex("17 00 90 00"));
        assertThat(r.write(new byte[512], 0x2A, 0, 0, 0, 0, 0, 0, 0, 1, 0).senseCode()).isEqualTo(0x72700);
        assertThat(r.write(new byte[512], 0x41, 0, 0, 0, 0, 0, 0, 0, 1, 0).senseCode()).isEqualTo(0x72700);
        assertThat(r.write(new byte[24], 0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0).senseCode()).isEqualTo(0x72700);
        assertThat(r.read(512, 0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0)).hasSize(512);
    }

    @Test
    void withoutWriteCacheEveryWriteIsFlushed() {
        byte[] off = hex("00 00 00 00 08 12 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
        assertThat(g.write(off, 0x15, 0x10, 0, 0, 24, 0).srbStatus()).isEqualTo(SUCCESS);
        assertThat(disk.flushes).as("what was written before").isEqualTo(1);
        assertThat(g.read(255, 0x1A, 8, 0x08, 0, 255, 0)[6]).isZero();
        g.write(new byte[512], 0x2A, 0, 0, 0, 0, 0, 0, 0, 1, 0);
        assertThat(disk.flushes).isEqualTo(2);

        var copy = new DiskUnit(disk, new Guid(0, 0));
        RecordedState.copy(unit, copy);
        guest(copy).write(new byte[512], 0x2A, 0, 0, 0, 0, 0, 0, 0, 1, 0);
        assertThat(disk.flushes).as("of a restored unit").isEqualTo(3);
    }

    @Test
    void modeSelectRefusesWhatCannotBeChanged() {
        byte[] readAhead = hex("00 00 00 00 08 12 05 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
        assertThat(g.write(readAhead, 0x15, 0x10, 0, 0, 24, 0).senseCode()).isEqualTo(ILLEGAL_LIST);
        byte[] wrongLength = hex("00 00 00 00 08 11 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
        assertThat(g.write(wrongLength, 0x15, 0x10, 0, 0, 23, 0).senseCode()).isEqualTo(ILLEGAL_LIST);
        byte[] cut = hex("00 00 00 00 08 12 04");
        assertThat(g.write(cut, 0x15, 0x10, 0, 0, 7, 0).senseCode()).isEqualTo(0x51A00);
        assertThat(g.write(new byte[2], 0x15, 0x10, 0, 0, 2, 0).senseCode()).isEqualTo(0x51A00);
        byte[] otherBlocks = hex("00 00 00 08 00 00 00 00 00 00 10 00");
        assertThat(g.write(otherBlocks, 0x15, 0x10, 0, 0, 12, 0).senseCode()).isEqualTo(ILLEGAL_LIST);
        byte[] sameBlocks = hex("00 00 00 08 00 00 03 e8 00 00 02 00");
        assertThat(g.write(sameBlocks, 0x15, 0x10, 0, 0, 12, 0).srbStatus()).isEqualTo(SUCCESS);
        assertThat(g.command(0x15, 0x11, 0, 0, 0, 0).senseCode()).as("saving").isEqualTo(ILLEGAL_CDB);
        assertThat(g.command(0x15, 0, 0, 0, 0, 0).senseCode()).as("vendor's page format").isEqualTo(ILLEGAL_CDB);
    }

    // ---- errors of the host ------------------------------------------------------------------------------------------------------

    @Test
    void anUnreadablePlaceIsAMediumErrorAtItsBlock() {
        disk.badAt = 700 * 512 + 17;
        disk.reading = DiskStatus.IO_ERROR;
        Response r = g.execute(srb(0, 0, READ, SECTORS * 512, 0x28, 0, 0, 0, 0, 0, 0, SECTORS >>> 8, SECTORS & 0xFF, 0), new FakeBuffer(SECTORS * 512));
        assertThat(r.senseCode()).isEqualTo(0x31100);
        assertThat(r.sense()).startsWith(hex("f0 00 03 00 00 02 bc"));
        assertThat(r.transferred()).isZero();
        assertThat(g.read(512, 0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0)).as("other places can be read").isEqualTo(sectors(0, 1));
    }

    @Test
    void failedWritesSayWhy() {
        disk.badAt = 0;
        disk.writing = DiskStatus.IO_ERROR;
        assertThat(g.write(new byte[512], 0x2A, 0, 0, 0, 0, 0, 0, 0, 1, 0).senseCode()).isEqualTo(0x30C00);
        disk.writing = DiskStatus.NO_SPACE;
        assertThat(g.write(new byte[512], 0x2A, 0, 0, 0, 0, 0, 0, 0, 1, 0).senseCode()).isEqualTo(0x72707);
        assertThat(g.write(random(512, 8), 0x41, 0, 0, 0, 0, 0, 0, 0, 1, 0).senseCode()).isEqualTo(0x72707);
        assertThat(g.write(new byte[512], 0x41, 0, 0, 0, 0, 0, 0, 0, 1, 0).senseCode()).isEqualTo(0x72707);
    }

    @Test
    void aFailedFlushIsNeverASuccess() {
        disk.flushing = DiskStatus.IO_ERROR;
        assertThat(g.command(0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0).senseCode()).isEqualTo(0x30C00);
        Response forced = g.write(new byte[512], 0x2A, 0x08, 0, 0, 0, 0, 0, 0, 1, 0);
        assertThat(forced.senseCode()).isEqualTo(0x30C00);
        assertThat(forced.transferred()).isZero();
        disk.flushing = DiskStatus.NO_SPACE;
        assertThat(g.command(0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0).senseCode()).isEqualTo(0x72707);
    }

    @Test
    void closingClosesTheDisk() {
        unit.close();
        assertThat(disk.closed).isTrue();
    }

    // ---- a host that changes the size --------------------------------------------------------------------------------------

    private static final int CAPACITY_CHANGED = 0x62A09;

    private long lastBlock() {
        byte[] b = g.read(8, 0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        return (b[0] & 0xFFL) << 24 | (b[1] & 0xFF) << 16 | (b[2] & 0xFF) << 8 | b[3] & 0xFF;
    }

    @Test
    void aDiskThatTheHostMadeLongerIsAnnouncedAtTheNextLook() {
        assertThat(lastBlock()).isEqualTo(SECTORS - 1);
        disk.size = 2000 * 512;
        // reading goes on meanwhile
        assertThat(g.read(512, 0x28, 0, 0, 0, 0, 5, 0, 0, 1, 0)).isEqualTo(sectors(5, 1));
        assertThat(g.command(0x00, 0, 0, 0, 0, 0).senseCode()).isEqualTo(CAPACITY_CHANGED);
        assertThat(g.command(0x00, 0, 0, 0, 0, 0).srbStatus()).isEqualTo(SUCCESS);
        assertThat(lastBlock()).isEqualTo(1999);
        assertThat(Arrays.copyOf(g.read(32, 0x9E, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0), 8)).isEqualTo(hex("00 00 00 00 00 00 07 cf"));
    }

    @Test
    void readingTheCapacityLooksItself() {
        disk.size = 600 * 512;
        assertThat(g.execute(srb(0, 0, READ, 8, 0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0), new FakeBuffer(8)).senseCode()).isEqualTo(CAPACITY_CHANGED);
        assertThat(lastBlock()).isEqualTo(599);
    }

    @Test
    void whatTheHostCutOffIsOutOfRangeAndTheGuestHearsWhy() {
        disk.size = 10 * 512;
        Response r = g.execute(srb(0, 0, READ, 512, 0x28, 0, 0, 0, 0, 20, 0, 0, 1, 0), new FakeBuffer(512));
        assertThat(r.senseCode()).isEqualTo(OUT_OF_RANGE);
        assertThat(g.command(0x00, 0, 0, 0, 0, 0).senseCode()).isEqualTo(CAPACITY_CHANGED);
        assertThat(g.write(new byte[512], 0x2A, 0, 0, 0, 0, 20, 0, 0, 1, 0).senseCode()).isEqualTo(OUT_OF_RANGE);
        assertThat(g.write(new byte[512], 0x2A, 0, 0, 0, 0, 9, 0, 0, 1, 0).srbStatus()).isEqualTo(SUCCESS);
    }

    @Test
    void aWriteToWhatWasCutOffFailsBeforeTheGuestLooked() {
        disk.size = 10 * 512;
        assertThat(g.write(new byte[1024], 0x2A, 0, 0, 0, 0, 9, 0, 0, 2, 0).senseCode()).isEqualTo(OUT_OF_RANGE);
        assertThat(lastBlockAfterAttention()).isEqualTo(9);
    }

    private long lastBlockAfterAttention() {
        assertThat(g.command(0x00, 0, 0, 0, 0, 0).senseCode()).isEqualTo(CAPACITY_CHANGED);
        return lastBlock();
    }

    @Test
    void aGuestMayUseNewBlocksBeforeItWasTold() {
        disk.size = 10 * 512;
        assertThat(lastBlockAfterAttention()).isEqualTo(9);
        disk.size = SECTORS * 512;
        assertThat(g.read(512, 0x28, 0, 0, 0, 0, 20, 0, 0, 1, 0)).isEqualTo(sectors(20, 1));
        assertThat(lastBlockAfterAttention()).isEqualTo(SECTORS - 1);
    }

    @Test
    void aDiskThatTheHostEmptiedHasNoMedium() {
        disk.size = 0;
        assertThat(g.command(0x00, 0, 0, 0, 0, 0).senseCode()).isEqualTo(CAPACITY_CHANGED);
        assertThat(g.command(0x00, 0, 0, 0, 0, 0).senseCode()).isEqualTo(0x23A00);
        assertThat(g.execute(srb(0, 0, READ, 8, 0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0), new FakeBuffer(8)).senseCode()).isEqualTo(0x23A00);
        assertThat(g.execute(srb(0, 0, READ, 512, 0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0), new FakeBuffer(512)).senseCode()).isEqualTo(OUT_OF_RANGE);
    }

    @Test
    void whatTheGuestKnowsOfTheSizeIsSaved() {
        disk.size = 600 * 512;
        var copy = new DiskUnit(disk, new Guid(0, 0));
        RecordedState.copy(unit, copy);
        assertThat(guest(copy).command(0x00, 0, 0, 0, 0, 0).senseCode()).isEqualTo(CAPACITY_CHANGED);
    }

    @Test
    void reservesForItsOnlyInitiatorAndTestsItself() {
        for (int[] cdb : new int[][] {{0x16, 0, 0, 0, 0, 0}, {0x17, 0, 0, 0, 0, 0}, {0x1D, 4, 0, 0, 0, 0}, {0x1D, 0x14, 0, 0, 0, 0}}) {
            assertThat(g.command(cdb).srbStatus()).as("%#x", cdb[0]).isEqualTo(1);
        }
        // for somebody else, of an extent; another self-test, one that takes the unit away, pages
        for (int[] cdb : new int[][] {{0x16, 0x10, 0, 0, 0, 0}, {0x16, 1, 0, 0, 0, 0}, {0x17, 0x10, 0, 0, 0, 0}, {0x1D, 0x24, 0, 0, 0, 0}, {0x1D, 5, 0, 0, 0, 0}, {0x1D, 0x10, 0, 0, 8, 0}}) {
            assertThat(g.command(cdb).senseCode()).as("%#x %#x", cdb[0], cdb[1]).isEqualTo(0x52400);
        }
    }
}
