package dev.hv.cpu.vmx;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PhysicalAccess;

/**
 * The current VMCS. Its data lives in a region of system memory; while it is current the processor holds all fields in an
 * array (SDM vol. 3C, 24.1 allows that), so VMREAD, VMWRITE, entries and exits are array accesses. The region is written back
 * when the VMCS is cleared or another becomes current.
 *
 * <p>Region: bytes 3:0 revision identifier, 7:4 VMX-abort indicator, 11:8 launch state, 15:12 {@link #paging}, from 16 the fields in the order of
 * {@link VmcsField#all}, 8 bytes each.
 */
final class Vmcs {

    /** VMCS revision identifier of this processor. */
    static final int REVISION = 0x4856;
    /** Pointer value that says that no VMCS is current. */
    static final long NONE = -1;

    private static final int ABORT_OFFSET = 4;
    private static final int LAUNCH_OFFSET = 8;
    private static final int PAGING_OFFSET = 12;
    private static final int FIELDS_OFFSET = 16;
    private static final int SLOTS = 1024;
    private static final int[] FIELDS = VmcsField.all();
    private static final boolean[] SUPPORTED = supported();

    /** Field values by {@link #slot}, zero-extended. */
    private final long[] values = new long[SLOTS];
    /** Address of the region, or {@link #NONE}. */
    long pointer = NONE;
    boolean launched;
    /** Paging modifiers ({@link VmxUnit#pagingModifiers}) that the guest's cached translations were made under. */
    int paging;

    private static boolean[] supported() {
        boolean[] s = new boolean[SLOTS];
        for (int field : FIELDS) {
            s[slot(field)] = true;
        }
        return s;
    }

    /** Index of a field: width, type, and the low 6 bits of the encoding's index. */
    private static int slot(int field) {
        return field >>> 13 << 8 | (field >>> 10 & 3) << 6 | field >>> 1 & 63;
    }

    /** Whether this processor has the field, including the high halves of 64-bit fields. */
    static boolean supports(long field) {
        if ((field & ~0x6FFFL) != 0 || (field & 0x380) != 0 || (field & 1) != 0 && (field & 0x6000) != 0x2000) {
            return false;
        }
        return SUPPORTED[slot((int) field)];
    }

    /** Whether the field's type is read-only data. */
    static boolean readOnly(int field) {
        return (field >>> 10 & 3) == 1;
    }

    /** Highest field index, as IA32_VMX_VMCS_ENUM reports it. */
    static int highestIndex() {
        int highest = 0;
        for (int field : FIELDS) {
            highest = Math.max(highest, field >>> 1 & 0x1FF);
        }
        return highest;
    }

    boolean current() {
        return pointer != NONE;
    }

    /** A field, zero-extended. */
    long get(int field) {
        return values[slot(field)];
    }

    /** The low 32 bits of a field. */
    int get32(int field) {
        return (int) values[slot(field)];
    }

    /** Sets a field of 64-bit or natural width. */
    void set(int field, long value) {
        values[slot(field)] = value;
    }

    /** Sets a field of 32 bits. */
    void set32(int field, int value) {
        values[slot(field)] = value & 0xFFFFFFFFL;
    }

    /** VMREAD of a supported encoding: halves and widths as the encoding says. */
    long read(int encoding) {
        long v = values[slot(encoding)];
        return (encoding & 1) != 0 ? v >>> 32 : v;
    }

    /** VMWRITE of a supported encoding. */
    void write(int encoding, long value) {
        int i = slot(encoding);
        switch (encoding >>> 13 & 3) {
            case 0 -> values[i] = value & 0xFFFF;
            case 2 -> values[i] = value & 0xFFFFFFFFL;
            case 1 -> values[i] = (encoding & 1) != 0 ? values[i] & 0xFFFFFFFFL | value << 32 : value;
            default -> values[i] = value;
        }
    }

    /** Makes the VMCS at {@code p} current. */
    void load(Cpu c, long p) {
        pointer = p;
        launched = PhysicalAccess.read32(c, p + LAUNCH_OFFSET) != 0;
        paging = PhysicalAccess.read32(c, p + PAGING_OFFSET);
        for (int i = 0; i < FIELDS.length; i++) {
            values[slot(FIELDS[i])] = PhysicalAccess.read64(c, p + FIELDS_OFFSET + 8L * i);
        }
    }

    /** Writes the current VMCS back to its region; it stays current. */
    void store(Cpu c) {
        if (pointer == NONE) {
            return;
        }
        PhysicalAccess.write32(c, pointer + LAUNCH_OFFSET, launched ? 1 : 0);
        PhysicalAccess.write32(c, pointer + PAGING_OFFSET, paging);
        for (int i = 0; i < FIELDS.length; i++) {
            PhysicalAccess.write64(c, pointer + FIELDS_OFFSET + 8L * i, values[slot(FIELDS[i])]);
        }
    }

    /** Sets the launch state of the VMCS at {@code p}, current or not, to clear. */
    void clearLaunchState(Cpu c, long p) {
        PhysicalAccess.write32(c, p + LAUNCH_OFFSET, 0);
    }

    /** Leaves the VMX-abort indicator in the region (SDM vol. 3C, 27.7). */
    void abort(Cpu c, int indicator) {
        PhysicalAccess.write32(c, pointer + ABORT_OFFSET, indicator);
    }

    void save(StateWriter out) {
        out.put(pointer);
        out.put(launched);
        out.put(paging);
        for (int field : FIELDS) {
            out.put(values[slot(field)]);
        }
    }

    void restore(StateReader in) {
        pointer = in.take();
        launched = in.takeBoolean();
        paging = (int) in.take();
        for (int field : FIELDS) {
            values[slot(field)] = in.take();
        }
    }
}
