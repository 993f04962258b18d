package dev.hv.devices.disk.image;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;

/** An image whose file has every byte of the disk, in order, from its beginning on. */
abstract class FixedImage extends BlockImage {

    /** What is copied or let go of at a time: the file has no blocks of its own. */
    static final int BLOCK = 2 << 20;
    private static final int SECTOR = 512;

    /** Bytes of the disk. */
    long size;

    FixedImage(ImageFile file, long size) {
        super(file);
        this.size = size;
    }

    @Override
    public final Kind kind() {
        return Kind.FIXED;
    }

    @Override
    public final long size() {
        return size;
    }

    @Override
    public final int sectorSize() {
        return SECTOR;
    }

    @Override
    public final int physicalSectorSize() {
        return SECTOR;
    }

    @Override
    public final long blockSize() {
        return BLOCK;
    }

    @Override
    public final ParentLink parentLink() {
        return null;
    }

    @Override
    public final void relink(ParentLink link) throws DiskException {
        throw Bad.field(file, "format", "a disk that is all there has no parent");
    }

    @Override
    final State state(long block) {
        return State.PRESENT;
    }

    @Override
    final long place(long block) {
        return block * BLOCK;
    }

    @Override
    final int sectors(long block, int first, int most) {
        return most;
    }

    @Override
    final void allocate(long block, boolean partial) {
        throw new IllegalStateException("every block is there");
    }

    @Override
    final void mark(long block, int first, int count) {
        throw new IllegalStateException("every sector is there");
    }

    @Override
    final void commit() throws IOException {
        file.flush();
    }

    @Override
    final void finish() throws IOException {
        file.flush();
    }
}
