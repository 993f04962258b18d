package dev.hv.devices.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.disk.AtOnce;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.MemoryDisk;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.protocol.Guid;

/** Random packets, requests and CDBs: no exception leaves the provider, every packet is completed, and a read-only disk stays as it is. */
class StorageFuzzTest {

    private static final int MOST_PACKETS = 12;
    private static final int[] OPCODES = {0x00, 0x03, 0x08, 0x0A, 0x12, 0x15, 0x1A, 0x1B, 0x1E, 0x25, 0x28, 0x2A, 0x2E, 0x2F, 0x35, 0x41, 0x42, 0x43, 0x46,
        0x4A, 0x51, 0x55, 0x5A, 0x5E, 0x7F, 0x88, 0x8A, 0x8E, 0x8F, 0x91, 0x93, 0x9E, 0xA0, 0xA8, 0xAA, 0xAD, 0xAE, 0xAF, 0xBB, 0xBD};

    @FuzzTest
    void randomRequestsHarmNobody(FuzzedDataProvider data) {
        var controller = new StorageController(2, new AtOnce());
        var faulty = new FaultyDisk(new byte[64 << 10], 512);
        byte[] untouched = new byte[64 << 10];
        controller.attach(new ScsiAddress(0, 0), new DiskUnit(faulty, new Guid(1, 1)));
        controller.attach(new ScsiAddress(0, 1), new DiskUnit(new MemoryDisk(untouched, 4096, true), new Guid(1, 2)));
        controller.attach(new ScsiAddress(1, 0), new DvdUnit(new MemoryDisk(new byte[64 << 10], 2048, true), new Guid(1, 3)));
        StorvscGuest g = data.consumeBoolean() ? StorvscGuest.ready(controller) : new StorvscGuest(controller);
        for (int i = 0; i < MOST_PACKETS && data.remainingBytes() > 0; i++) {
            faulty.badAt = data.consumeInt(-1, 64 << 10);
            faulty.reading = data.pickValue(DiskStatus.values());
            faulty.writing = data.pickValue(DiskStatus.values());
            faulty.flushing = data.pickValue(DiskStatus.values());
            byte[] packet = data.consumeInt(0, 7) == 0 ? data.consumeBytes(80) : request(data);
            byte[] answer = g.exchange(g.channel, packet, buffers(data));
            assertThat(answer.length).isIn(48, 64);
            assertThat(LittleEndian.u32(answer, 0)).isEqualTo(1);
        }
        assertThat(untouched).containsOnly(0);
    }

    private static byte[] request(FuzzedDataProvider data) {
        int[] cdb = new int[data.consumeInt(6, 16)];
        for (int i = 0; i < cdb.length; i++) {
            cdb[i] = data.consumeInt(0, 3) == 0 ? data.consumeByte() : 0;
        }
        cdb[0] = data.pickValue(OPCODES);
        byte[] p = StorvscGuest.srb(data.consumeInt(0, 2), data.consumeInt(0, 2), data.consumeInt(0, 3), length(data), cdb);
        p[0] = (byte) data.pickValue(new int[] {3, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 13});
        p[21] = (byte) data.consumeInt(0, 255);
        return p;
    }

    private static int length(FuzzedDataProvider data) {
        return data.pickValue(new int[] {0, 1, 8, 24, 255, 512, 2048, 4096, 32768, 65536, -1, Integer.MAX_VALUE});
    }

    private static GuestBuffer[] buffers(FuzzedDataProvider data) {
        var all = new GuestBuffer[data.pickValue(new int[] {0, 1, 1, 1, 1, 2})];
        for (int i = 0; i < all.length; i++) {
            byte[] bytes = new byte[data.consumeInt(0, 65536)];
            byte[] start = data.consumeBytes(64);
            System.arraycopy(start, 0, bytes, 0, Math.min(start.length, bytes.length));
            all[i] = new FakeBuffer(bytes, data.consumeInt(0, 3) == 0 ? data.consumeInt(0, bytes.length) : bytes.length);
        }
        return all;
    }
}
