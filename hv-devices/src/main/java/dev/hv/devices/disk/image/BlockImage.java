package dev.hv.devices.disk.image;

import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.FilePart;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A disk of blocks that a file has or does not have. What is left to formats is where a block is and how that is written down; when data has to be durable before that is
 * decided here. A write to a disk without a parent needs no order: new blocks are zero in the file, and read as zero before. Over a parent, data is durable before a sector counts as the
 * file's own.
 */
abstract class BlockImage implements VirtualDisk {

    /** What the file has of a block; PARTIAL: of some of its sectors. */
    enum State { ABSENT, ZERO, PRESENT, PARTIAL }

    private static final int ZEROES = 1 << 16;
    /** Stays as it is. */
    private static final byte[] ZERO = new byte[ZEROES];
    private static final int HOST_BLOCK = 4096;

    final ImageFile file;
    private VirtualDisk parent;
    private boolean failed;
    private boolean closed;

    BlockImage(ImageFile file) {
        this.file = file;
    }

    /** What the file has of a block. */
    abstract State state(long block) throws IOException;

    /** Where a block's data is, of one that is PRESENT or PARTIAL. */
    abstract long place(long block);

    /** How many sectors from this one on, at most {@code most}, are in the file as the first is: negative when they are not. Of a PARTIAL block. */
    abstract int sectors(long block, int first, int most) throws IOException;

    /** Gives a block room, all zero: PRESENT, or PARTIAL with no sector of its own. */
    abstract void allocate(long block, boolean partial) throws IOException;

    /** Sectors of a PARTIAL block are in the file from now on; their data is durable. */
    abstract void mark(long block, int first, int count) throws IOException;

    /** A block reads as zero from now on and takes no room; false when that cannot be said in this format. */
    abstract boolean drop(long block) throws IOException;

    /** Something is going to be written for the first time since it was opened. */
    abstract void begin() throws IOException;

    /** Makes everything durable. */
    abstract void commit() throws IOException;

    /** Nothing is written any more: leaves the file as a closed one is. */
    abstract void finish() throws IOException;

    private boolean begun;

    void prepare() throws IOException {
        if (failed) {
            throw new IOException("an earlier change of the file's tables failed");
        }
        if (!begun) {
            begin();
            begun = true;
        }
    }

    @Override
    public final void attach(VirtualDisk below) {
        parent = below;
    }

    @Override
    public final VirtualDisk parent() {
        return parent;
    }

    @Override
    public final String name() {
        return file.name();
    }

    @Override
    public final boolean readOnly() {
        return file.readOnly();
    }

    @Override
    public final boolean discards() {
        return !readOnly();
    }

    private boolean child() {
        return kind() == Kind.DIFFERENCING;
    }

    /** Bytes of a block that are on the disk from this place on. */
    private int within(long offset, long length) {
        return (int) Math.min(length, Math.min(blockSize() - offset % blockSize(), 1 << 30));
    }

    @Override
    public final DiskStatus read(long offset, byte[] to, int at, int length) {
        return read(offset, ByteBuffer.wrap(to, at, length));
    }

    @Override
    public final DiskStatus read(long offset, ByteBuffer to) {
        try {
            DiskStatus status = DiskStatus.OK;
            for (long at = offset; to.hasRemaining() && status == DiskStatus.OK; ) {
                int n = within(at, to.remaining());
                status = readBlock(at, next(to, n));
                at += n;
            }
            return status;
        } catch (IOException e) {
            return DiskStatus.IO_ERROR;
        }
    }

    /** The next bytes of a buffer, which goes on behind them. */
    private static ByteBuffer next(ByteBuffer b, int length) {
        if (length == b.remaining()) {
            return b;
        }
        ByteBuffer next = b.slice(b.position(), length);
        b.position(b.position() + length);
        return next;
    }

    /** Fills a buffer with bytes of one block. */
    private DiskStatus readBlock(long offset, ByteBuffer to) throws IOException {
        long block = offset / blockSize();
        long in = offset % blockSize();
        DiskStatus status = DiskStatus.OK;
        switch (state(block)) {
            case PRESENT -> file.read(place(block) + in, to);
            case ABSENT -> status = below(offset, to);
            case ZERO -> clear(to);
            case PARTIAL -> {
                int sector = sectorSize();
                int length = to.remaining();
                for (int done = 0; done < length && status == DiskStatus.OK; ) {
                    int n = sectors(block, (int) ((in + done) / sector), (length - done) / sector);
                    ByteBuffer part = next(to, Math.abs(n) * sector);
                    if (n > 0) {
                        file.read(place(block) + in + done, part);
                    } else {
                        status = below(offset + done, part);
                    }
                    done += Math.abs(n) * sector;
                }
            }
        }
        return status;
    }

    @Override
    public final FilePart part(long offset, long length) {
        try {
            long place = offset % blockSize();
            long block = offset / blockSize();
            int n = within(offset, length);
            State state = state(block);
            if (state == State.PARTIAL) {
                int run = sectors(block, (int) (place / sectorSize()), n / sectorSize());
                n = Math.abs(run) * sectorSize();
                state = run > 0 ? State.PRESENT : State.ABSENT;
            }
            return switch (state) {
                case PRESENT -> file.part(place(block) + place, n);
                case ABSENT -> partBelow(offset, n);
                default -> FilePart.zero(n);
            };
        } catch (IOException e) {
            return null;
        }
    }

    private FilePart partBelow(long offset, int length) {
        long most = parent == null ? 0 : Math.clamp(parent.size() - offset, 0, length);
        return most == 0 ? FilePart.zero(length) : parent.part(offset, most);
    }

    /** What the file does not have is the parent's, or zero; and zero where the parent is shorter. */
    private DiskStatus below(long offset, ByteBuffer to) {
        int most = parent == null ? 0 : Math.clamp(parent.size() - offset, 0, to.remaining());
        DiskStatus status = most == 0 ? DiskStatus.OK : parent.read(offset, next(to, most));
        clear(to);
        return status;
    }

    @Override
    public final Extent extent(long offset) throws IOException {
        long end = size();
        Source first = null;
        long at = offset;
        while (at < end) {
            long block = at / blockSize();
            long blockEnd = Math.min((block + 1) * blockSize(), end);
            State state = state(block);
            long n = blockEnd - at;
            Source here = switch (state) {
                case PRESENT -> Source.FILE;
                case ZERO -> Source.ZERO;
                case ABSENT -> child() ? Source.PARENT : Source.ZERO;
                case PARTIAL -> {
                    int run = sectors(block, (int) (at % blockSize() / sectorSize()), (int) (n / sectorSize()));
                    n = (long) Math.abs(run) * sectorSize();
                    yield run > 0 ? Source.FILE : child() ? Source.PARENT : Source.ZERO;
                }
            };
            if (here == Source.FILE && state == State.PRESENT) {
                // holes of the file read as zero as well
                long from = place(block) + at % blockSize();
                long data = Math.min(file.nextData(from), from + n);
                if (data - from >= sectorSize()) {
                    here = Source.ZERO;
                    n = (data - from) / sectorSize() * sectorSize();
                }
            }
            if (first != null && (first != here || at - offset >= 1 << 26)) {
                break;
            }
            first = here;
            at += n;
        }
        return new Extent(first == null ? Source.ZERO : first, at - offset);
    }

    @Override
    public final DiskStatus write(long offset, byte[] from, int at, int length) {
        return write(offset, ByteBuffer.wrap(from, at, length));
    }

    @Override
    public final DiskStatus write(long offset, ByteBuffer from) {
        if (readOnly()) {
            return DiskStatus.READ_ONLY;
        }
        if (offset + from.remaining() > size()) {
            return DiskStatus.IO_ERROR;
        }
        return change(() -> {
            for (long at = offset; from.hasRemaining(); ) {
                int n = within(at, from.remaining());
                writeBlock(at, next(from, n));
                at += n;
            }
        });
    }

    /** Something that changes the file. */
    private interface Change {
        void make() throws IOException;
    }

    private DiskStatus change(Change change) {
        try {
            prepare();
            change.make();
            return DiskStatus.OK;
        } catch (IOException e) {
            return DiskStatus.of(e);
        }
    }

    private void writeBlock(long offset, ByteBuffer from) throws IOException {
        int length = from.remaining();
        long block = offset / blockSize();
        long in = offset % blockSize();
        State state = state(block);
        if (state == State.ABSENT || state == State.ZERO) {
            boolean zero = state == State.ZERO || !child();
            if (zero && zeroes(from)) {
                from.position(from.limit());
                return;
            }
            allocate(block, !zero);
            state = zero ? State.PRESENT : State.PARTIAL;
        }
        file.write(place(block) + in, from);
        if (state == State.PARTIAL) {
            int first = (int) (in / sectorSize());
            int count = length / sectorSize();
            if (sectors(block, first, count) != count) {
                file.flush();
                mark(block, first, count);
            }
        }
    }

    /** Sets what is left of a buffer to zero by copying: the JVM's first compiler, the only one that most runs have, fills byte by byte. */
    private static void clear(ByteBuffer b) {
        while (b.hasRemaining()) {
            b.put(ZERO, 0, Math.min(ZERO.length, b.remaining()));
        }
    }

    /** Whether all that is left of a buffer is zero. */
    static boolean zeroes(ByteBuffer b) {
        int at = b.position();
        int more = b.remaining() - 1;
        // most blocks that are not zero show that at once
        return b.get(at) == 0 && b.slice(at, more).mismatch(b.slice(at + 1, more)) < 0;
    }

    static boolean zeroes(byte[] b, int at, int length) {
        return zeroes(ByteBuffer.wrap(b, at, length));
    }

    @Override
    public final DiskStatus discard(long offset, long length) {
        return zero(offset, length);
    }

    @Override
    public final DiskStatus zero(long offset, long length) {
        if (readOnly()) {
            return DiskStatus.READ_ONLY;
        }
        if (offset + length > size()) {
            return DiskStatus.IO_ERROR;
        }
        return change(() -> {
            for (long done = 0; done < length; ) {
                int n = within(offset + done, length - done);
                zeroBlock(offset + done, n);
                done += n;
            }
        });
    }

    private void zeroBlock(long offset, int length) throws IOException {
        long block = offset / blockSize();
        State state = state(block);
        boolean absent = state == State.ZERO || state == State.ABSENT && !child();
        if (absent || wholeBlock(offset, length) && drop(block)) {
            return;
        }
        if (state == State.PRESENT) {
            clear(place(block) + offset % blockSize(), length);
            return;
        }
        for (int done = 0; done < length; ) {
            int n = Math.min(length - done, ZEROES);
            writeBlock(offset + done, ByteBuffer.wrap(ZERO, 0, n));
            done += n;
        }
    }

    private boolean wholeBlock(long offset, int length) {
        return offset % blockSize() == 0 && (length == blockSize() || offset + length == size());
    }

    /** Makes bytes of the file zero, giving back whole blocks of the host's. */
    private void clear(long at, int length) throws IOException {
        if (length >= HOST_BLOCK) {
            file.zero(at, length);
        } else {
            file.write(at, new byte[length], 0, length);
        }
    }

    @Override
    public final boolean release(long block) throws IOException {
        prepare();
        return state(block) == State.ABSENT && !child() || state(block) == State.ZERO || drop(block);
    }

    @Override
    public final DiskStatus flush() {
        if (readOnly()) {
            return DiskStatus.OK;
        }
        try {
            commit();
            return DiskStatus.OK;
        } catch (IOException e) {
            return DiskStatus.of(e);
        }
    }

    /** What is in memory and what is in the file may differ from now on: nothing may be written any more. */
    IOException broken(IOException e) {
        failed = true;
        return e;
    }

    @Override
    public final void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (begun && !failed) {
                finish();
            }
        } catch (IOException e) {
            // what was flushed is durable, and the file can be read as it is
        } finally {
            file.close();
            if (parent != null) {
                parent.close();
            }
        }
    }
}
