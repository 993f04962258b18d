package dev.hv.cpu.vmx;

import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.Segment;
import java.util.Arrays;

/**
 * The current VMCS. Its data lives in a region of system memory; while it is current the processor holds all fields in an
 * array (SDM vol. 3C, 24.1 allows that), so VMREAD, VMWRITE, entries and exits are array accesses. The region is written back
 * when the VMCS is cleared or another becomes current.
 *
 * <p>Region: bytes 3:0 revision identifier and, in bit 31, {@link #SHADOW}, 7:4 VMX-abort indicator, 11:8 launch state, 15:12 {@link #paging}, from 16 the fields in the order of
 * {@link VmcsField#all}, 8 bytes each.
 */
final class Vmcs {

    /** VMCS revision identifier of this processor. */
    static final int REVISION = 0x4856;
    /** In the revision identifier of a region: it is a shadow VMCS (24.10). */
    static final int SHADOW = 1 << 31;
    /** Pointer value that says that no VMCS is current. */
    static final long NONE = -1;

    private static final int ABORT_OFFSET = 4;
    private static final int LAUNCH_OFFSET = 8;
    private static final int PAGING_OFFSET = 12;
    private static final int FIELDS_OFFSET = 16;
    private static final int SLOTS = 1024;
    private static final int[] FIELDS = VmcsField.all();
    /** {@link #slot} of each. */
    private static final int[] FIELD_SLOTS = Arrays.stream(FIELDS).map(Vmcs::slot).toArray();
    /** Where the fields lie in a region, by {@link #slot}. */
    private static final int[] OFFSETS = offsets();

    // Fields by which of an entry's checks depend on them alone: those need not be made again before one of them changes
    /** Controls and host state, but for what an entry injects. */
    static final int CONTROLS = 1;
    /** The guest's segment registers. */
    static final int SEGMENTS = 2;
    /** The guest's control and debug registers, MSRs and descriptor tables. */
    static final int REGISTERS = 4;
    /** {@link #CONTROLS}, {@link #SEGMENTS}, {@link #REGISTERS} by {@link #slot}. */
    private static final byte[] GROUPS = groups();

    // Slots of the guest's segment registers follow each other
    private static final int SELECTOR_SLOT = slot(VmcsField.GUEST_ES_SELECTOR);
    private static final int BASE_SLOT = slot(VmcsField.GUEST_ES_BASE);
    private static final int LIMIT_SLOT = slot(VmcsField.GUEST_ES_LIMIT);
    private static final int ACCESS_SLOT = slot(VmcsField.GUEST_ES_ACCESS_RIGHTS);

    /** Fields that the processor has, by {@link #slot}. */
    private final boolean[] supported = new boolean[SLOTS];

    /** Field values by {@link #slot}, zero-extended. */
    private final long[] values = new long[SLOTS];
    /** Address of the region, or {@link #NONE}. */
    long pointer = NONE;
    boolean launched;
    /** The region has another form, and is somebody else's to read and write ({@link EnlightenedVmcs}). */
    boolean borrowed;
    /** It is a shadow VMCS. */
    boolean shadow;
    /** Groups with fields that changed since their checks passed. */
    private int changed = -1;
    /** What the checks of {@link #SEGMENTS} depended on beside the fields when they passed. */
    int segmentsFor;
    /** Paging modifiers ({@link TranslationContexts#pagingModifiers}) that the guest's cached translations were made under. */
    int paging;

    /** No VMCS is current; fields are those of a model. */
    Vmcs(CpuModel model) {
        for (int field : FIELDS) {
            supported[slot(field)] = VmcsField.in(model, field);
        }
    }

    private static int[] offsets() {
        int[] o = new int[SLOTS];
        for (int i = 0; i < FIELDS.length; i++) {
            o[slot(FIELDS[i])] = FIELDS_OFFSET + 8 * i;
        }
        return o;
    }

    private static byte[] groups() {
        byte[] g = new byte[SLOTS];
        for (int field : FIELDS) {
            g[slot(field)] = switch (field >>> 10 & 3) {
                case 0, 3 -> CONTROLS;
                case 2 -> REGISTERS;
                default -> 0;
            };
        }
        for (int i = 0; i < 8; i++) {
            for (int first : new int[] {VmcsField.GUEST_ES_SELECTOR, VmcsField.GUEST_ES_BASE, VmcsField.GUEST_ES_LIMIT, VmcsField.GUEST_ES_ACCESS_RIGHTS}) {
                g[slot(first + 2 * i)] = SEGMENTS;
            }
        }
        // looked at by every entry
        for (int field : new int[] {VmcsField.ENTRY_INTERRUPTION_INFO, VmcsField.ENTRY_ERROR_CODE, VmcsField.ENTRY_INSTRUCTION_LENGTH, VmcsField.GUEST_RIP,
            VmcsField.GUEST_RSP, VmcsField.GUEST_RFLAGS, VmcsField.GUEST_INTERRUPTIBILITY, VmcsField.GUEST_ACTIVITY, VmcsField.GUEST_PENDING_DEBUG,
            VmcsField.PREEMPTION_TIMER, VmcsField.VMCS_LINK_POINTER}) {
            g[slot(field)] = 0;
        }
        for (int field : new int[] {VmcsField.PRIMARY_CONTROLS, VmcsField.SECONDARY_CONTROLS, VmcsField.ENTRY_CONTROLS}) {
            g[slot(field)] = CONTROLS | REGISTERS;
        }
        return g;
    }

    /** Whether the checks of a group passed and none of its fields changed since. */
    boolean passed(int group) {
        return (changed & group) == 0;
    }

    /** The checks of a group have passed. */
    void pass(int group) {
        changed &= ~group;
    }

    /** The checks of all groups are to be made again. */
    void recheck() {
        changed = -1;
    }

    /** Index of a field: width, type, and the low 6 bits of the encoding's index. */
    private static int slot(int field) {
        return field >>> 13 << 8 | (field >>> 10 & 3) << 6 | field >>> 1 & 63;
    }

    /** Whether the processor has the field, including the high halves of 64-bit fields. */
    boolean supports(long field) {
        if ((field & ~0x6FFFL) != 0 || (field & 0x380) != 0 || (field & 1) != 0 && (field & 0x6000) != 0x2000) {
            return false;
        }
        return supported[slot((int) field)];
    }

    /** Whether the field's type is read-only data. */
    static boolean readOnly(int field) {
        return (field >>> 10 & 3) == 1;
    }

    /** Highest field index, as IA32_VMX_VMCS_ENUM reports it. */
    int highestIndex() {
        int highest = 0;
        for (int field : FIELDS) {
            if (supports(field)) {
                highest = Math.max(highest, field >>> 1 & 0x1FF);
            }
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
        int i = slot(field);
        if (values[i] != value) {
            values[i] = value;
            changed |= GROUPS[i];
        }
    }

    /** Sets a field of 32 bits. */
    void set32(int field, int value) {
        set(field, value & 0xFFFFFFFFL);
    }

    /** Loads a segment register from the guest-state area; they stand in the order ES CS SS DS FS GS LDTR TR. */
    void loadSegment(Segment s, int i) {
        long[] v = values;
        s.set((int) v[SELECTOR_SLOT + i], v[BASE_SLOT + i], (int) v[LIMIT_SLOT + i], (int) v[ACCESS_SLOT + i]);
    }

    /** Saves a segment register into the guest-state area. */
    void saveSegment(Segment s, int i, int access) {
        long[] v = values;
        long selector = s.selector & 0xFFFF;
        long limit = s.limit & 0xFFFFFFFFL;
        long rights = access & 0xFFFFFFFFL;
        if ((v[SELECTOR_SLOT + i] ^ selector | v[BASE_SLOT + i] ^ s.base | v[LIMIT_SLOT + i] ^ limit | v[ACCESS_SLOT + i] ^ rights) != 0) {
            v[SELECTOR_SLOT + i] = selector;
            v[BASE_SLOT + i] = s.base;
            v[LIMIT_SLOT + i] = limit;
            v[ACCESS_SLOT + i] = rights;
            changed |= SEGMENTS;
        }
    }

    /** VMREAD of a supported encoding of the VMCS whose region is at {@code p} and that no processor has current. */
    static long read(Cpu c, long p, int encoding) {
        long v = PhysicalAccess.read64(c, p + OFFSETS[slot(encoding)]);
        return (encoding & 1) != 0 ? v >>> 32 : v;
    }

    /** VMWRITE of a supported encoding of the VMCS whose region is at {@code p} and that no processor has current. */
    static void write(Cpu c, long p, int encoding, long value) {
        long at = p + OFFSETS[slot(encoding)];
        PhysicalAccess.write64(c, at, merged(encoding, PhysicalAccess.read64(c, at), value));
    }

    private static long merged(int encoding, long before, long value) {
        return switch (encoding >>> 13 & 3) {
            case 0 -> value & 0xFFFF;
            case 2 -> value & 0xFFFFFFFFL;
            case 1 -> (encoding & 1) != 0 ? before & 0xFFFFFFFFL | value << 32 : value;
            default -> value;
        };
    }

    /** VMREAD of a supported encoding: halves and widths as the encoding says. */
    long read(int encoding) {
        long v = values[slot(encoding)];
        return (encoding & 1) != 0 ? v >>> 32 : v;
    }

    /** VMWRITE of a supported encoding. */
    void write(int encoding, long value) {
        // both halves of a field have its slot
        set(encoding, merged(encoding, values[slot(encoding)], value));
    }

    /** Makes the VMCS at {@code p} current. */
    void load(Cpu c, long p) {
        pointer = p;
        recheck();
        shadow = (PhysicalAccess.read32(c, p) & SHADOW) != 0;
        borrowed = false;
        launched = PhysicalAccess.read32(c, p + LAUNCH_OFFSET) != 0;
        paging = PhysicalAccess.read32(c, p + PAGING_OFFSET);
        long raw = PhysicalAccess.plainPage(c, p);
        for (int i = 0; i < FIELDS.length; i++) {
            int offset = FIELDS_OFFSET + 8 * i;
            values[FIELD_SLOTS[i]] = raw != 0 ? Raw.get64(raw + offset) : PhysicalAccess.read64(c, p + offset);
        }
    }

    /** Writes the current VMCS back to its region; it stays current. */
    void store(Cpu c) {
        if (pointer == NONE || borrowed) {
            return;
        }
        PhysicalAccess.write32(c, pointer + LAUNCH_OFFSET, launched ? 1 : 0);
        PhysicalAccess.write32(c, pointer + PAGING_OFFSET, paging);
        long raw = PhysicalAccess.plainPage(c, pointer);
        for (int i = 0; i < FIELDS.length; i++) {
            int offset = FIELDS_OFFSET + 8 * i;
            long v = values[FIELD_SLOTS[i]];
            if (raw != 0) {
                Raw.put64(raw + offset, v);
            } else {
                PhysicalAccess.write64(c, pointer + offset, v);
            }
        }
    }

    /** Makes a region of another form current, with all fields 0. */
    void borrow(long p) {
        pointer = p;
        recheck();
        borrowed = true;
        shadow = false;
        paging = 0;
        Arrays.fill(values, 0);
    }

    /** Sets the launch state of the VMCS at {@code p}, current or not, to clear. */
    void clearLaunchState(Cpu c, long p) {
        PhysicalAccess.write32(c, p + LAUNCH_OFFSET, 0);
    }

    /** Leaves the VMX-abort indicator in the region (SDM vol. 3C, 27.7). */
    void abort(Cpu c, int indicator) {
        // an enlightened VMCS has it at the same place
        PhysicalAccess.write32(c, pointer + ABORT_OFFSET, indicator);
    }

    void save(StateWriter out) {
        out.put("pointer", pointer);
        out.put("launched", launched);
        out.put("shadow", shadow);
        out.put("borrowed", borrowed);
        out.put("paging", paging);
        for (int field : FIELDS) {
            out.put(VmcsText.name(field), values[slot(field)]);
        }
    }

    void restore(StateReader in) {
        pointer = in.take();
        launched = in.takeBoolean();
        shadow = in.takeBoolean();
        borrowed = in.takeBoolean();
        paging = (int) in.take();
        recheck();
        for (int field : FIELDS) {
            values[slot(field)] = in.take();
        }
    }
}
