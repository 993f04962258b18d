package dev.hv.cli.guest;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes an initial RAM disk: a cpio archive in the "newc" format (Linux, Documentation/driver-api/early-userspace/buffer-format).
 * Times are 0 and inode numbers count up, so equal contents give equal bytes.
 */
public final class Initrd {

    private static final int DIRECTORY = 0x4000;
    private static final int FILE = 0x8000;
    private static final int LINK = 0xA000;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int inode;

    /** Adds a directory, mode 755. */
    public Initrd directory(String path) {
        entry(path, DIRECTORY | 0755, new byte[0]);
        return this;
    }

    /** Adds a file. */
    public Initrd file(String path, boolean executable, byte[] contents) {
        entry(path, FILE | (executable ? 0755 : 0644), contents);
        return this;
    }

    /** Adds a symbolic link. */
    public Initrd link(String path, String target) {
        entry(path, LINK | 0777, target.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** Ends the archive and returns it, padded to a multiple of 512 bytes. */
    public byte[] finish() {
        inode = -1;
        entry("TRAILER!!!", 0, new byte[0]);
        pad(512);
        return out.toByteArray();
    }

    /**
     * An initrd with a script for its init to run: a second archive behind the first, as the kernel allows.
     *
     * @param initrd an archive, compressed or not
     */
    public static byte[] withScript(byte[] initrd, byte[] script) {
        byte[] second = new Initrd().directory("etc").directory("etc/hv").file("etc/hv/run.sh", true, script).finish();
        int at = initrd.length + 3 & ~3;
        byte[] both = new byte[at + second.length];
        System.arraycopy(initrd, 0, both, 0, initrd.length);
        System.arraycopy(second, 0, both, at, second.length);
        return both;
    }

    private void entry(String path, int mode, byte[] contents) {
        byte[] name = (path + '\0').getBytes(StandardCharsets.UTF_8);
        inode++;
        int links = (mode & 0xF000) == DIRECTORY ? 2 : 1;
        String header = "070701" + hex(inode) + hex(mode) + hex(0) + hex(0) + hex(links) + hex(0) + hex(contents.length) + hex(0) + hex(0) + hex(0) + hex(0)
                + hex(name.length) + hex(0);
        out.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(name);
        pad(4);
        out.writeBytes(contents);
        pad(4);
    }

    private void pad(int to) {
        while (out.size() % to != 0) {
            out.write(0);
        }
    }

    private static String hex(int v) {
        return "%08X".formatted(v);
    }
}
