package dev.hv.devices.disk;

import java.nio.file.Path;
import java.util.Arrays;

/** Another process that has a disk open: it holds it, or writes records, flushes, and says so. It runs until it is killed. */
public final class RawDiskChild {

    static final int SIZE = 1 << 20;
    static final int RECORD = 4096;

    private RawDiskChild() {}

    /** Arguments: {@code hold} or {@code write}, and the file. */
    public static void main(String[] arguments) throws Exception {
        try (var disk = RawDisk.open(Path.of(arguments[1]), false, 512)) {
            if (arguments[0].equals("hold")) {
                System.out.println("open");
                System.in.read();
                return;
            }
            byte[] record = new byte[RECORD];
            for (int i = 0; ; i++) {
                Arrays.fill(record, (byte) i);
                long at = (long) i % (SIZE / RECORD) * RECORD;
                if (disk.write(at, record, 0, RECORD) != DiskStatus.OK || disk.flush() != DiskStatus.OK) {
                    throw new IllegalStateException("record " + i);
                }
                System.out.println(i);
            }
        }
    }
}
