package dev.hv.cli.coverage;

import java.util.List;

/** Relocations of debugging information in a relocatable file of x86-64 (System V ABI, AMD64 supplement, "Relocation"): sums of a symbol and an addend. */
final class Relocations {

    /** Type of a section with relocations that say their addends. */
    static final int WITH_ADDENDS = 4;
    private static final int SYMBOL_BYTES = 24;
    private static final int ENTRY = 24;
    private static final int NONE = 0;
    private static final int R_X86_64_64 = 1;
    private static final int R_X86_64_32 = 10;
    private static final int R_X86_64_32S = 11;

    /** Addresses of symbols, by their numbers. */
    private long[] symbols = {};

    /** Reads the symbol table. */
    void symbols(Bytes table, List<ElfImage.Section> sections) throws DwarfException {
        long[] all = new long[table.size() / SYMBOL_BYTES];
        for (int i = 0; i < all.length; i++) {
            table.skip(6);
            int section = table.u16();
            all[i] = table.u64() + (section < sections.size() ? sections.get(section).address() : 0);
            table.skip(8);
        }
        symbols = all;
    }

    /** Relocates a section. */
    void apply(Bytes table, Bytes section) throws DwarfException {
        while (table.size() >= ENTRY) {
            long at = table.u64();
            int type = (int) table.u32();
            long symbol = table.u32();
            long addend = table.u64();
            if (symbol >= symbols.length) {
                throw table.bad("names a symbol that is not there");
            }
            long value = symbols[(int) symbol] + addend;
            switch (type) {
                case NONE -> { }
                case R_X86_64_64 -> section.put(at, value, 8);
                case R_X86_64_32, R_X86_64_32S -> section.put(at, value, 4);
                default -> throw table.bad("has a relocation of kind " + type + ", which is none of debugging information");
            }
        }
    }
}
