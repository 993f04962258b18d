package dev.hv.devices.video;

/** Video memory of a test: bytes, and where a guest put them. */
final class FakeVideoMemory implements VideoMemory {

    final byte[] bytes;
    long address = -1;
    boolean refuses;

    FakeVideoMemory(int size) {
        bytes = new byte[size];
    }

    @Override
    public int size() {
        return bytes.length;
    }

    @Override
    public boolean place(long to) {
        if (!refuses) {
            address = to;
        }
        return !refuses;
    }

    @Override
    public void remove() {
        address = -1;
    }

    @Override
    public boolean read(long offset, byte[] to, int at, int length) {
        boolean there = address >= 0 && offset >= 0 && offset + length <= bytes.length;
        if (there) {
            System.arraycopy(bytes, (int) offset, to, at, length);
        }
        return there;
    }
}
