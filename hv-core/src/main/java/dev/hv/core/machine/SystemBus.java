package dev.hv.core.machine;

import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.state.PortBus;

/** What the processors and devices of the machine are wired to: memory, and devices at ports and physical addresses. */
public final class SystemBus implements PhysicalBus, IoBus, PortBus, DmaView {

    private final SystemMemory memory;
    private final DeviceBus devices = new DeviceBus();

    /** A bus with this memory and no devices. */
    public SystemBus(SystemMemory memory) {
        this.memory = memory;
    }

    /** The memory on this bus. */
    public SystemMemory memory() {
        return memory;
    }

    @Override
    public void claimPorts(int first, int count, PortHandler handler) {
        devices.claimPorts(first, count, handler);
    }

    @Override
    public boolean portsFree(int first, int count) {
        return devices.portsFree(first, count);
    }

    @Override
    public void releasePorts(int first, int count) {
        devices.releasePorts(first, count);
    }

    /** {@inheritDoc} Memory wins where a device claims addresses that have some. */
    @Override
    public void claimMmio(long base, long length, MmioHandler handler) {
        devices.claimMmio(base, length, handler);
    }

    @Override
    public boolean mmioFree(long base, long length) {
        return devices.mmioFree(base, length);
    }

    @Override
    public void releaseMmio(long base, long length) {
        devices.releaseMmio(base, length);
    }

    @Override
    public int in(int port, int size) {
        return devices.in(port, size);
    }

    @Override
    public void out(int port, int size, int value) {
        devices.out(port, size, value);
    }

    @Override
    public long pageAddress(long physical) {
        return memory.pageAddress(physical);
    }

    @Override
    public int pageRights(long physical) {
        return memory.pageRights(physical);
    }

    @Override
    public long read(long physical, int size) {
        return memory.pageRights(physical) != 0 ? memory.read(physical, size) : devices.readMmio(physical, size);
    }

    @Override
    public void write(long physical, int size, long value) {
        if (memory.pageRights(physical) != 0) {
            memory.write(physical, size, value);
        } else {
            devices.writeMmio(physical, size, value);
        }
    }

    @Override
    public void watchCode(long physical, int lines, CodeWatcher watcher) {
        memory.watchCode(physical, lines, watcher);
    }

    @Override
    public boolean codeWatched(long physical) {
        return memory.codeWatched(physical);
    }

    @Override
    public void codeWritten(long physical, int length, CodeWatcher except) {
        memory.codeWritten(physical, length, except);
    }

    @Override
    public boolean read(long address, byte[] to, int offset, int length) {
        return memory.copyOut(address, to, offset, length);
    }

    @Override
    public boolean write(long address, byte[] from, int offset, int length) {
        return memory.copyIn(from, offset, address, length);
    }

    @Override
    public boolean replace(long address, long expected, long value) {
        return memory.pageRights(address) == (READ | WRITE) && memory.compareAndSet(address, 8, expected, value);
    }
}
