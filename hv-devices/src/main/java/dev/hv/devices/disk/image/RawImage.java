package dev.hv.devices.disk.image;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;

/** A raw image as the other formats are: its bytes are the disk's. What machines have is a {@link dev.hv.devices.disk.RawDisk}. */
final class RawImage extends BlockImage {

    private static final int BLOCK = 2 << 20;
    private static final int SECTOR = 512;

    private long size;

    RawImage(ImageFile file) throws DiskException, IOException {
        super(file);
        size = file.size();
        if (size == 0 || size % SECTOR != 0) {
            throw Bad.field(file, "size", "a raw disk has whole sectors of 512 bytes, and this file has " + size + " bytes");
        }
    }

    @Override
    public Format format() {
        return Format.RAW;
    }

    @Override
    public Kind kind() {
        return Kind.FIXED;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int sectorSize() {
        return SECTOR;
    }

    @Override
    public int physicalSectorSize() {
        return SECTOR;
    }

    @Override
    public long blockSize() {
        return BLOCK;
    }

    @Override
    public String identity() {
        return "";
    }

    @Override
    public ParentLink parentLink() {
        return null;
    }

    @Override
    public void relink(ParentLink link) throws DiskException {
        throw Bad.field(file, "format", "a raw disk has no parent");
    }

    @Override
    State state(long block) {
        return State.PRESENT;
    }

    @Override
    long place(long block) {
        return block * BLOCK;
    }

    @Override
    int sectors(long block, int first, int most) {
        return most;
    }

    @Override
    void allocate(long block, boolean partial) {
        throw new IllegalStateException("every block is there");
    }

    @Override
    void mark(long block, int first, int count) {
        throw new IllegalStateException("every sector is there");
    }

    @Override
    boolean drop(long block) throws IOException {
        return file.punch(block * BLOCK, Math.min(BLOCK, size - block * BLOCK));
    }

    @Override
    void begin() {
        // nothing to note
    }

    @Override
    void commit() throws IOException {
        file.flush();
    }

    @Override
    void finish() throws IOException {
        file.flush();
    }

    @Override
    public void resize(long wanted) throws IOException {
        file.resize(wanted);
        file.flush();
        size = wanted;
    }

    @Override
    public Map<String, String> fields() {
        return Map.of();
    }

    @Override
    public void check(Consumer<String> problem) {
        // any bytes are sound
    }
}
