package dev.hv.devices.disk.image;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A dynamic or differencing VHD: a copy of the footer, a header, a table (BAT) with the place of each block, and blocks, each behind a bitmap of its sectors. The file is made longer by room for many
 * blocks at once, all zero and durable before any of it is used; so a block's entry in the table may reach the host before or after what is in it. While the footer at the end moves, the copy at the beginning stays.
 */
final class VhdDisk extends BlockImage {

    private static final int FREE = -1;
    private static final int SECTOR = VhdFooter.SECTOR;
    private static final int DEFAULT_BLOCK = 2 << 20;
    private static final int HOST_BLOCK = 4096;
    /** Blocks of room that the file gets at once. */
    private static final int STRETCH = 64;
    private static final byte UNKNOWN = 0;
    private static final byte FULL = 1;
    private static final byte SOME = 2;

    private final VhdFooter footer;
    private final VhdHeader header;
    private final int blockSize;
    private final int bitmapBytes;
    private final Space space = new Space();
    private final Bitmaps bitmaps;
    private int[] table;
    /** What is known of each block's bitmap. */
    private byte[] known;
    private long size;
    /** Where the next block goes, and where the footer at the end is. */
    private long end;
    private long limit;

    private VhdDisk(ImageFile file, VhdFooter footer, VhdHeader header, int[] table) throws IOException {
        super(file);
        this.footer = footer;
        this.header = header;
        this.table = table;
        known = new byte[table.length];
        size = footer.size();
        blockSize = header.blockSize();
        bitmapBytes = bitmapBytes(blockSize);
        bitmaps = new Bitmaps(file, bitmapBytes);
    }

    private static int bitmapBytes(int blockSize) {
        return (blockSize / SECTOR / 8 + SECTOR - 1) / SECTOR * SECTOR;
    }

    /** Opens one whose footer has been checked; {@code atEnd}: it was that at the end. */
    static VhdDisk open(ImageFile file, VhdFooter footer, boolean atEnd) throws DiskException, IOException {
        long at = footer.bytes.getLong(VhdFooter.DATA_OFFSET);
        if (at < VhdFooter.SIZE || at % SECTOR != 0 || at > file.size() - VhdHeader.SIZE) {
            throw Bad.field(file, "footer data offset", Long.toUnsignedString(at) + ": there is no header in a file of " + file.size() + " bytes");
        }
        var header = new VhdHeader(new byte[VhdHeader.SIZE]);
        file.read(at, header.bytes.array(), 0, VhdHeader.SIZE);
        header.check(file, footer);
        int blocks = (int) ((footer.size() + header.blockSize() - 1) / header.blockSize());
        byte[] raw = new byte[blocks * 4];
        file.read(header.table(), raw, 0, raw.length);
        int[] table = new int[blocks];
        java.nio.ByteBuffer.wrap(raw).asIntBuffer().get(table);
        var disk = new VhdDisk(file, footer, header, table);
        disk.limit = atEnd ? file.size() - VhdFooter.SIZE : (file.size() + SECTOR - 1) / SECTOR * SECTOR;
        disk.end = disk.limit;
        String problem = disk.problem();
        if (problem != null) {
            throw new DiskException("disk " + file.name() + ": " + problem);
        }
        if (disk.kind() == Kind.DIFFERENCING) {
            header.link(file);
        }
        return disk;
    }

    /** What is wrong with the table; null for nothing. */
    private String problem() {
        long[] used = new long[table.length];
        int n = 0;
        long length = bitmapBytes + (long) blockSize;
        long headerAt = footer.bytes.getLong(VhdFooter.DATA_OFFSET);
        long tableEnd = header.table() + 4L * header.entries();
        for (int i = 0; i < table.length; i++) {
            if (table[i] == FREE) {
                continue;
            }
            long at = offset(table[i]);
            if (at + length > limit) {
                return "BAT entry " + i + ": sector " + at / SECTOR + ": the block ends behind the end of the file";
            }
            if (at < VhdFooter.SIZE || at < headerAt + VhdHeader.SIZE && headerAt < at + length || at < tableEnd && header.table() < at + length) {
                return "BAT entry " + i + ": sector " + at / SECTOR + ": the block would lie over the headers or the table";
            }
            // the number of the block goes along in what an offset leaves free: 32 bits of sector, 31 of number
            used[n++] = at / SECTOR << 31 | i;
        }
        Arrays.sort(used, 0, n);
        for (int i = 1; i < n; i++) {
            if ((used[i] >>> 31) - (used[i - 1] >>> 31) < length / SECTOR) {
                return "BAT entry " + (used[i] & Integer.MAX_VALUE) + ": overlaps the block of BAT entry " + (used[i - 1] & Integer.MAX_VALUE);
            }
        }
        return null;
    }

    /**
     * Makes a disk in an empty file.
     *
     * @param blockSize 0 for what is usual
     * @param link its parent; null for a dynamic disk
     */
    static void create(ImageFile file, long size, int blockSize, ParentLink link) throws DiskException, IOException {
        int block = blockSize == 0 ? DEFAULT_BLOCK : blockSize;
        int entries = (int) ((size + block - 1) / block);
        var footer = VhdFooter.of(size, link == null ? Kind.DYNAMIC : Kind.DIFFERENCING, file.modified());
        long paths = VhdFooter.SIZE + VhdHeader.SIZE;
        long table = link == null ? paths : paths + 2L * VhdHeader.PATH_ROOM;
        var header = VhdHeader.of(entries, block, table);
        if (link != null) {
            header.link(file, link, paths);
        }
        byte[] free = new byte[roundUp(entries * 4, SECTOR)];
        Arrays.fill(free, (byte) 0xFF);
        file.write(table, free, 0, free.length);
        file.write(VhdFooter.SIZE, header.bytes.array(), 0, VhdHeader.SIZE);
        file.write(table + free.length, footer.bytes.array(), 0, VhdFooter.SIZE);
        file.write(0, footer.bytes.array(), 0, VhdFooter.SIZE);
        file.flush();
    }

    private static int roundUp(int n, int unit) {
        return (n + unit - 1) / unit * unit;
    }

    static String identity(VhdFooter footer) {
        return footer.id() + "@" + Integer.toUnsignedString(footer.bytes.getInt(VhdFooter.TIME_STAMP));
    }

    static Map<String, String> fields(VhdFooter footer, Map<String, String> all) {
        all.put("unique id", footer.id().toString());
        all.put("time stamp", Integer.toUnsignedString(footer.bytes.getInt(VhdFooter.TIME_STAMP)));
        int g = footer.bytes.getInt(VhdFooter.GEOMETRY);
        all.put("geometry", "%d cylinders, %d heads, %d sectors".formatted(g >>> 16, g >>> 8 & 0xFF, g & 0xFF));
        return all;
    }

    private static long offset(int entry) {
        return (entry & 0xFFFF_FFFFL) * SECTOR;
    }

    @Override
    public Format format() {
        return Format.VHD;
    }

    @Override
    public Kind kind() {
        return footer.kind();
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
        return blockSize;
    }

    @Override
    public String identity() {
        return identity(footer);
    }

    @Override
    public ParentLink parentLink() {
        try {
            return kind() == Kind.DIFFERENCING ? header.link(file) : null;
        } catch (DiskException | IOException e) {
            // it could be read when this was opened
            return new ParentLink(header.parentIdentity(), java.util.List.of());
        }
    }

    @Override
    public void relink(ParentLink link) throws DiskException, IOException {
        if (kind() != Kind.DIFFERENCING) {
            throw Bad.field(file, "disk type", "a dynamic disk has no parent");
        }
        prepare();
        long at = takeRoom(2L * VhdHeader.PATH_ROOM);
        header.link(file, link, at);
        file.flush();
        file.write(footer.bytes.getLong(VhdFooter.DATA_OFFSET), header.bytes.array(), 0, VhdHeader.SIZE);
        file.flush();
    }

    @Override
    State state(long block) throws IOException {
        int b = (int) block;
        if (table[b] == FREE) {
            return State.ABSENT;
        }
        if (known[b] == UNKNOWN) {
            int all = (int) Math.min(blockSize, size - block * blockSize) / SECTOR;
            known[b] = sectors(block, 0, all) == all ? FULL : SOME;
        }
        return known[b] == FULL ? State.PRESENT : State.PARTIAL;
    }

    @Override
    long place(long block) {
        return offset(table[(int) block]) + bitmapBytes;
    }

    @Override
    int sectors(long block, int first, int most) throws IOException {
        return bitmaps.run(offset(table[(int) block]), first, most, true);
    }

    /** Room at the end of the file, all zero and durable. */
    private long takeRoom(long length) throws IOException {
        if (end + length > limit) {
            stretch(end + length);
        }
        long at = end;
        end += length;
        return at;
    }

    private void stretch(long to) throws IOException {
        file.write(to, footer.bytes.array(), 0, VhdFooter.SIZE);
        if (to - limit >= VhdFooter.SIZE) {
            file.write(limit, new byte[VhdFooter.SIZE], 0, VhdFooter.SIZE);
        } else {
            file.write(limit, new byte[(int) (to - limit)], 0, (int) (to - limit));
        }
        file.flush();
        limit = to;
    }

    @Override
    void allocate(long block, boolean partial) throws IOException {
        long at = space.take();
        if (at < 0) {
            // data begins at a block of the host's file system, so that holes fit
            long stride = roundUp(bitmapBytes, HOST_BLOCK) + (long) Math.max(blockSize, HOST_BLOCK);
            long from = (end + bitmapBytes + HOST_BLOCK - 1) / HOST_BLOCK * HOST_BLOCK - bitmapBytes;
            if (from + bitmapBytes + blockSize > limit) {
                int more = 0;
                for (int i = 0; i < table.length && more < STRETCH; i++) {
                    more += table[i] == FREE ? 1 : 0;
                }
                stretch(from + stride * Math.max(1, more));
            }
            at = from;
            end = at + bitmapBytes + blockSize;
        }
        if (!partial) {
            bitmaps.fill(at);
        } else {
            bitmaps.forget(at);
        }
        enter((int) block, (int) (at / SECTOR));
        known[(int) block] = partial ? SOME : FULL;
    }

    /** Writes an entry of the table, with the sector that it is in. */
    private void enter(int block, int entry) throws IOException {
        int first = block / (SECTOR / 4) * (SECTOR / 4);
        var b = java.nio.ByteBuffer.allocate(Math.min(SECTOR / 4, table.length - first) * 4);
        for (int i = first; b.hasRemaining(); i++) {
            b.putInt(i == block ? entry : table[i]);
        }
        try {
            file.write(header.table() + first * 4L, b.array(), 0, b.capacity());
        } catch (IOException e) {
            throw broken(e);
        }
        table[block] = entry;
    }

    @Override
    void mark(long block, int first, int count) throws IOException {
        bitmaps.set(offset(table[(int) block]), first, count);
        known[(int) block] = UNKNOWN;
    }

    @Override
    boolean drop(long block) throws IOException {
        if (kind() == Kind.DIFFERENCING) {
            return false;
        }
        free((int) block);
        return true;
    }

    private void free(int block) throws IOException {
        long at = offset(table[block]);
        enter(block, FREE);
        file.zero(at, bitmapBytes + (long) blockSize);
        bitmaps.forget(at);
        space.giveBack(at);
    }

    @Override
    void begin() throws IOException {
        footer.touch(file.modified());
        footers();
    }

    private void footers() throws IOException {
        file.write(limit, footer.bytes.array(), 0, VhdFooter.SIZE);
        // one of the two is whole at any time
        file.flush();
        file.write(0, footer.bytes.array(), 0, VhdFooter.SIZE);
    }

    @Override
    void commit() throws IOException {
        file.flush();
        space.flushed();
    }

    @Override
    void finish() throws IOException {
        commit();
        if (limit > end) {
            file.write(end, footer.bytes.array(), 0, VhdFooter.SIZE);
            file.flush();
            file.resize(end + VhdFooter.SIZE);
            limit = end;
        }
    }

    @Override
    public void resize(long wanted) throws DiskException, IOException {
        if (kind() == Kind.DIFFERENCING) {
            throw Bad.field(file, "disk type", "a differencing VHD is as long as its parent");
        }
        prepare();
        int blocks = (int) ((wanted + blockSize - 1) / blockSize);
        if (blocks > header.entries()) {
            moveTable(blocks);
        } else if (blocks > table.length) {
            int was = table.length;
            table = Arrays.copyOf(table, blocks);
            Arrays.fill(table, was, blocks, FREE);
            byte[] free = new byte[(blocks - was) * 4];
            Arrays.fill(free, (byte) 0xFF);
            file.write(header.table() + was * 4L, free, 0, free.length);
        }
        file.flush();
        long was = size;
        footer.size(wanted);
        footers();
        file.flush();
        size = wanted;
        for (int b = blocks; b < table.length; b++) {
            if (table[b] != FREE) {
                free(b);
            }
        }
        if (wanted < was && wanted % blockSize != 0 && table[blocks - 1] != FREE) {
            file.zero(place(blocks - 1) + wanted % blockSize, blockSize - wanted % blockSize);
        }
        table = Arrays.copyOf(table, blocks);
        known = new byte[blocks];
        commit();
    }

    private void moveTable(int blocks) throws IOException {
        long at = takeRoom(roundUp(blocks * 4, SECTOR));
        var b = java.nio.ByteBuffer.allocate(roundUp(blocks * 4, SECTOR));
        for (int i = 0; b.hasRemaining(); i++) {
            b.putInt(i < table.length ? table[i] : FREE);
        }
        file.write(at, b.array(), 0, b.capacity());
        file.flush();
        header.table(at, blocks);
        // the fields that change are in its first sector, which the host writes as a whole
        file.write(footer.bytes.getLong(VhdFooter.DATA_OFFSET), header.bytes.array(), 0, SECTOR);
        int was = table.length;
        table = Arrays.copyOf(table, blocks);
        Arrays.fill(table, was, blocks, FREE);
    }

    @Override
    public Map<String, String> fields() {
        Map<String, String> all = fields(footer, new LinkedHashMap<>());
        all.put("blocks", "%d of %d in the file".formatted(Arrays.stream(table).filter(e -> e != FREE).count(), table.length));
        return all;
    }

    @Override
    public void check(Consumer<String> problem) throws IOException {
        byte[] copy = new byte[VhdFooter.SIZE];
        file.read(0, copy, 0, copy.length);
        if (!Arrays.equals(copy, footer.bytes.array())) {
            problem.accept("footer copy: differs from the footer at the end");
        }
        String table = problem();
        if (table != null) {
            problem.accept(table);
        }
    }
}
