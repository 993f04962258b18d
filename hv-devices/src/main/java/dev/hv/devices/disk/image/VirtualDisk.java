package dev.hv.devices.disk.image;

import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.DiskStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.Consumer;

/** A disk that is kept in a file of some format, maybe with a disk below it for what the file does not have. */
public interface VirtualDisk extends Disk {

    /** How the file keeps the disk. */
    enum Format { RAW, VHD, VHDX }

    /** What the file has of the disk: all of it, what was written, or what differs from its parent. */
    enum Kind { FIXED, DYNAMIC, DIFFERENCING }

    /** Where bytes of a disk come from. */
    enum Source { FILE, ZERO, PARENT }

    /**
     * Bytes in a row from one source.
     *
     * @param length bytes
     */
    record Extent(Source source, long length) {}

    /** How the file keeps it. */
    Format format();

    /** What the file has of it. */
    Kind kind();

    /** Its file's name. */
    String name();

    /** Bytes that are kept or left out together. */
    long blockSize();

    /** What names this disk's contents for its children: changes when it is written. */
    String identity();

    /** What it says its parent is; null without one. */
    ParentLink parentLink();

    /** Puts the parent below it; the parent belongs to it from then on. */
    void attach(VirtualDisk parent);

    /** The parent below it; null without one. */
    VirtualDisk parent();

    /**
     * Writes down another place, or another state, of its parent.
     *
     * @throws DiskException when it has none
     */
    void relink(ParentLink link) throws DiskException, IOException;

    /** As {@link #read(long, byte[], int, int)}, as many bytes as the buffer has room for. */
    DiskStatus read(long offset, ByteBuffer to);

    /** As {@link #write(long, byte[], int, int)}, what is left in the buffer. */
    DiskStatus write(long offset, ByteBuffer from);

    /** Where bytes from {@code offset} on come from: of this file alone. */
    Extent extent(long offset) throws IOException;

    /** Makes the disk longer or shorter. Flushed when it returns. */
    void resize(long size) throws DiskException, IOException;

    /** Lets go of a block that is all zero, so that it takes no room; false when its format or a parent forbids that. */
    boolean release(long block) throws IOException;

    /** Fields worth telling, by name. */
    Map<String, String> fields();

    /** Looks through all of its tables, and tells what is wrong, field by field. */
    void check(Consumer<String> problem) throws IOException;
}
