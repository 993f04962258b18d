package dev.hv.cli.debug;

import dev.hv.cpu.memory.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Structures of a kernel as it describes them itself (BTF, kernel documentation "BPF Type Format", section "BTF Type and String Encoding"): where their members are. What is read is a guest's and may be anything.
 */
final class BtfTypes implements StructLayout {

    private static final int MAGIC = 0xEB9F;
    private static final int HEADER = 24;
    private static final int TYPE = 12;
    private static final int MEMBER = 12;
    private static final int STRUCT = 4;
    /** Bytes behind a type's first three words, by kind: those of all of it, and those of each of its parts. */
    private static final int[] FIXED = {0, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0};
    private static final int[] EACH = {0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12};

    private final byte[] all;
    private final int strings;
    private final int end;
    /** Where structures are, by name. */
    private final Map<String, Integer> structures = new HashMap<>();

    private BtfTypes(byte[] all, int strings, int end) {
        this.all = all;
        this.strings = strings;
        this.end = end;
    }

    /** Reads a section; null when it is none. */
    static BtfTypes of(byte[] all) {
        if (all.length < HEADER || LittleEndian.u16(all, 0) != MAGIC) {
            return null;
        }
        long head = LittleEndian.u32(all, 4) & 0xFFFFFFFFL;
        long from = head + (LittleEndian.u32(all, 8) & 0xFFFFFFFFL);
        long to = from + (LittleEndian.u32(all, 12) & 0xFFFFFFFFL);
        long strings = head + (LittleEndian.u32(all, 16) & 0xFFFFFFFFL);
        long end = strings + (LittleEndian.u32(all, 20) & 0xFFFFFFFFL);
        if (to > all.length || end > all.length) {
            return null;
        }
        var types = new BtfTypes(all, (int) strings, (int) end);
        types.index((int) from, (int) to);
        return types;
    }

    private void index(int from, int to) {
        int at = from;
        while (at + TYPE <= to) {
            int info = LittleEndian.u32(all, at + 4);
            int kind = info >>> 24 & 0x1F;
            if (kind >= FIXED.length) {
                // of a newer format: how long it is is not known
                return;
            }
            if (kind == STRUCT) {
                structures.putIfAbsent(text(LittleEndian.u32(all, at)), at);
            }
            at += TYPE + FIXED[kind] + EACH[kind] * (info & 0xFFFF);
        }
    }

    private String text(int offset) {
        long at = strings + (offset & 0xFFFFFFFFL);
        int to = (int) Math.min(at, end);
        int begin = to;
        while (to < end && all[to] != 0) {
            to++;
        }
        return new String(all, begin, to - begin, StandardCharsets.ISO_8859_1);
    }

    @Override
    public int offset(String structure, String member) {
        Integer at = structures.get(structure);
        if (at == null) {
            return NONE;
        }
        int info = LittleEndian.u32(all, at + 4);
        for (int i = 0; i < (info & 0xFFFF); i++) {
            int m = at + TYPE + MEMBER * i;
            if (m + MEMBER <= all.length && text(LittleEndian.u32(all, m)).equals(member)) {
                // in bits; with bit fields in the structure a width stands above
                int bits = LittleEndian.u32(all, m + 8) & (info < 0 ? 0xFFFFFF : -1);
                return bits >>> 3;
            }
        }
        return NONE;
    }
}
