package dev.hv.devices.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.ScatterList;
import dev.hv.core.machine.SystemMemory;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskResults;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.ExchangedDisk;
import dev.hv.devices.disk.HostFiles;
import dev.hv.devices.disk.RawDisk;
import dev.hv.devices.disk.SnapshotDisk;
import dev.hv.devices.disk.image.DiskChain;
import dev.hv.devices.disk.image.VirtualDisk;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.memory.PageRange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from files of the host straight into scattered pages of a guest. */
class PlacedReadTest {

    private static final int SIZE = 4 << 20;
    private static final int RAM = 8 << 20;
    private static final int PAGE = SystemMemory.PAGE;

    @TempDir
    Path temp;

    private final Random random = new Random(7);
    private final SystemMemory memory = new SystemMemory(RAM);
    private final DmaView view = new DmaView() {
        @Override
        public boolean read(long address, byte[] to, int offset, int length) {
            return memory.copyOut(address, to, offset, length);
        }

        @Override
        public boolean write(long address, byte[] from, int offset, int length) {
            return memory.copyIn(from, offset, address, length);
        }

        @Override
        public boolean scatter(long address, int length, ScatterList to) {
            return memory.scatter(address, length, to);
        }
    };

    @AfterEach
    void close() {
        memory.close();
    }

    /** A disk with everything that its kind can have below one read: what is in a file, in a parent or layer, and nowhere. */
    private Disk disk(String kind, byte[] contents) throws Exception {
        String file = temp.resolve("disk").toString();
        random.nextBytes(contents);
        Arrays.fill(contents, SIZE / 2, SIZE / 2 + (1 << 20), (byte) 0);
        if (kind.equals("raw") || kind.equals("snapshot")) {
            Files.write(Path.of(file), contents);
            Disk raw = RawDisk.open(Path.of(file), kind.equals("snapshot"), 512);
            if (kind.equals("raw")) {
                return raw;
            }
            Disk snapshot = new SnapshotDisk(raw, RawDisk.temporary(SIZE, 512));
            for (int at = 0; at < SIZE; at += 24 * 512) {
                change(snapshot, contents, at, 512 * (1 + random.nextInt(20)));
            }
            return snapshot;
        }
        var chain = new DiskChain(new HostFiles());
        VirtualDisk.Kind made = VirtualDisk.Kind.valueOf(kind);
        if (made == VirtualDisk.Kind.DIFFERENCING) {
            String parent = temp.resolve("parent").toString();
            chain.create(parent, VirtualDisk.Format.VHD, VirtualDisk.Kind.DYNAMIC, SIZE, 1 << 20, 512);
            fill(chain.open(parent, false), contents);
            chain.createChild(file, parent, 1 << 20);
            VirtualDisk child = chain.open(file, false);
            for (int at = 0; at < SIZE / 2; at += 24 * 512) {
                change(child, contents, at, 512 * (1 + random.nextInt(20)));
            }
            return child;
        }
        chain.create(file, VirtualDisk.Format.VHDX, made, SIZE, 1 << 20, 512);
        VirtualDisk disk = chain.open(file, false);
        for (int at = 0; at < SIZE; at += 1 << 20) {
            if (at != SIZE / 2) {
                assertThat(disk.write(at, contents, at, 1 << 20)).isEqualTo(DiskStatus.OK);
            }
        }
        return disk;
    }

    private static void fill(Disk disk, byte[] contents) {
        assertThat(disk.write(0, contents, 0, SIZE)).isEqualTo(DiskStatus.OK);
        disk.close();
    }

    private void change(Disk disk, byte[] contents, int at, int bytes) {
        int n = Math.min(bytes, SIZE - at);
        byte[] b = new byte[n];
        random.nextBytes(b);
        System.arraycopy(b, 0, contents, at, n);
        assertThat(disk.write(at, b, 0, n)).isEqualTo(DiskStatus.OK);
    }

    /** Scattered pages of the guest's. */
    private GuestBuffer pages(int first, int length) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < RAM / PAGE; i += 2) {
            all.add(i);
        }
        Collections.shuffle(all, random);
        int count = (first + length + PAGE - 1) / PAGE;
        byte[] range = new byte[8 + 8 * count];
        LittleEndian.put32(range, 0, length);
        LittleEndian.put32(range, 4, first);
        for (int i = 0; i < count; i++) {
            // every third page goes on behind the one before
            LittleEndian.put64(range, 8 + 8 * i, i % 3 == 2 ? LittleEndian.u64(range, 8 * i) + 1 : all.get(i));
        }
        return PageRange.parse(view, range, 0, range.length);
    }

    private static ScsiCommand read(Disk disk, long offset, GuestBuffer to, int bytes, boolean now) {
        var c = new ScsiCommand();
        c.begin(new byte[16], 0, 10, ScsiCommand.Direction.FROM_DEVICE, to, bytes);
        c.borrow(new TransferBuffers(), now);
        BlockTransfer.read(c, disk, offset, bytes, () -> { }, () -> { });
        c.carryOut();
        c.finish();
        return c;
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw", "snapshot", "FIXED", "DYNAMIC", "DIFFERENCING"})
    void everyKindOfDiskReadsTheSame(String kind) throws Exception {
        byte[] contents = new byte[SIZE];
        try (Disk disk = new ExchangedDisk(disk(kind, contents))) {
            for (int i = 0; i < 60; i++) {
                int bytes = 512 * (32 + random.nextInt(512));
                int at = 512 * random.nextInt((SIZE - bytes) / 512);
                GuestBuffer to = pages(random.nextInt(8) * 512, bytes);
                ScsiCommand c = read(disk, at, to, bytes, true);
                assertThat(c.good()).isTrue();
                assertThat(c.transferred()).isEqualTo(bytes);
                byte[] got = new byte[bytes];
                assertThat(to.read(0, got, 0, bytes)).isTrue();
                assertThat(got).isEqualTo(Arrays.copyOfRange(contents, at, at + bytes));
                assertThat(c.isPlaced()).isTrue();
                assertThat(read(disk, at, to, bytes, false).isPlaced()).isFalse();
            }
        }
    }

    @Test
    void aRecordedRunReadsInTheWayThatIsRecorded() throws Exception {
        byte[] contents = new byte[SIZE];
        try (Disk raw = disk("raw", contents); Disk disk = new ExchangedDisk(raw, true, new DiskResults("disk"))) {
            assertThat(read(disk, 0, pages(0, 1 << 20), 1 << 20, true).isPlaced()).isFalse();
        }
    }

    @Test
    void whoHoldsCodeOfThePagesHearsOfIt() throws Exception {
        byte[] contents = new byte[SIZE];
        GuestBuffer to = pages(0, 1 << 20);
        long[] heard = new long[1];
        for (int page = 0; page < RAM; page += PAGE) {
            memory.watchCode(page, -1, (_, length) -> heard[0] += length);
        }
        try (Disk disk = disk("raw", contents)) {
            assertThat(read(disk, 0, to, 1 << 20, true).isPlaced()).isTrue();
        }
        assertThat(heard[0]).isEqualTo(1 << 20);
    }

    /** A page that is not there, and a file that the host has cut off: the command ends as one does that is not placed. */
    @Test
    void whatCannotBePlacedFailsAsItDidBefore() throws Exception {
        byte[] contents = new byte[SIZE];
        byte[] range = new byte[8 + 8 * 8];
        LittleEndian.put32(range, 0, 8 * PAGE);
        LittleEndian.put64(range, 8 + 8 * 5, RAM / PAGE);
        try (Disk disk = disk("raw", contents)) {
            assertThat(read(disk, 0, PageRange.parse(view, range, 0, range.length), 8 * PAGE, true).srbStatus()).isEqualTo(SrbStatus.INVALID_REQUEST);
            truncate(1 << 20);
            ScsiCommand c = read(disk, (1 << 20) - 0x8000, pages(0, 1 << 16), 1 << 16, true);
            assertThat(c.scsiStatus()).isEqualTo(ScsiCommand.CHECK_CONDITION);
            // the block that cannot be read, in the information field of fixed-format sense data
            assertThat(ByteBuffer.wrap(c.sense()).getInt(3)).isEqualTo((1 << 20) / 512);
        }
    }

    private void truncate(long bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(temp.resolve("disk"), StandardOpenOption.WRITE)) {
            channel.truncate(bytes);
        }
    }

    /** A file that has another's name by the time it is needed is not read in its place. */
    @Test
    void aFileThatWasReplaced() throws Exception {
        byte[] contents = new byte[SIZE];
        try (Disk disk = disk("raw", contents)) {
            Files.write(temp.resolve("other"), new byte[SIZE]);
            Files.move(temp.resolve("other"), temp.resolve("disk"), StandardCopyOption.REPLACE_EXISTING);
            GuestBuffer to = pages(0, 1 << 16);
            assertThat(read(disk, 0, to, 1 << 16, true).isPlaced()).isFalse();
            byte[] got = new byte[1 << 16];
            to.read(0, got, 0, got.length);
            assertThat(got).isEqualTo(Arrays.copyOf(contents, got.length));
        }
    }
}
