package dev.hv.cpu.state;

import dev.hv.cpu.memory.Raw;

/** A page of system-physical memory that has a structure of many fields, as a virtualisation unit reads and writes it. */
public class PhysicalPage {

    protected final Cpu c;
    private long at;
    /** Raw address of the page while it is memory and nothing else, otherwise 0. */
    private long raw;

    /** One that a processor reaches; {@link #at(long)} says where it is. */
    public PhysicalPage(Cpu c) {
        this.c = c;
    }

    /** System-physical address. */
    public final long at() {
        return at;
    }

    /** Says where it is. Nothing of it is looked at; {@link #settle} follows before it is accessed often. */
    public final void at(long address) {
        at = address;
        raw = 0;
    }

    /** Several accesses follow before anybody else runs who could make the page another one, or code of it: they are made directly where that can be. */
    public final void settle() {
        raw = PhysicalAccess.plainPage(c, at);
    }

    /** Reads 64 bits. */
    public final long get(int field) {
        return raw != 0 ? Raw.get64(raw + field) : PhysicalAccess.read64(c, at + field);
    }

    /** Reads 32 bits. */
    public final int get32(int field) {
        return raw != 0 ? Raw.get32(raw + field) : PhysicalAccess.read32(c, at + field);
    }

    /** Reads 16 bits. */
    public final int get16(int field) {
        return raw != 0 ? Raw.get16(raw + field) & 0xFFFF : PhysicalAccess.read16(c, at + field);
    }

    /** Reads 8 bits. */
    public final int get8(int field) {
        return raw != 0 ? Raw.get8(raw + field) & 0xFF : PhysicalAccess.read8(c, at + field);
    }

    /** Writes 64 bits. */
    public final void set(int field, long value) {
        if (raw != 0) {
            Raw.put64(raw + field, value);
        } else {
            PhysicalAccess.write64(c, at + field, value);
        }
    }

    /** Writes 32 bits. */
    public final void set32(int field, int value) {
        if (raw != 0) {
            Raw.put32(raw + field, value);
        } else {
            PhysicalAccess.write32(c, at + field, value);
        }
    }

    /** Writes 16 bits. */
    public final void set16(int field, int value) {
        if (raw != 0) {
            Raw.put16(raw + field, (short) value);
        } else {
            PhysicalAccess.write16(c, at + field, value);
        }
    }

    /** Writes 8 bits. */
    public final void set8(int field, int value) {
        if (raw != 0) {
            Raw.put8(raw + field, (byte) value);
        } else {
            PhysicalAccess.write8(c, at + field, value);
        }
    }
}
