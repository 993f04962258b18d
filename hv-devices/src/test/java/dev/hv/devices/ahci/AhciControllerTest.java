package dev.hv.devices.ahci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.disk.AtOnce;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.TimedQueues;
import dev.hv.vmbus.guest.TestClock;
import org.junit.jupiter.api.Test;

/** An adapter as its driver meets it (AHCI 1.3.1). */
class AhciControllerTest {

    private static final int PORT = AhciGuest.PORT;
    private static final int DATA = AhciGuest.DATA;
    private static final int GOOD = 0x50;
    private static final long LONG = 1_000_000_000L;

    private final AhciGuest guest = new AhciGuest(new AtOnce());
    private final byte[] memory = guest.machine.memory;

    @Test
    void registersSayWhatItCan() {
        assertThat(guest.register(0)).as("64 bits, NCQ, 32 slots, six ports").isEqualTo(0xC134_1F05);
        assertThat(guest.register(0x10)).isEqualTo(0x0001_0301);
        assertThat(guest.register(0x0C)).isEqualTo(0x3F);
        assertThat(guest.register(4)).as("AHCI alone").isEqualTo(0x8000_0000);
        assertThat(guest.register(PORT + 0x24)).isEqualTo(0x101);
        assertThat(guest.register(PORT + 0x28)).isEqualTo(0x133);
        assertThat(guest.register(PORT + 2 * 0x80 + 0x28)).as("nobody there").isZero();
        assertThat(guest.register(PORT + 2 * 0x80 + 0x20)).isEqualTo(0x7F);
    }

    @Test
    void itDescribesItsDisk() {
        guest.up();
        assertThat(guest.execute(0xEC, 0, 1, 512)).isEqualTo(GOOD);
        assertThat(LittleEndian.u64(memory, DATA + 200)).as("sectors").isEqualTo(8192);
        assertThat(LittleEndian.u16(memory, DATA + 150)).as("depth of the queue").isEqualTo(31);
        assertThat(LittleEndian.u16(memory, DATA + 152) & 0x100).as("NCQ").isEqualTo(0x100);
        int sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += memory[DATA + i];
        }
        assertThat(sum & 0xFF).isZero();
        assertThat(guest.register(PORT + 0x10) & 2).as("a PIO setup frame").isEqualTo(2);
        assertThat(memory[AhciGuest.RECEIVED + 0x20]).isEqualTo((byte) 0x5F);
        assertThat(LittleEndian.u32(memory, AhciGuest.LIST + 4)).as("bytes moved").isEqualTo(512);
        assertThat(guest.register(PORT + 0x38)).isZero();
    }

    @Test
    void sectorsGoThroughRegions() {
        guest.up();
        guest.put(0, 0x25, 7, 4, 0, DATA, 700);
        guest.region(0, 1, DATA + 0x1000, 1348);
        guest.issue(1);
        assertThat(guest.register(PORT + 0x20)).isEqualTo(GOOD);
        byte[] all = guest.sectors(7, 4);
        assertThat(guest.memory(DATA, 700)).isEqualTo(java.util.Arrays.copyOf(all, 700));
        assertThat(guest.memory(DATA + 0x1000, 1348)).isEqualTo(java.util.Arrays.copyOfRange(all, 700, 2048));
        java.util.Arrays.fill(memory, DATA, DATA + 1024, (byte) 0x33);
        assertThat(guest.execute(0x35, 20, 2, 1024)).isEqualTo(GOOD);
        assertThat(guest.sectors(20, 2)).containsOnly(0x33);
        assertThat(guest.execute(0xEA, 0, 0, 0)).isEqualTo(GOOD);
    }

    @Test
    void largeCommandsGoInPieces() {
        guest.up();
        int bytes = 3 << 20;
        guest.put(0, 0x25, 1, bytes / 512, 0, DATA, bytes);
        guest.issue(1);
        assertThat(guest.memory(DATA, bytes)).isEqualTo(guest.sectors(1, bytes / 512));
    }

    @Test
    void queuedCommandsEndByTheirBits() {
        guest.up();
        guest.put(3, 0x60, 40, 3 << 3, 2, DATA, 1024);
        guest.put(5, 0x61, 60, 5 << 3, 1, DATA + 0x1000, 512);
        guest.write(PORT + 0x34, 1 << 3 | 1 << 5);
        guest.issue(1 << 3 | 1 << 5);
        assertThat(guest.register(PORT + 0x34)).isZero();
        assertThat(guest.register(PORT + 0x38)).isZero();
        assertThat(guest.memory(DATA, 1024)).isEqualTo(guest.sectors(40, 2));
        assertThat(guest.sectors(60, 1)).containsOnly(0);
        assertThat(memory[AhciGuest.RECEIVED + 0x58]).isEqualTo((byte) 0xA1);
        assertThat(guest.register(PORT + 0x10) & 8).isEqualTo(8);
    }

    @Test
    void errorsStopThePortUntilItIsStartedAnew() {
        guest.up();
        guest.put(2, 0x60, 1 << 20, 2 << 3, 1, DATA, 512);
        guest.write(PORT + 0x34, 1 << 2);
        guest.issue(1 << 2);
        assertThat(guest.register(PORT + 0x20)).as("no such sector").isEqualTo(0x1051);
        assertThat(guest.register(PORT + 0x10) & 1 << 30).isNotZero();
        assertThat(guest.register(PORT + 0x34)).isEqualTo(1 << 2);
        guest.put(0, 0xEC, 0, 1, 0, DATA, 512);
        guest.issue(1);
        assertThat(guest.register(PORT + 0x38)).as("not taken").isEqualTo(1);
        guest.write(PORT + 0x18, 0x16);
        assertThat(guest.register(PORT + 0x38)).isZero();
        guest.write(PORT + 0x18, 0x17);
        guest.put(0, 0x2F, 0x10, 1, 0, DATA, 512);
        guest.issue(1);
        assertThat(guest.memory(DATA, 4)).as("the log of queued errors").containsExactly(2, 0, 0x51, 0x10);
    }

    private void fault(DiskFaults.Failure how, int sector) {
        guest.faults.fail(how, true, true, sector * 512L, (sector + 1) * 512L, Long.MAX_VALUE);
    }

    /** Where a driver reads it (ATA8-ACS, 7.16 and 7.32; log 10h: A.13). */
    @Test
    void anErrorOfTheMediumHasItsSector() {
        guest.up();
        fault(DiskFaults.Failure.MEDIUM, 0x1234);
        assertThat(guest.execute(0x25, 0x1230, 8, 4096)).isEqualTo(0x4051);
        assertThat(LittleEndian.get(memory, AhciGuest.RECEIVED + 0x44, 3)).as("in the device's registers").isEqualTo(0x1234);
        assertThat(LittleEndian.get(memory, AhciGuest.RECEIVED + 0x48, 3)).isZero();
        guest.up();
        guest.put(4, 0x60, 0x1230, 4 << 3, 8, DATA, 4096);
        guest.write(PORT + 0x34, 1 << 4);
        guest.issue(1 << 4);
        guest.up();
        guest.put(0, 0x2F, 0x10, 1, 0, DATA, 512);
        guest.issue(1);
        assertThat(guest.memory(DATA, 4)).containsExactly(4, 0, 0x51, 0x40);
        assertThat(LittleEndian.get(memory, DATA + 4, 3)).as("in the log").isEqualTo(0x1234);
        assertThat(LittleEndian.get(memory, DATA + 8, 3)).isZero();
    }

    @Test
    void sectorsAreVerifiedOnTheMedium() {
        guest.up();
        fault(DiskFaults.Failure.MEDIUM, 0x1234);
        assertThat(guest.execute(0x42, 0, 0x1234, 0)).as("in pieces").isEqualTo(GOOD);
        assertThat(guest.execute(0x42, 0x1235, 8, 0)).isEqualTo(GOOD);
        assertThat(guest.execute(0x42, 0, 0x1235, 0)).isEqualTo(0x4051);
        assertThat(LittleEndian.get(memory, AhciGuest.RECEIVED + 0x44, 3)).isEqualTo(0x1234);
        guest.up();
        assertThat(guest.execute(0x40, 0x1230, 8, 0)).as("28 bits").isEqualTo(0x4051);
        guest.up();
        assertThat(guest.execute(0x42, 8190, 3, 0)).as("beyond the end").isEqualTo(0x1051);
    }

    /** The command tells whether what the cache had is durable. */
    @Test
    void switchingTheCacheOffWritesItOut() {
        guest.up();
        guest.put(0, 0xEF, 0, 0, 0x82, DATA, 0);
        guest.issue(1);
        assertThat(guest.register(PORT + 0x20)).isEqualTo(GOOD);
        assertThat(guest.flushed).isOne();
        assertThat(guest.execute(0x35, 20, 2, 1024)).isEqualTo(GOOD);
        assertThat(guest.flushed).as("no cache").isEqualTo(2);
        guest.flushes = DiskStatus.IO_ERROR;
        guest.put(0, 0xEF, 0, 0, 0x82, DATA, 0);
        guest.issue(1);
        assertThat(guest.register(PORT + 0x20) & 1).as("an error").isOne();
    }

    @Test
    void multipleCommandsWorkOnceTheirBlockIsSet() {
        for (int[] read : new int[][] {{0xC4, 0xC5}, {0x29, 0x39}, {0x29, 0xCE}}) {
            var each = new AhciGuest(new AtOnce());
            each.up();
            assertThat(each.execute(read[0], 7, 20, 20 * 512)).as("no block").isEqualTo(0x0451);
            each.up();
            assertThat(each.execute(0xC6, 0, 16, 0)).isEqualTo(GOOD);
            assertThat(each.execute(read[0], 7, 20, 20 * 512)).isEqualTo(GOOD);
            assertThat(each.memory(DATA, 20 * 512)).isEqualTo(each.sectors(7, 20));
            assertThat(each.register(PORT + 0x10) & 2).as("a PIO setup frame").isEqualTo(2);
            java.util.Arrays.fill(each.machine.memory, DATA, DATA + 1024, (byte) 0x33);
            assertThat(each.execute(read[1], 20, 2, 1024)).isEqualTo(GOOD);
            assertThat(each.sectors(20, 2)).containsOnly(0x33);
            assertThat(each.flushed).as("FUA").isEqualTo(read[1] == 0xCE ? 1 : 0);
        }
    }

    @Test
    void rangesOfATrimAreOnTheDiskOrNoneIsTrimmed() {
        guest.up();
        LittleEndian.put64(memory, DATA, 2L << 48 | 100);
        LittleEndian.put64(memory, DATA + 8, 2L << 48 | 8191);
        guest.put(0, 0x06, 0, 1, 1, DATA, 512);
        guest.issue(1);
        assertThat(guest.register(PORT + 0x20)).isEqualTo(0x0451);
        assertThat(guest.sectors(100, 2)).contains(1, 2, 3);
        guest.up();
        LittleEndian.put64(memory, DATA + 8, 1L << 48 | 8191);
        guest.put(0, 0x06, 0, 1, 1, DATA, 512);
        guest.issue(1);
        assertThat(guest.register(PORT + 0x20)).isEqualTo(GOOD);
        assertThat(guest.sectors(100, 2)).containsOnly(0);
        assertThat(guest.sectors(8191, 1)).containsOnly(0);
    }

    @Test
    void whatCannotBeIsRefused() {
        for (int code : new int[] {0x00, 0xA1, 0xC8 + 0x20, 0xFF}) {
            var each = new AhciGuest(new AtOnce());
            each.up();
            assertThat(each.execute(code, 0, 1, 512)).as(Integer.toHexString(code)).isEqualTo(0x0451);
        }
        guest.up();
        guest.put(0, 0x25, 0, 1, 0, 0x7000_0000, 512);
        guest.issue(1);
        assertThat(guest.register(PORT + 0x10) & 1 << 28).as("memory that is not there").isNotZero();
        guest.write(PORT + 0x18, 0x16);
        guest.write(PORT, 0x7000_0000);
        guest.write(PORT + 0x18, 0x17);
        guest.issue(1);
        assertThat(guest.register(PORT + 0x10) & 1 << 29).as("nor the list").isNotZero();
    }

    @Test
    void interruptsAreLevelsOrMessages() {
        guest.up();
        guest.execute(0xEC, 0, 1, 512);
        assertThat(guest.machine.high).containsExactly(19);
        assertThat(guest.register(8)).isEqualTo(1);
        guest.write(PORT + 0x10, -1);
        guest.write(8, 1);
        assertThat(guest.machine.high).isEmpty();
        int msi = guest.machine.capability(0, 3, 5);
        guest.machine.configure(0, 3, msi + 4, 4, 0xFEE0_0000);
        guest.machine.configure(0, 3, msi + 12, 2, 0x61);
        guest.machine.configure(0, 3, msi + 2, 2, 1);
        guest.execute(0xEC, 0, 1, 512);
        assertThat(guest.machine.messages).containsExactly("18 fee00000 61");
        assertThat(guest.machine.high).isEmpty();
    }

    @Test
    void theLinkIsResetAndTheDeviceComesBack() {
        guest.up();
        guest.write(PORT + 0x2C, 0x301);
        assertThat(guest.register(PORT + 0x28)).isZero();
        guest.write(PORT + 0x2C, 0x300);
        assertThat(guest.register(PORT + 0x28)).isEqualTo(0x133);
        assertThat(guest.register(PORT + 0x30)).isEqualTo(1 << 26);
        assertThat(guest.register(PORT + 0x10) & 1 << 6).isNotZero();
        guest.write(PORT + 0x30, -1);
        assertThat(guest.register(PORT + 0x10) & 1 << 6).isZero();
        assertThat(memory[AhciGuest.RECEIVED + 0x40]).as("its signature").isEqualTo((byte) 0x34);
    }

    @Test
    void everyRegisterTakesEveryValue() {
        for (int at = 0; at < 0x400; at += 4) {
            for (int value : new int[] {0, -1, 1, 0x17, 0x5555_5555, 0x8000_0003}) {
                guest.up();
                guest.put(0, 0x60, 0, 0, 1, DATA, 512);
                for (int size = 1; size <= 8; size *= 2) {
                    guest.machine.bus.writeMmio(guest.base + at, size, value);
                    guest.machine.bus.readMmio(guest.base + at, size);
                }
                guest.write(4, 1);
            }
        }
        guest.up();
        assertThat(guest.execute(0xEC, 0, 1, 512)).isEqualTo(GOOD);
    }

    @Test
    void commandsUnderWayGoOnAfterARestore() {
        var clock = new TestClock();
        var saved = new AhciGuest(new TimedQueues(clock));
        saved.up();
        for (int slot = 0; slot < 8; slot++) {
            saved.put(slot, 0x60, 100 + slot, slot << 3, 1, DATA + 512 * slot, 512);
        }
        saved.write(PORT + 0x34, 0xFF);
        saved.issue(0xFF);
        assertThat(saved.register(PORT + 0x34)).isEqualTo(0xFF);
        var otherClock = new TestClock();
        var other = new AhciGuest(new TimedQueues(otherClock));
        RecordedState.copy(saved.controller, other.controller);
        System.arraycopy(saved.machine.memory, 0, other.machine.memory, 0, other.machine.memory.length);
        clock.advance(LONG);
        otherClock.advance(LONG);
        assertThat(other.register(PORT + 0x34)).isZero();
        assertThat(other.machine.memory).isEqualTo(saved.machine.memory);
        assertThat(other.memory(DATA, 4096)).isEqualTo(other.sectors(100, 8));
        assertThat(other.register(PORT + 0x10)).isEqualTo(saved.register(PORT + 0x10));
    }

    @Test
    void aStoppedPortForgetsItsCommands() {
        var clock = new TestClock();
        var stopped = new AhciGuest(new TimedQueues(clock));
        stopped.up();
        stopped.put(0, 0x25, 5, 1, 0, DATA, 512);
        stopped.issue(1);
        assertThat(stopped.register(PORT + 0x20) & 0x80).as("busy").isEqualTo(0x80);
        stopped.write(PORT + 0x18, 0x16);
        clock.advance(LONG);
        assertThat(stopped.memory(DATA, 512)).containsOnly(0);
    }
}
