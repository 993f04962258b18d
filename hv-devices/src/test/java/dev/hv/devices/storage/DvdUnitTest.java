package dev.hv.devices.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.disk.AtOnce;
import dev.hv.devices.disk.MemoryDisk;
import dev.hv.vmbus.protocol.Guid;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DvdUnitTest {

    private static final int SUCCESS = 1;
    private static final int BLOCKS = 5000;
    private static final int[] TEST_UNIT_READY = {0, 0, 0, 0, 0, 0};
    private static final int[] EJECT = {0x1B, 0, 0, 0, 2, 0};
    private static final int[] LOAD = {0x1B, 0, 0, 0, 3, 0};
    private static final int[] MEDIA_EVENT = {0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8, 0};

    private final byte[] image = image(1);
    private final DvdUnit drive = new DvdUnit(new MemoryDisk(image, 2048, true), new Guid(1, 2));
    private final StorvscGuest g = guest(drive);

    private static byte[] image(long seed) {
        byte[] b = new byte[BLOCKS * 2048];
        new Random(seed).nextBytes(b);
        return b;
    }

    private static StorvscGuest guest(DvdUnit drive) {
        var controller = new StorageController(0, new AtOnce());
        controller.attach(new ScsiAddress(0, 0), drive);
        return StorvscGuest.ready(controller);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    @Test
    void isARemovableDvdDrive() {
        assertThat(g.read(36, 0x12, 0, 0, 0, 36, 0)).startsWith(hex("05 80 05 02 1f 00 00 02"));
        assertThat(g.read(36, 0x12, 1, 0, 0, 36, 0)).isEqualTo(hex("05 00 00 03 00 80 83"));
    }

    @Test
    void readsItsImage() {
        assertThat(g.read(8, 0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0)).isEqualTo(hex("00 00 13 87 00 00 08 00"));
        assertThat(g.read(4096, 0x28, 0, 0, 0, 0x13, 0x86, 0, 0, 2, 0)).isEqualTo(Arrays.copyOfRange(image, 4998 * 2048, BLOCKS * 2048));
        assertThat(g.read(2048, 0xA8, 0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0)).isEqualTo(Arrays.copyOfRange(image, 3 * 2048, 4 * 2048));
        assertThat(g.command(0x28, 0, 0, 0, 0x13, 0x87, 0, 0, 2, 0).senseCode()).isEqualTo(0x52100);
        assertThat(g.write(new byte[2048], 0x2A, 0, 0, 0, 0, 0, 0, 0, 1, 0).senseCode()).as("it writes nothing").isEqualTo(0x52000);
    }

    @Test
    void tableOfContentsHasOneDataTrackAndTheLeadOut() {
        assertThat(g.read(64, 0x43, 0, 0, 0, 0, 0, 0, 0, 64, 0)).isEqualTo(hex("00 12 01 01 00 14 01 00 00 00 00 00 00 14 aa 00 00 00 13 88"));
        // 5000 + 150 frames are 1 minute, 8 seconds, 50 frames
        assertThat(g.read(64, 0x43, 2, 0, 0, 0, 0, 0xAA, 0, 64, 0)).isEqualTo(hex("00 0a 01 01 00 14 aa 00 00 01 08 32"));
        assertThat(g.read(64, 0x43, 0, 1, 0, 0, 0, 0, 0, 64, 0)).isEqualTo(hex("00 0a 01 01 00 14 01 00 00 00 00 00"));
        assertThat(g.command(0x43, 0, 0, 0, 0, 0, 2, 0, 64, 0).senseCode()).as("there is no second track").isEqualTo(0x52400);
        assertThat(g.command(0x43, 0, 5, 0, 0, 0, 0, 0, 64, 0).senseCode()).isEqualTo(0x52400);
    }

    @Test
    void configurationNamesTheProfile() {
        byte[] all = g.read(512, 0x46, 0, 0, 0, 0, 0, 0, 2, 0, 0);
        assertThat(all).startsWith(hex("00 00 00"));
        assertThat(all[3] & 0xFF).isEqualTo(all.length - 4);
        assertThat(Arrays.copyOfRange(all, 6, 20)).isEqualTo(hex("00 10 00 00 03 08 00 10 01 00 00 08 00 00"));
        assertThat(g.read(512, 0x46, 2, 0, 0x1F, 0, 0, 0, 2, 0, 0)).isEqualTo(hex("00 00 00 0c 00 00 00 10 00 1f 09 04 00 00 00 00"));
        assertThat(g.read(512, 0x46, 2, 0, 0x10, 0, 0, 0, 2, 0, 0)).as("random reading")
                .isEqualTo(hex("00 00 00 10 00 00 00 10 00 10 01 08 00 00 08 00 00 01 00 00"));
        assertThat(g.command(0x46, 3, 0, 0, 0, 0, 0, 2, 0, 0).senseCode()).isEqualTo(0x52400);
    }

    @Test
    void discStructures() {
        byte[] physical = g.read(4096, 0xAD, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0);
        assertThat(physical).hasSize(2052).startsWith(hex("08 02 00 00 01 0f 01 00 00 03 00 00 00 03 13 87"));
        assertThat(g.read(64, 0xAD, 0, 0, 0, 0, 0, 0, 1, 0, 64, 0, 0)).isEqualTo(hex("00 06 00 00 00 00 00 00"));
        assertThat(g.command(0xAD, 0, 0, 0, 0, 0, 1, 0, 0, 64, 0, 0).senseCode()).as("second layer").isEqualTo(0x52400);
        assertThat(g.command(0xAD, 0, 0, 0, 0, 0, 0, 0x30, 0, 64, 0, 0).senseCode()).isEqualTo(0x52400);
    }

    @Test
    void theDiscIsComplete() {
        assertThat(g.read(64, 0x51, 0, 0, 0, 0, 0, 0, 0, 64, 0)).hasSize(34).startsWith(hex("00 20 0e 01 01 01 01 20"));
    }

    @Test
    void theTrackHoldsTheWholeDisc() {
        byte[] track = g.read(64, 0x52, 1, 0, 0, 0, 1, 0, 0, 64, 0);
        assertThat(track).hasSize(36).startsWith(hex("00 22 01 01 00 04 01 00 00 00 00 00"));
        assertThat(Arrays.copyOfRange(track, 24, 28)).isEqualTo(hex("00 00 13 88"));
        assertThat(g.read(64, 0x52, 0, 0, 0, 0x13, 0x87, 0, 0, 64, 0)).as("by a block in it").isEqualTo(track);
        assertThat(g.command(0x52, 0, 0, 0, 0x13, 0x88, 0, 0, 64, 0).senseCode()).isEqualTo(0x52400);
        assertThat(g.command(0x52, 1, 0, 0, 0, 2, 0, 0, 64, 0).senseCode()).isEqualTo(0x52400);
    }

    @Test
    void capabilitiesPage() {
        byte[] page = g.read(64, 0x5A, 8, 0x2A, 0, 0, 0, 0, 0, 64, 0);
        assertThat(page).hasSize(30).startsWith(hex("00 1c 00 00 00 00 00 00 2a 14 3b 00 70 00 29 00"));
    }

    @Test
    void ejectsAndLoads() {
        assertThat(g.read(8, MEDIA_EVENT)).isEqualTo(hex("00 06 04 10 00 02 00 00"));
        assertThat(g.command(EJECT).srbStatus()).isEqualTo(SUCCESS);
        assertThat(g.command(TEST_UNIT_READY).senseCode()).isEqualTo(0x23A02);
        assertThat(g.read(8, MEDIA_EVENT)).as("removed, tray open").isEqualTo(hex("00 06 04 10 03 01 00 00"));
        assertThat(g.read(8, MEDIA_EVENT)).as("told once").isEqualTo(hex("00 06 04 10 00 01 00 00"));
        assertThat(g.read(8, 0xBD, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0)).isEqualTo(hex("00 10 00 00 00 00 00 00"));
        assertThat(g.command(LOAD).srbStatus()).isEqualTo(SUCCESS);
        assertThat(g.command(TEST_UNIT_READY).senseCode()).isEqualTo(0x62800);
        assertThat(g.command(TEST_UNIT_READY).srbStatus()).isEqualTo(SUCCESS);
        assertThat(g.read(8, MEDIA_EVENT)).as("new medium").isEqualTo(hex("00 06 04 10 02 02 00 00"));
    }

    @Test
    void aLockedDriveDoesNotEject() {
        g.command(0x1E, 0, 0, 0, 1, 0);
        assertThat(g.command(EJECT).senseCode()).isEqualTo(0x55302);
        drive.pressEject();
        assertThat(g.read(8, MEDIA_EVENT)).as("somebody wishes to eject").isEqualTo(hex("00 06 04 10 01 02 00 00"));
        assertThat(drive.ready()).isTrue();
        g.command(0x1E, 0, 0, 0, 0, 0);
        drive.pressEject();
        assertThat(drive.ready()).isFalse();
    }

    @Test
    void mediaChange() {
        byte[] other = image(2);
        drive.change(new MemoryDisk(other, 2048, true));
        assertThat(g.command(TEST_UNIT_READY).senseCode()).isEqualTo(0x62800);
        assertThat(g.read(2048, 0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0)).isEqualTo(Arrays.copyOf(other, 2048));
        drive.change(null);
        assertThat(g.command(TEST_UNIT_READY).senseCode()).isEqualTo(0x23A01);
        assertThat(g.command(0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0).senseCode()).isEqualTo(0x23A01);
        assertThatThrownBy(() -> drive.change(new MemoryDisk(new byte[512], 512, true))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void onlyPollingForEvents() {
        assertThat(g.command(0x4A, 0, 0, 0, 0x10, 0, 0, 0, 8, 0).senseCode()).isEqualTo(0x52400);
        assertThat(g.read(8, 0x4A, 1, 0, 0, 0x02, 0, 0, 0, 8, 0)).as("a class there is not").isEqualTo(hex("00 02 80 10"));
    }

    @Test
    void restoresTrayLockAndEvent() {
        g.command(EJECT);
        g.command(0x1E, 0, 0, 0, 1, 0);
        var copy = new DvdUnit(new MemoryDisk(image, 2048, true), new Guid(1, 2));
        RecordedState.copy(drive, copy);
        StorvscGuest other = guest(copy);
        assertThat(other.read(8, MEDIA_EVENT)).isEqualTo(hex("00 06 04 10 03 01 00 00"));
        other.command(LOAD);
        other.command(TEST_UNIT_READY);
        assertThat(other.command(EJECT).senseCode()).isEqualTo(0x55302);
    }
}
