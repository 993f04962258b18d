package dev.hv.devices.disk.image;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.devices.disk.DiskException;
import java.util.Arrays;

/** VHD and VHDX files whose tables, headers and logs have bytes changed, with check sums made right or left wrong: refused with one line, or read and written; nothing else leaves. */
class DiskImageFuzzTest {

    private static final int SIZE = 4 << 20;
    private static final int MOST_CHANGES = 12;
    private static final int MOST_OPERATIONS = 6;

    private static void fuzz(FuzzedDataProvider data, VirtualDisk.Format format) throws DiskException {
        var folder = new CutFile.Folder();
        var chain = new DiskChain(folder);
        chain.create("disk", format, VirtualDisk.Kind.DYNAMIC, SIZE, 1 << 20, 512);
        byte[] file;
        try (VirtualDisk disk = chain.open("disk", false)) {
            byte[] b = new byte[4096];
            Arrays.fill(b, (byte) 7);
            disk.write(0, b, 0, b.length);
            disk.flush();
            file = folder.last.get("disk").contents();
            if (!data.consumeBoolean()) {
                disk.close();
                file = folder.last.get("disk").contents();
            }
        }
        for (int i = data.consumeInt(0, MOST_CHANGES); i > 0; i--) {
            int at = place(data, file.length, format);
            file[at] = data.consumeByte();
        }
        if (data.consumeBoolean()) {
            seal(file, format);
        }
        folder.put("disk", file);
        try (VirtualDisk disk = chain.open("disk", data.consumeBoolean())) {
            use(disk, data);
        } catch (DiskException e) {
            if (e.getMessage().contains("\n") || !e.getMessage().startsWith("disk disk")) {
                throw new AssertionError(e.getMessage());
            }
        }
    }

    private static int place(FuzzedDataProvider data, int length, VirtualDisk.Format format) {
        int[] starts = format == VirtualDisk.Format.VHD ? new int[] {0, 512, 1536, length - 512}
                : new int[] {64 << 10, 128 << 10, 192 << 10, 256 << 10, 1 << 20, 2 << 20, (2 << 20) + (64 << 10), 3 << 20};
        return Math.min(length - 1, starts[data.consumeInt(0, starts.length - 1)] + data.consumeInt(0, 600));
    }

    private static void seal(byte[] file, VirtualDisk.Format format) {
        if (format == VirtualDisk.Format.VHDX) {
            for (long at : VhdxLayout.HEADERS) {
                seal(file, (int) at, VhdxLayout.PAGE);
            }
            for (long at : VhdxLayout.REGION_TABLES) {
                seal(file, (int) at, VhdxLayout.TABLE);
            }
        } else {
            for (int at : new int[] {0, file.length - VhdFooter.SIZE}) {
                sum(file, at, VhdFooter.SIZE, VhdFooter.CHECKSUM);
            }
            sum(file, VhdFooter.SIZE, VhdHeader.SIZE, VhdHeader.CHECKSUM);
        }
    }

    private static void seal(byte[] file, int at, int length) {
        byte[] part = Arrays.copyOfRange(file, at, at + length);
        VhdxLayout.wrap(file).putInt(at + VhdxLayout.CHECKSUM, VhdxLayout.crc(part, length));
    }

    private static void sum(byte[] file, int at, int length, int field) {
        byte[] part = Arrays.copyOfRange(file, at, at + length);
        java.nio.ByteBuffer.wrap(file).putInt(at + field, VhdFooter.sum(part, length, field));
    }

    private static void use(VirtualDisk disk, FuzzedDataProvider data) {
        byte[] b = new byte[64 << 10];
        for (int i = data.consumeInt(0, MOST_OPERATIONS); i > 0; i--) {
            // a damaged file may tell of a disk of any length
            long at = data.consumeLong(0, Math.max(0, disk.size() - b.length) / disk.sectorSize()) * disk.sectorSize();
            if (at + b.length > disk.size()) {
                return;
            }
            switch (data.consumeInt(0, 3)) {
                case 0 -> disk.read(at, b, 0, b.length);
                case 1 -> disk.zero(at, b.length);
                case 2 -> disk.flush();
                default -> {
                    if (at < 1L << 30) {
                        disk.write(at, b, 0, b.length);
                    }
                }
            }
        }
    }

    /** The fuzzer looks at one target of a class: which one it is, it chooses. */
    @FuzzTest
    void anyFormat(FuzzedDataProvider data) throws DiskException {
        switch (data.consumeInt(0, 1)) {
            case 0 -> vhd(data);
            default -> vhdx(data);
        }
    }

    private void vhd(FuzzedDataProvider data) throws DiskException {
        fuzz(data, VirtualDisk.Format.VHD);
    }

    private void vhdx(FuzzedDataProvider data) throws DiskException {
        fuzz(data, VirtualDisk.Format.VHDX);
    }
}
