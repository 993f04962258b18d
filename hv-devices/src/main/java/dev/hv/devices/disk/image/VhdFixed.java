package dev.hv.devices.disk.image;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** A fixed VHD: the disk's bytes and a footer behind them. */
final class VhdFixed extends BlockImage {

    private static final int BLOCK = 2 << 20;

    private final VhdFooter footer;
    private long size;

    private VhdFixed(ImageFile file, VhdFooter footer) {
        super(file);
        this.footer = footer;
        size = footer.size();
    }

    static VhdFixed open(ImageFile file, VhdFooter footer) throws DiskException, IOException {
        if (footer.size() > file.size() - VhdFooter.SIZE) {
            throw Bad.field(file, "footer current size", footer.size() + " bytes and a footer are not in a file of " + file.size());
        }
        if (footer.size() < file.size() - VhdFooter.SIZE) {
            throw Bad.field(file, "footer current size", footer.size() + " bytes; the file has " + (file.size() - VhdFooter.SIZE) + " before the footer");
        }
        return new VhdFixed(file, footer);
    }

    static void create(ImageFile file, long size) throws IOException {
        file.write(size, VhdFooter.of(size, Kind.FIXED, file.modified()).bytes.array(), 0, VhdFooter.SIZE);
        file.flush();
    }

    @Override
    public Format format() {
        return Format.VHD;
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
        return VhdFooter.SECTOR;
    }

    @Override
    public int physicalSectorSize() {
        return VhdFooter.SECTOR;
    }

    @Override
    public long blockSize() {
        return BLOCK;
    }

    @Override
    public String identity() {
        return VhdDisk.identity(footer);
    }

    @Override
    public ParentLink parentLink() {
        return null;
    }

    @Override
    public void relink(ParentLink link) throws DiskException {
        throw Bad.field(file, "disk type", "a fixed disk has no parent");
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
    boolean drop(long block) {
        return false;
    }

    @Override
    void begin() throws IOException {
        footer.touch(file.modified());
        file.write(size, footer.bytes.array(), 0, VhdFooter.SIZE);
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
    public void resize(long wanted) throws DiskException, IOException {
        prepare();
        long was = size;
        footer.size(wanted);
        file.write(wanted, footer.bytes.array(), 0, VhdFooter.SIZE);
        file.flush();
        size = wanted;
        if (wanted > was) {
            file.write(was, new byte[VhdFooter.SIZE], 0, VhdFooter.SIZE);
            file.flush();
        } else {
            file.resize(wanted + VhdFooter.SIZE);
            file.flush();
        }
    }

    @Override
    public Map<String, String> fields() {
        return VhdDisk.fields(footer, new LinkedHashMap<>());
    }

    @Override
    public void check(Consumer<String> problem) {
        // there is nothing but the footer, which opening it checked
    }
}
