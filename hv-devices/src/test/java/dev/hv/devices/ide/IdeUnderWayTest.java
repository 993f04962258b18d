package dev.hv.devices.ide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.disk.TimedQueues;
import dev.hv.vmbus.guest.TestClock;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class IdeUnderWayTest {

    private static final int STATUS = 0x1F7;
    private static final int CONTROL = 0x3F6;
    private static final int MASTER = 0xC000;
    private static final int BUSY = 0x80;
    private static final int READY = 0x50;
    private static final int DATA_REQUEST = 0x58;
    private static final long LONG = 1_000_000_000L;

    private final TestClock clock = new TestClock();
    private final IdeGuest guest = new IdeGuest(new TimedQueues(clock));

    private int alternateStatus() {
        return guest.bus.in(CONTROL, 1);
    }

    private byte[] sectors(int first, int count) {
        return Arrays.copyOfRange(guest.contents, first * 512, (first + count) * 512);
    }

    private byte[] memory(int at, int length) {
        return Arrays.copyOfRange(guest.memory, at, at + length);
    }

    @Test
    void aDriveIsBusyUntilItsSectorIsThere() {
        guest.command(0x20, 5, 1);
        assertThat(alternateStatus()).isEqualTo(BUSY);
        assertThat(guest.interruptRequested()).isFalse();
        assertThat(guest.bus.in(0x1F0, 2)).as("no data yet").isZero();
        clock.advance(LONG);
        assertThat(guest.interruptRequested()).isTrue();
        assertThat(alternateStatus()).isEqualTo(DATA_REQUEST);
        assertThat(guest.readPio(512)).isEqualTo(sectors(5, 1));
    }

    @Test
    void aBusyDriveSeesNoCommand() {
        guest.command(0x20, 5, 1);
        guest.command(0x20, 9, 1);
        clock.advance(LONG);
        assertThat(guest.readPio(512)).isEqualTo(sectors(5, 1));
    }

    @Test
    void aWrittenSectorIsBusyUntilItIsOnTheDisk() {
        guest.command(0x30, 5, 1);
        byte[] before = sectors(5, 1);
        for (int i = 0; i < 256; i++) {
            guest.bus.out(0x1F0, 2, 0x1234);
        }
        assertThat(alternateStatus()).isEqualTo(BUSY);
        assertThat(sectors(5, 1)).isEqualTo(before);
        clock.advance(LONG);
        assertThat(alternateStatus()).isEqualTo(READY);
        assertThat(sectors(5, 1)).startsWith(0x34, 0x12);
    }

    @Test
    void aResetForgetsWhatTheDiskDoes() {
        guest.region(0, 0x2000, 512, true);
        guest.dma(0xC8, 7, 1, true);
        guest.bus.out(CONTROL, 1, 4);
        guest.bus.out(CONTROL, 1, 0);
        assertThat(alternateStatus()).isEqualTo(READY);
        clock.advance(LONG);
        assertThat(memory(0x2000, 512)).as("memory that was given back").containsOnly(0);
        guest.dma(0xC8, 7, 1, true);
        guest.controller.reset();
        clock.advance(LONG);
        assertThat(memory(0x2000, 512)).containsOnly(0);
    }

    @Test
    void aMasterThatIsStoppedMovesNothingAndGoesOnWhenItIsStarted() {
        guest.region(0, 0x2000, 512, true);
        guest.dma(0xC8, 7, 1, true);
        guest.bus.out(MASTER, 1, 8);
        clock.advance(LONG);
        assertThat(memory(0x2000, 512)).containsOnly(0);
        guest.bus.out(MASTER, 1, 9);
        clock.advance(LONG);
        assertThat(memory(0x2000, 512)).isEqualTo(sectors(7, 1));
        assertThat(alternateStatus()).isEqualTo(READY);
    }

    @Test
    void aMasterThatMayNotAccessMemoryAnyMoreWaits() {
        guest.region(0, 0x2000, 512, true);
        guest.dma(0xC8, 7, 1, true);
        guest.busMastering(false);
        clock.advance(LONG);
        assertThat(memory(0x2000, 512)).containsOnly(0);
        guest.busMastering(true);
        clock.advance(LONG);
        assertThat(memory(0x2000, 512)).isEqualTo(sectors(7, 1));
    }

    /** READ VERIFY SECTOR(S) (ATA/ATAPI-7, 6.39) reads the medium, and names the sector that it cannot read. */
    @Test
    void sectorsAreVerifiedOnTheMedium() {
        guest.faults.fail(DiskFaults.Failure.MEDIUM, true, false, 103 * 512, 104 * 512, Long.MAX_VALUE);
        guest.command(0x40, 50, 53);
        assertThat(alternateStatus()).isEqualTo(BUSY);
        clock.advance(LONG);
        assertThat(alternateStatus()).isEqualTo(READY);
        assertThat(guest.interruptRequested()).isTrue();
        guest.command(0x40, 100, 8);
        clock.advance(LONG);
        assertThat(alternateStatus()).isEqualTo(READY | 1);
        assertThat(guest.bus.in(0x1F1, 1)).as("uncorrectable").isEqualTo(0x40);
        assertThat(guest.bus.in(0x1F3, 1)).isEqualTo(103);
        guest.bus.out(0x1F2, 1, 0x0F);
        for (int register = 0x1F3; register <= 0x1F5; register++) {
            guest.bus.out(register, 1, 0);
        }
        guest.command(0x42, 200, 0);
        clock.advance(LONG);
        assertThat(alternateStatus()).as("3,840 sectors in two pieces").isEqualTo(READY);
        assertThat(guest.bus.in(STATUS, 1) & 1).isZero();
    }

    @Test
    void aLongTransferComesInPiecesFromRegionsThatSplitThem() {
        // 1,000 sectors, of 500 KiB: four pieces, nine regions
        int region = 0xFFFE;
        int bytes = 1000 * 512;
        int entries = 0;
        for (int at = 0; at < bytes; at += region) {
            guest.region(entries++, 0x4000 + at, Math.min(region, bytes - at), at + region >= bytes);
        }
        guest.bus.out(MASTER + 4, 4, 0x100);
        guest.bus.out(MASTER + 2, 1, 6);
        guest.bus.out(0x1F2, 1, 1000 >> 8);
        for (int register = 0x1F3; register <= 0x1F5; register++) {
            guest.bus.out(register, 1, 0);
        }
        guest.command(0x25, 3, 1000 & 0xFF);
        guest.bus.out(MASTER, 1, 9);
        clock.advance(LONG);
        assertThat(alternateStatus()).isEqualTo(READY);
        assertThat(memory(0x4000, bytes)).isEqualTo(sectors(3, 1000));
        assertThat(guest.bus.in(MASTER + 2, 1) & 1).as("not active any more").isZero();
    }

    @Test
    void aRestoredDriveEndsItsCommand() {
        guest.region(0, 0x2000, 1024, true);
        guest.dma(0xC8, 7, 2, true);
        clock.advance(1);
        var other = new IdeGuest(new TimedQueues(clock));
        System.arraycopy(guest.memory, 0, other.memory, 0, guest.memory.length);
        RecordedState.copy(guest.controller, other.controller);
        guest.controller.reset();
        clock.advance(LONG);
        assertThat(Arrays.copyOfRange(other.memory, 0x2000, 0x2400)).isEqualTo(sectors(7, 2));
        assertThat(other.bus.in(STATUS, 1)).isEqualTo(READY);
        assertThat(memory(0x2000, 1024)).containsOnly(0);
    }

    @Test
    void aRestoredDriveWritesWhatItWasGiven() {
        guest.region(0, 0x2000, 512, true);
        Arrays.fill(guest.memory, 0x2000, 0x2200, (byte) 0x5A);
        guest.dma(0xCA, 7, 1, false);
        var other = new IdeGuest(new TimedQueues(clock));
        System.arraycopy(guest.memory, 0, other.memory, 0, guest.memory.length);
        RecordedState.copy(guest.controller, other.controller);
        guest.controller.reset();
        clock.advance(LONG);
        assertThat(Arrays.copyOfRange(other.contents, 7 * 512, 8 * 512)).containsOnly(0x5A);
        assertThat(sectors(7, 1)).isNotEqualTo(Arrays.copyOfRange(other.contents, 7 * 512, 8 * 512));
    }
}
