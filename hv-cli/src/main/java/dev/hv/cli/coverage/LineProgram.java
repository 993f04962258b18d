package dev.hv.cli.coverage;

import java.util.ArrayList;
import java.util.List;

/**
 * Line tables of DWARF, versions 2 to 5 (DWARF 5, section 6.2): runs the programs of {@code .debug_line} and gives the rows that come of them. The section is hostile as far as this goes.
 */
final class LineProgram {

    /** Gets what the tables say. */
    interface Rows {
        /**
         * Code from one address to before another belongs to a line.
         *
         * @param file path of the source, as the table has it
         */
        void row(long from, long to, String file, int line);
    }

    private static final int MOST_LINE = 1 << 20;
    /** Rows and names that a table of a byte can have at most, so that no small file takes for ever. */
    private static final int MOST_ENTRIES = 1 << 22;

    private static final int DW_LNS_COPY = 1;
    private static final int DW_LNS_ADVANCE_PC = 2;
    private static final int DW_LNS_ADVANCE_LINE = 3;
    private static final int DW_LNS_SET_FILE = 4;
    private static final int DW_LNS_CONST_ADD_PC = 8;
    private static final int DW_LNS_FIXED_ADVANCE_PC = 9;
    private static final int DW_LNE_END_SEQUENCE = 1;
    private static final int DW_LNE_SET_ADDRESS = 2;
    private static final int DW_LNE_DEFINE_FILE = 3;
    private static final int DW_LNCT_PATH = 1;
    private static final int DW_LNCT_DIRECTORY_INDEX = 2;
    private static final int FIRST_EXTENDED_LENGTH = 0xFFFF_FFF0;

    private final Bytes lineStrings;
    private final Bytes strings;
    private final Rows rows;

    private int version;
    private int offsetSize;
    private int minimum;
    private int lineBase;
    private int lineRange;
    private int opcodeBase;
    private int[] operands;
    private final List<String> directories = new ArrayList<>();
    private final List<String> files = new ArrayList<>();

    private long address;
    private int file;
    private long line;
    /** Rows at the address that was reached last: their files and lines. */
    private final List<String> openFiles = new ArrayList<>();
    private final List<Integer> openLines = new ArrayList<>();
    private long openAt;

    private LineProgram(Bytes lineStrings, Bytes strings, Rows rows) {
        this.lineStrings = lineStrings;
        this.strings = strings;
        this.rows = rows;
    }

    /**
     * Runs all programs of a section.
     *
     * @param strings {@code .debug_str}
     * @throws DwarfException when something in it is damaged
     */
    static void run(Bytes section, Bytes lineStrings, Bytes strings, Rows rows) throws DwarfException {
        var program = new LineProgram(lineStrings, strings, rows);
        while (!section.atEnd()) {
            program.unit(section);
        }
    }

    private void unit(Bytes section) throws DwarfException {
        long length = section.u32();
        offsetSize = 4;
        if (length == 0xFFFF_FFFFL) {
            length = section.u64();
            offsetSize = 8;
        } else if (Integer.compareUnsigned((int) length, FIRST_EXTENDED_LENGTH) >= 0) {
            throw section.bad("has a length that is reserved");
        }
        Bytes unit = section.part(length);
        version = unit.u16();
        if (version < 2 || version > 5) {
            throw unit.bad("has a line table of version " + version + " (2 to 5 are known)");
        }
        if (version >= 5) {
            // sizes of an address, which instructions say themselves, and of a segment's selector
            unit.skip(2);
        }
        Bytes header = unit.part(unit.number(offsetSize));
        minimum = header.u8();
        if (version >= 4) {
            header.skip(1);
        }
        header.skip(1);
        lineBase = (byte) header.u8();
        lineRange = header.u8();
        opcodeBase = header.u8();
        operands = new int[Math.max(1, opcodeBase)];
        for (int i = 1; i < opcodeBase; i++) {
            operands[i] = header.u8();
        }
        directories.clear();
        files.clear();
        if (version >= 5) {
            for (String d : entries(header, false)) {
                directories.add(d);
            }
            files.addAll(entries(header, true));
        } else {
            directories.add("");
            for (String d = header.text(); !d.isEmpty(); d = header.text()) {
                directories.add(d);
            }
            files.add("");
            for (String f = header.text(); !f.isEmpty(); f = header.text()) {
                defineFile(header, f);
            }
        }
        program(unit);
    }

    private void defineFile(Bytes from, String name) throws DwarfException {
        long directory = from.uleb();
        from.uleb();
        from.uleb();
        files.add(path(name, directory));
    }

    private String path(String name, long directory) {
        String d = directory >= 0 && directory < directories.size() ? directories.get((int) directory) : "";
        if (d.isEmpty() || name.startsWith("/")) {
            return name;
        }
        String top = version >= 5 && directory > 0 && !directories.isEmpty() && !d.startsWith("/") ? directories.getFirst() + "/" : "";
        return top + d + "/" + name;
    }

    /** Directories or files of a table of version 5, which says itself what they are written as. */
    private List<String> entries(Bytes header, boolean ofFiles) throws DwarfException {
        int formats = header.u8();
        long[] kinds = new long[formats];
        long[] forms = new long[formats];
        for (int i = 0; i < formats; i++) {
            kinds[i] = header.uleb();
            forms[i] = header.uleb();
        }
        long count = header.uleb();
        if (count < 0 || count > MOST_ENTRIES || formats == 0 && count > 0) {
            throw header.bad("has too many names");
        }
        List<String> all = new ArrayList<>();
        for (long n = 0; n < count; n++) {
            String name = "";
            long directory = 0;
            for (int i = 0; i < formats; i++) {
                if (kinds[i] == DW_LNCT_PATH) {
                    name = text(header, (int) forms[i]);
                } else {
                    long value = value(header, (int) forms[i]);
                    directory = kinds[i] == DW_LNCT_DIRECTORY_INDEX ? value : directory;
                }
            }
            all.add(ofFiles ? path(name, directory) : name);
        }
        return all;
    }

    /** A text by its form (DWARF 5, section 7.5.6). */
    private String text(Bytes from, int form) throws DwarfException {
        return switch (form) {
            case 0x08 -> from.text();
            case 0x1F -> at(lineStrings, from.number(offsetSize));
            case 0x0E -> at(strings, from.number(offsetSize));
            default -> throw from.bad("has a name of form %#x".formatted(form));
        };
    }

    private static String at(Bytes section, long offset) throws DwarfException {
        section.seek(offset);
        return section.text();
    }

    private long value(Bytes from, int form) throws DwarfException {
        return switch (form) {
            case 0x0B -> from.u8();
            case 0x05 -> from.u16();
            case 0x06 -> from.u32();
            case 0x07 -> from.u64();
            case 0x0F -> from.uleb();
            case 0x08 -> {
                from.text();
                yield 0;
            }
            case 0x0E, 0x1F -> from.number(offsetSize);
            case 0x1E -> skip(from, 16);
            case 0x09 -> skip(from, from.uleb());
            case 0x0A -> skip(from, from.u8());
            case 0x03 -> skip(from, from.u16());
            case 0x04 -> skip(from, from.u32());
            default -> throw from.bad("has a value of form %#x".formatted(form));
        };
    }

    private static long skip(Bytes from, long count) throws DwarfException {
        from.skip(count);
        return 0;
    }

    // ---- the program (6.2.5) --------------------------------------------------------------------------------------------------

    private void restart() {
        address = 0;
        file = 1;
        line = 1;
        openFiles.clear();
        openLines.clear();
    }

    private void program(Bytes code) throws DwarfException {
        restart();
        while (!code.atEnd()) {
            int op = code.u8();
            if (op >= opcodeBase) {
                if (lineRange == 0) {
                    throw code.bad("has a line range of 0");
                }
                int adjusted = op - opcodeBase;
                address += (long) (adjusted / lineRange) * minimum;
                line += lineBase + adjusted % lineRange;
                row();
            } else if (op == 0) {
                extended(code);
            } else {
                standard(code, op);
            }
        }
    }

    private void standard(Bytes code, int op) throws DwarfException {
        switch (op) {
            case DW_LNS_COPY -> row();
            case DW_LNS_ADVANCE_PC -> address += code.uleb() * minimum;
            case DW_LNS_ADVANCE_LINE -> line += code.sleb();
            case DW_LNS_SET_FILE -> file = (int) code.uleb();
            case DW_LNS_CONST_ADD_PC -> {
                if (lineRange == 0) {
                    throw code.bad("has a line range of 0");
                }
                address += (long) ((255 - opcodeBase) / lineRange) * minimum;
            }
            case DW_LNS_FIXED_ADVANCE_PC -> address += code.u16();
            // columns, statements and blocks say nothing of lines; others have the operands that the header says
            default -> {
                for (int n = operands[op]; n > 0; n--) {
                    code.uleb();
                }
            }
        }
    }

    private void extended(Bytes code) throws DwarfException {
        Bytes e = code.part(code.uleb());
        if (e.atEnd()) {
            return;
        }
        switch (e.u8()) {
            case DW_LNE_END_SEQUENCE -> {
                reach();
                restart();
            }
            case DW_LNE_SET_ADDRESS -> {
                int size = e.size();
                if (size != 4 && size != 8) {
                    throw e.bad("has an address of " + size + " bytes");
                }
                address = size == 4 ? e.u32() : e.u64();
            }
            case DW_LNE_DEFINE_FILE -> {
                if (version < 5) {
                    defineFile(e, e.text());
                }
            }
            default -> { }
        }
    }

    /** Ends the rows at the address before, when this one is beyond. */
    private void reach() {
        if (Long.compareUnsigned(address, openAt) > 0) {
            for (int i = 0; i < openFiles.size(); i++) {
                rows.row(openAt, address, openFiles.get(i), openLines.get(i));
            }
        }
    }

    private void row() {
        if (!openFiles.isEmpty() && address != openAt) {
            reach();
            openFiles.clear();
            openLines.clear();
        }
        openAt = address;
        int index = file;
        if (line > 0 && line < MOST_LINE && index >= 0 && index < files.size() && openLines.size() < MOST_LINE) {
            openFiles.add(files.get(index));
            openLines.add((int) line);
        }
    }
}
