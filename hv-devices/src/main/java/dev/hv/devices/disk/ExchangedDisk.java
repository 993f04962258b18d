package dev.hv.devices.disk;

import java.util.function.UnaryOperator;

/** A disk whose host side can be exchanged for another with the same contents, without its user noticing. */
public final class ExchangedDisk implements Disk {

    /** Exchanged while nothing is under way, but seen by the threads that go on. */
    private volatile Disk current;
    private final boolean discards;
    private final boolean readOnly;
    private final DiskFaults faults = new DiskFaults();
    /** Null in a run that is not recorded. */
    private final DiskResults results;
    /** As it was at first, in a run that is recorded: what the host cuts off fails then. */
    private final long size;

    /** A disk that is {@code first} at first; it belongs to this. */
    public ExchangedDisk(Disk first) {
        this(first, first.discards());
    }

    /**
     * A disk that is {@code first} at first.
     *
     * @param discards what its user is told about discarding, whatever the host can do
     */
    public ExchangedDisk(Disk first, boolean discards) {
        this(first, discards, null);
    }

    /**
     * A disk that is {@code first} at first.
     *
     * @param results looks at what the host makes of requests; may be null
     */
    public ExchangedDisk(Disk first, boolean discards, DiskResults results) {
        current = first;
        this.results = results;
        size = first.size();
        this.discards = discards;
        readOnly = first.readOnly();
    }

    /** What it is now. */
    public Disk current() {
        return current;
    }

    /** Exchanges what it is; the operator closes what it replaces. */
    public void exchange(UnaryOperator<Disk> operator) {
        current = operator.apply(current);
    }

    @Override
    public DiskFaults faults() {
        return faults;
    }

    @Override
    public DiskResults results() {
        return results;
    }

    @Override
    public long size() {
        return results == null ? current.size() : size;
    }

    @Override
    public int sectorSize() {
        return current.sectorSize();
    }

    @Override
    public int physicalSectorSize() {
        return current.physicalSectorSize();
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public boolean discards() {
        return discards;
    }

    @Override
    public DiskStatus read(long offset, byte[] to, int at, int length) {
        return results == null ? current.read(offset, to, at, length) : results.read(current, offset, to, at, length);
    }

    /** None in a run that is recorded: what is read in another way than {@link #read}, nobody looks at. */
    @Override
    public FilePart part(long offset, long length) {
        return results == null ? current.part(offset, length) : null;
    }

    @Override
    public DiskStatus write(long offset, byte[] from, int at, int length) {
        return results == null ? current.write(offset, from, at, length) : results.write(current, offset, from, at, length);
    }

    @Override
    public DiskStatus flush() {
        return results == null ? current.flush() : results.flush(current);
    }

    @Override
    public DiskStatus discard(long offset, long length) {
        if (!discards) {
            return DiskStatus.OK;
        }
        return results == null ? current.discard(offset, length) : results.discard(current, offset, length);
    }

    @Override
    public DiskStatus zero(long offset, long length) {
        return results == null ? current.zero(offset, length) : results.zero(current, offset, length);
    }

    @Override
    public void close() {
        current.close();
    }
}
