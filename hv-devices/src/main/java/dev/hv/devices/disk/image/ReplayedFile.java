package dev.hv.devices.disk.image;

import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.util.SortedMap;

/** A file that is only read, with pages in memory over it: what its log says that it should have. */
final class ReplayedFile implements ImageFile {

    private static final int PAGE = VhdxLayout.PAGE;

    private final ImageFile file;
    private final SortedMap<Long, byte[]> pages;
    private final long size;

    ReplayedFile(ImageFile file, SortedMap<Long, byte[]> pages, long size) {
        this.file = file;
        this.pages = pages;
        this.size = size;
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public boolean readOnly() {
        return true;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public long modified() throws IOException {
        return file.modified();
    }

    @Override
    public void read(long offset, byte[] to, int at, int length) throws IOException {
        if (offset + length > size) {
            throw new java.io.EOFException("the file ends before byte " + (offset + length));
        }
        int below = (int) Math.clamp(file.size() - offset, 0, length);
        if (below > 0) {
            file.read(offset, to, at, below);
        }
        java.util.Arrays.fill(to, at + below, at + length, (byte) 0);
        long first = offset / PAGE * PAGE;
        pages.subMap(first, offset + length).forEach((place, page) -> {
            long from = Math.max(place, offset);
            long end = Math.min(place + PAGE, offset + length);
            System.arraycopy(page, (int) (from - place), to, at + (int) (from - offset), (int) (end - from));
        });
    }

    @Override
    public void write(long offset, byte[] from, int at, int length) throws IOException {
        throw new IOException("the file was opened for reading");
    }

    @Override
    public void flush() {
        // nothing was written
    }

    @Override
    public void resize(long to) throws IOException {
        throw new IOException("the file was opened for reading");
    }

    @Override
    public boolean punch(long offset, long length) {
        return false;
    }

    /** Pages are where tables are, not where data is; all the same nothing in them may be skipped. */
    @Override
    public long nextData(long offset) throws IOException {
        SortedMap<Long, byte[]> behind = pages.tailMap(offset / PAGE * PAGE);
        long page = behind.isEmpty() ? size : Math.max(behind.firstKey(), offset);
        long data = file.nextData(offset);
        return Math.min(page, data >= file.size() ? size : data);
    }

    @Override
    public void close() {
        file.close();
    }
}
