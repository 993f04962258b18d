package dev.hv.devices.disk.image;

import static dev.hv.devices.disk.image.VhdxLayout.*;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Makes and opens VHDX files. */
final class VhdxImages {

    private static final int DEFAULT_BLOCK = 32 << 20;
    private static final long LOG = MIB;
    private static final int MOST_BLOCKS = 16 << 20;

    private VhdxImages() {}

    /** Opens a file that begins as a VHDX does. A log that was not replayed is: in the file when that is written, else in memory. */
    static VhdxDisk open(ImageFile file) throws DiskException, IOException {
        if (file.size() < MIB) {
            throw Bad.field(file, "file type identifier", "a VHDX has at least 1048576 bytes, and this file has " + file.size());
        }
        VhdxHeader header = VhdxHeader.read(file);
        ImageFile seen = file;
        VhdxReplay replay = null;
        if (!header.logGuid().equals(NONE)) {
            replay = VhdxReplay.of(file, header);
            seen = new ReplayedFile(file, replay.pages(), replay.size());
        }
        VhdxDisk disk = disk(seen, header);
        if (replay == null || file.readOnly()) {
            return disk;
        }
        // everything is sound with the log's pages in place: only then is the file written
        file.resize(replay.size());
        for (Map.Entry<Long, byte[]> page : replay.pages().entrySet()) {
            file.write(page.getKey(), page.getValue(), 0, PAGE);
        }
        file.flush();
        header.log(NONE);
        return disk(file, header);
    }

    private static VhdxDisk disk(ImageFile file, VhdxHeader header) throws DiskException, IOException {
        VhdxRegions regions = VhdxRegions.read(file, header);
        VhdxMetadata metadata = VhdxMetadata.read(file, regions.metadata());
        long entries = batEntries(metadata.size, metadata.sector, metadata.blockSize, metadata.hasParent);
        if (entries * 8 > regions.bat().length()) {
            throw Bad.field(file, "BAT region length", regions.bat().length() + " bytes have no room for " + entries + " entries");
        }
        if (entries > MOST_BLOCKS) {
            throw Bad.field(file, "file parameters block size", metadata.blockSize + ": the disk would have " + entries + " blocks, and hv opens " + MOST_BLOCKS + "; convert it to larger ones");
        }
        long[] table = new long[(int) entries];
        byte[] b = new byte[TABLE];
        for (int done = 0; done < table.length; ) {
            int n = Math.min(TABLE / 8, table.length - done);
            file.read(regions.bat().offset() + done * 8L, b, 0, n * 8);
            wrap(b).asLongBuffer().get(table, done, n);
            done += n;
        }
        var disk = new VhdxDisk(file, header, regions, metadata, table);
        String problem = disk.problem();
        if (problem != null) {
            throw new DiskException("disk " + file.name() + ": " + problem);
        }
        return disk;
    }

    /**
     * Makes a disk in an empty file.
     *
     * @param blockSize 0 for what is usual
     * @param link its parent; null without one
     */
    static void create(ImageFile file, long size, int blockSize, int sector, boolean fixed, ParentLink link) throws IOException {
        int block = blockSize == 0 ? link != null ? 2 << 20 : DEFAULT_BLOCK : blockSize;
        long entries = batEntries(size, sector, block, link != null);
        long metadata = MIB + LOG;
        long bat = metadata + MIB;
        long batLength = VhdxDisk.roundUp(entries * 8);
        VhdxMetadata.create(file, metadata, size, block, sector, PAGE, fixed, link);
        long end = bat + batLength;
        if (fixed) {
            end = fill(file, bat, end, size, block, chunkRatio(sector, block));
        }
        file.resize(end);
        VhdxRegions.create(file, new VhdxRegions.Region(bat, batLength), new VhdxRegions.Region(metadata, MIB));
        VhdxHeader.create(file, MIB, LOG);
        file.flush();
        byte[] id = new byte[PAGE];
        byte[] text = FILE_SIGNATURE.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, id, 0, text.length);
        byte[] creator = "hv".getBytes(StandardCharsets.UTF_16LE);
        System.arraycopy(creator, 0, id, 8, creator.length);
        // last: a file that was made half is no VHDX
        file.write(0, id, 0, PAGE);
        file.flush();
    }

    private static long fill(ImageFile file, long bat, long from, long size, int block, int ratio) throws IOException {
        long end = from;
        byte[] entry = new byte[8];
        for (long b = 0; b * block < size; b++) {
            wrap(entry).putLong(0, end | FULLY_PRESENT);
            file.write(bat + (b + b / ratio) * 8, entry, 0, 8);
            end += block;
        }
        return end;
    }
}
