package dev.hv.cli.debug;

import dev.hv.cli.debug.SymbolTable.Symbol;
import dev.hv.cpu.memory.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntToLongFunction;

/**
 * The symbols that Linux has of itself in its memory (kallsyms): where its tables are, VMCOREINFO says since 6.0. Names are strings of tokens, of which a byte
 * names one of 256. All of it is the guest's and may be anything.
 */
final class GuestSymbols {

    private static final int MOST_SYMBOLS = 1 << 20;
    private static final int TOKENS = 256;
    private static final int MOST_TOKEN_BYTES = 1 << 16;
    private static final int CHUNK = 0x10000;

    private final LinearMemory memory;
    private final Map<String, String> info;

    /**
     * Of a guest.
     *
     * @param info what its VMCOREINFO says, by keys
     */
    GuestSymbols(LinearMemory memory, Map<String, String> info) {
        this.memory = memory;
        this.info = info;
    }

    /** The symbols; null when the guest has none that make sense. */
    SymbolTable read() {
        try {
            byte[] word = memory.read(symbol("kallsyms_num_syms"), 4);
            int count = LittleEndian.u32(word, 0);
            boolean relative = info.containsKey("SYMBOL(kallsyms_relative_base)");
            byte[] base = relative ? memory.read(symbol("kallsyms_relative_base"), 8) : new byte[8];
            if (count <= 0 || count > MOST_SYMBOLS || base.length < 8) {
                return null;
            }
            byte[] offsets = memory.read(symbol("kallsyms_offsets"), 4 * count);
            String[] tokens = tokens();
            return offsets.length == 4 * count && tokens != null ? table(count, relative ? relative(LittleEndian.u64(base, 0), offsets) : eachFromItsPlace(offsets), tokens) : null;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return null;
        }
    }

    private long symbol(String name) {
        String value = info.get("SYMBOL(" + name + ")");
        if (value == null) {
            throw new IllegalArgumentException(name);
        }
        return Long.parseUnsignedLong(value, 16);
    }

    private String[] tokens() {
        byte[] index = memory.read(symbol("kallsyms_token_index"), 2 * TOKENS);
        // the last token ends the table, wherever that is
        byte[] text = memory.read(symbol("kallsyms_token_table"), MOST_TOKEN_BYTES);
        String[] tokens = new String[TOKENS];
        for (int i = 0; i < TOKENS; i++) {
            int at = LittleEndian.u16(index, 2 * i);
            int end = at;
            while (text[end] != 0) {
                end++;
            }
            tokens[i] = new String(text, at, end - at, StandardCharsets.ISO_8859_1);
        }
        return tokens;
    }

    /** Addresses as kernels have them that have a base for all. */
    private static IntToLongFunction relative(long base, byte[] offsets) {
        // with processors' data at absolute addresses, those of everything else are negative
        boolean negative = LittleEndian.u32(offsets, offsets.length - 4) < 0;
        return i -> {
            int offset = LittleEndian.u32(offsets, 4 * i);
            return !negative ? base + (offset & 0xFFFFFFFFL) : offset >= 0 ? offset : base - 1 - offset;
        };
    }

    /** Addresses as kernels have them without a base, 7.2 for one: each entry says how far its symbol is from the entry. */
    private IntToLongFunction eachFromItsPlace(byte[] offsets) {
        long table = symbol("kallsyms_offsets");
        return i -> table + 4L * i + LittleEndian.u32(offsets, 4 * i);
    }

    private SymbolTable table(int count, IntToLongFunction addresses, String[] tokens) {
        var names = new Names(symbol("kallsyms_names"));
        List<Symbol> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int length = names.next();
            if ((length & 0x80) != 0) {
                length = length & 0x7F | names.next() << 7;
            }
            var name = new StringBuilder();
            for (int n = 0; n < length; n++) {
                String token = tokens[names.next()];
                if (name.length() < SymbolTable.MOST_NAME) {
                    name.append(token);
                }
            }
            if (name.length() > 1) {
                all.add(new Symbol(addresses.applyAsLong(i), name.charAt(0), name.substring(1)));
            }
        }
        return new SymbolTable(all);
    }

    /** The bytes of names, from memory as they are asked for. */
    private final class Names {
        private long from;
        private byte[] chunk = {};
        private int at;

        Names(long from) {
            this.from = from;
        }

        int next() {
            if (at == chunk.length) {
                from += chunk.length;
                chunk = memory.read(from, CHUNK);
                at = 0;
            }
            return chunk[at++] & 0xFF;
        }
    }
}
