package dev.hv.devices.storage;

import dev.hv.vmbus.memory.GuestBuffer;

/** Guest memory in an array, with a limit beyond which pages are not the guest's. */
final class FakeBuffer implements GuestBuffer {

    final byte[] bytes;
    private final int mapped;

    FakeBuffer(int length) {
        this(new byte[length], length);
    }

    FakeBuffer(byte[] bytes) {
        this(bytes, bytes.length);
    }

    /** @param mapped bytes from the start that can be reached */
    FakeBuffer(byte[] bytes, int mapped) {
        this.bytes = bytes;
        this.mapped = mapped;
    }

    @Override
    public long length() {
        return bytes.length;
    }

    @Override
    public boolean read(long offset, byte[] to, int at, int length) {
        if (offset < 0 || length < 0 || offset > mapped - length) {
            return false;
        }
        System.arraycopy(bytes, (int) offset, to, at, length);
        return true;
    }

    @Override
    public boolean write(long offset, byte[] from, int at, int length) {
        if (offset < 0 || length < 0 || offset > mapped - length) {
            return false;
        }
        System.arraycopy(from, at, bytes, (int) offset, length);
        return true;
    }
}
