package dev.hv.vmbus.guest;

import dev.hv.vmbus.memory.GuestBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Pages of a test guest's memory, in a row as the guest sees them and anywhere as the host does. */
public final class GuestPages implements GuestBuffer {

    private static final int PAGE = 4096;

    private final TestPartition partition;
    private final long[] pfns;

    GuestPages(TestPartition partition, long[] pfns) {
        this.partition = partition;
        this.pfns = pfns;
    }

    /** Page numbers. */
    public long[] pfns() {
        return pfns.clone();
    }

    /** So many of the pages, from one on. */
    public GuestPages part(int from, int count) {
        return new GuestPages(partition, Arrays.copyOfRange(pfns, from, from + count));
    }

    @Override
    public long length() {
        return (long) pfns.length * PAGE;
    }

    @Override
    public boolean read(long offset, byte[] to, int at, int length) {
        for (int done = 0; done < length;) {
            int run = (int) Math.min(length - done, PAGE - (offset + done) % PAGE);
            partition.copyFrom(address(offset + done), to, at + done, run);
            done += run;
        }
        return true;
    }

    @Override
    public boolean write(long offset, byte[] from, int at, int length) {
        for (int done = 0; done < length;) {
            int run = (int) Math.min(length - done, PAGE - (offset + done) % PAGE);
            partition.copyTo(address(offset + done), from, at + done, run);
            done += run;
        }
        return true;
    }

    /** Bytes from an offset on. */
    public byte[] bytes(long offset, int length) {
        byte[] b = new byte[length];
        read(offset, b, 0, length);
        return b;
    }

    /** Puts bytes at an offset. */
    public void put(long offset, byte[] bytes) {
        write(offset, bytes, 0, bytes.length);
    }

    /** A u32 at an offset. */
    public int u32(long offset) {
        return ByteBuffer.wrap(bytes(offset, 4)).order(ByteOrder.LITTLE_ENDIAN).getInt();
    }

    /** Puts a u32 at an offset. */
    public void put32(long offset, int value) {
        put(offset, ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    private long address(long offset) {
        return pfns[(int) (offset / PAGE)] * PAGE + offset % PAGE;
    }
}
