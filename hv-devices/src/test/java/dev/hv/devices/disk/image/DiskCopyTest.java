package dev.hv.devices.disk.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.HostFiles;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Disks that are copied whole: what comes, what takes no room, and by which way bytes go. */
class DiskCopyTest {

    private static final int MIB = 1 << 20;
    private static final int GRAIN = 64 << 10;
    private static final int SIZE = 12 * MIB;

    @TempDir
    private Path temp;

    private final Counter counter = new Counter();

    /** How much went by buffers outside the heap, and how much by arrays, of what is as long as a piece of data; entries of a log are shorter. */
    private static final class Counter {
        private long direct;
        private long arrays;

        void buffer(ByteBuffer b) {
            if (b.isDirect()) {
                direct += b.remaining();
            } else {
                array(b.remaining());
            }
        }

        void array(int length) {
            arrays += length >= GRAIN ? length : 0;
        }
    }

    /** The host's files, counted. */
    private record Counted(ImageFile file, Counter counter) implements ImageFile {

        @Override
        public String name() {
            return file.name();
        }

        @Override
        public boolean readOnly() {
            return file.readOnly();
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public long modified() throws IOException {
            return file.modified();
        }

        @Override
        public void read(long offset, byte[] to, int at, int length) throws IOException {
            counter.array(length);
            file.read(offset, to, at, length);
        }

        @Override
        public void read(long offset, ByteBuffer to) throws IOException {
            counter.buffer(to);
            file.read(offset, to);
        }

        @Override
        public void write(long offset, byte[] from, int at, int length) throws IOException {
            counter.array(length);
            file.write(offset, from, at, length);
        }

        @Override
        public void write(long offset, ByteBuffer from) throws IOException {
            counter.buffer(from);
            file.write(offset, from);
        }

        @Override
        public void flush() throws IOException {
            file.flush();
        }

        @Override
        public void resize(long size) throws IOException {
            file.resize(size);
        }

        @Override
        public boolean punch(long offset, long length) {
            return file.punch(offset, length);
        }

        @Override
        public long nextData(long offset) throws IOException {
            return file.nextData(offset);
        }

        @Override
        public void close() {
            file.close();
        }
    }

    private DiskChain chain() {
        var files = new HostFiles();
        return new DiskChain(new ImageFile.Store() {
            @Override
            public ImageFile open(String name, boolean readOnly) throws DiskException {
                return new Counted(files.open(name, readOnly), counter);
            }

            @Override
            public ImageFile create(String name) throws DiskException {
                return files.create(name);
            }

            @Override
            public String real(String name) {
                return files.real(name);
            }

            @Override
            public String relative(String file, String name) {
                return files.relative(file, name);
            }

            @Override
            public String relation(String from, String to) {
                return files.relation(from, to);
            }
        });
    }

    private String file(String name) {
        return temp.resolve(name).toString();
    }

    /** A raw disk with a hole, data of odd places and lengths, zeroes that were written, and data at its end; what it reads as. */
    private byte[] raw(String name) throws IOException {
        byte[] expected = new byte[SIZE];
        var random = new Random(3);
        try (var f = new RandomAccessFile(file(name), "rw")) {
            f.setLength(SIZE);
            for (int[] run : new int[][] {{0, 3 * 512}, {MIB + 512, 300 << 10}, {3 * MIB - 1024, 2 * MIB}, {SIZE - 512, 512}}) {
                byte[] b = new byte[run[1]];
                random.nextBytes(b);
                System.arraycopy(b, 0, expected, run[0], b.length);
                f.seek(run[0]);
                f.write(b);
            }
            f.seek(4 * MIB);
            f.write(new byte[3 * GRAIN]);
            Arrays.fill(expected, 4 * MIB, 4 * MIB + 3 * GRAIN, (byte) 0);
            f.seek(8 * MIB);
            f.write(new byte[2 * MIB]);
        }
        return expected;
    }

    private static byte[] contents(VirtualDisk disk) {
        byte[] b = new byte[(int) disk.size()];
        assertThat(disk.read(0, b, 0, b.length)).isEqualTo(DiskStatus.OK);
        return b;
    }

    @ParameterizedTest
    @EnumSource(VirtualDisk.Format.class)
    void aCopyReadsTheSameAndItsBytesGoFromFileToFile(VirtualDisk.Format format) throws Exception {
        byte[] expected = raw("from.raw");
        DiskChain chain = chain();
        chain.create(file("to"), format, format == VirtualDisk.Format.RAW ? VirtualDisk.Kind.FIXED : VirtualDisk.Kind.DYNAMIC, SIZE, format == VirtualDisk.Format.RAW ? 0 : MIB, 512);
        try (VirtualDisk from = chain.open(file("from.raw"), true); VirtualDisk to = chain.open(file("to"), false)) {
            counter.direct = 0;
            counter.arrays = 0;
            DiskTools.copy(from, to);
            assertThat(counter.arrays).as("bytes that went through the heap").isZero();
            assertThat(counter.direct).isGreaterThan(2 * (2 * MIB));
            assertThat(contents(to)).isEqualTo(expected);
        }
        try (VirtualDisk to = chain.open(file("to"), true)) {
            assertThat(contents(to)).isEqualTo(expected);
            if (format != VirtualDisk.Format.RAW) {
                assertThat(to.extent(8 * MIB).source()).as("zeroes that were written take no room").isEqualTo(VirtualDisk.Source.ZERO);
                assertThat(Files.size(temp.resolve("to"))).isLessThan(SIZE);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = VirtualDisk.Format.class, names = {"VHD", "VHDX"})
    void aCopyOfAChildHasWhatItsParentHasAndAMergeGivesItBack(VirtualDisk.Format format) throws Exception {
        DiskChain chain = chain();
        byte[] expected = raw("base.raw");
        chain.create(file("parent"), format, VirtualDisk.Kind.DYNAMIC, SIZE, MIB, 512);
        try (VirtualDisk from = chain.open(file("base.raw"), true); VirtualDisk to = chain.open(file("parent"), false)) {
            DiskTools.copy(from, to);
        }
        chain.createChild(file("child"), file("parent"), MIB);
        byte[] own = new byte[5 * 512];
        new Random(4).nextBytes(own);
        try (VirtualDisk child = chain.open(file("child"), false)) {
            for (int at : new int[] {512, MIB - 1024, 3 * MIB + 512, SIZE - own.length}) {
                assertThat(child.write(at, own, 0, own.length)).isEqualTo(DiskStatus.OK);
                System.arraycopy(own, 0, expected, at, own.length);
            }
        }
        chain.create(file("flat"), format, VirtualDisk.Kind.DYNAMIC, SIZE, MIB, 512);
        try (VirtualDisk from = chain.open(file("child"), true); VirtualDisk to = chain.open(file("flat"), false)) {
            DiskTools.copy(from, to);
            assertThat(contents(to)).isEqualTo(expected);
        }
        try (VirtualDisk child = chain.openAlone(file("child"), true); VirtualDisk parent = chain.open(file("parent"), false)) {
            DiskTools.merge(child, parent);
            assertThat(contents(parent)).isEqualTo(expected);
        }
    }

    /** A buffer's bytes are those from its position to its limit, in the heap or outside. */
    @Test
    void partsOfBuffersAreReadAndWritten() throws Exception {
        byte[] expected = raw("disk.raw");
        DiskChain chain = chain();
        chain.create(file("disk"), VirtualDisk.Format.VHDX, VirtualDisk.Kind.DYNAMIC, SIZE, MIB, 512);
        try (VirtualDisk from = chain.open(file("disk.raw"), true); VirtualDisk disk = chain.open(file("disk"), false)) {
            DiskTools.copy(from, disk);
            var random = new Random(5);
            for (int i = 0; i < 200; i++) {
                int length = (1 + random.nextInt(i % 10 == 0 ? 5000 : 300)) * 512;
                int at = random.nextInt((SIZE - length) / 512) * 512;
                int before = random.nextInt(100);
                ByteBuffer b = i % 2 == 0 ? ByteBuffer.allocate(length + 200) : ByteBuffer.allocateDirect(length + 200);
                b.position(before).limit(before + length);
                if (i % 3 == 0) {
                    byte[] own = new byte[length];
                    random.nextBytes(own);
                    b.duplicate().put(own);
                    assertThat(disk.write(at, b)).isEqualTo(DiskStatus.OK);
                    System.arraycopy(own, 0, expected, at, length);
                } else {
                    assertThat(disk.read(at, b)).isEqualTo(DiskStatus.OK);
                    byte[] found = new byte[length];
                    b.duplicate().position(before).get(found);
                    assertThat(found).isEqualTo(Arrays.copyOfRange(expected, at, at + length));
                }
                assertThat(b.remaining()).isZero();
            }
            assertThat(contents(disk)).isEqualTo(expected);
        }
    }
}
