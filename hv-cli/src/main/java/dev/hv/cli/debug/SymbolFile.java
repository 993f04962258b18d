package dev.hv.cli.debug;

import dev.hv.cli.config.InputFiles;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.debug.SymbolTable.Symbol;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads symbols from a file: System.map and {@code /proc/kallsyms} (lines of address, type and name), or an ELF file with a symbol table, as vmlinux is. */
public final class SymbolFile {

    private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{8,16}) ([A-Za-z?]) (\\S+)(?:\\s+\\[([^\\]\\s]+)\\])?(?:\\s.*)?");
    private static final long MOST_BYTES = Integer.MAX_VALUE;
    private static final int SYMTAB = 2;
    private static final int SYMBOL_BYTES = 24;
    private static final int FUNCTION = 2;

    private SymbolFile() {}

    /**
     * Reads a file.
     *
     * @throws UsageException when it cannot be read, or has no symbols
     */
    public static SymbolTable read(Path file) {
        InputFiles.require("--symbols", file);
        try {
            byte[] magic = new byte[4];
            try (var in = Files.newInputStream(file)) {
                in.readNBytes(magic, 0, magic.length);
            }
            boolean elf = magic[0] == 0x7F && magic[1] == 'E' && magic[2] == 'L' && magic[3] == 'F';
            List<Symbol> all = elf ? elf(file) : lines(file);
            if (all.isEmpty()) {
                throw new UsageException("--symbols " + file + ": no symbols in it; System.map, kallsyms or a vmlinux that is not stripped is needed");
            }
            return new SymbolTable(all);
        } catch (IOException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new UsageException("--symbols " + file + ": cannot be read: " + e.getMessage());
        }
    }

    private static List<Symbol> lines(Path file) throws IOException {
        List<Symbol> all = new ArrayList<>();
        try (var lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            lines.forEach(line -> {
                Matcher m = LINE.matcher(line);
                if (m.matches()) {
                    all.add(new Symbol(Long.parseUnsignedLong(m.group(1), 16), m.group(2).charAt(0), m.group(3), Objects.requireNonNullElse(m.group(4), "")));
                }
            });
        }
        return all;
    }

    /** System V ABI, "Object Files": 64-bit, little-endian. */
    private static List<Symbol> elf(Path file) throws IOException {
        List<Symbol> all = new ArrayList<>();
        try (var channel = Files.newByteChannel(file)) {
            ByteBuffer head = part(channel, 0, 64);
            if (head.get(4) != 2 || head.get(5) != 1) {
                throw new IOException("not a 64-bit little-endian ELF file");
            }
            int entry = head.getShort(58) & 0xFFFF;
            int count = head.getShort(60) & 0xFFFF;
            ByteBuffer sections = part(channel, head.getLong(40), (long) entry * count);
            for (int i = 0; i < count; i++) {
                int at = i * entry;
                if (sections.getInt(at + 4) == SYMTAB) {
                    int strings = sections.getInt(at + 40) * entry;
                    ByteBuffer names = part(channel, sections.getLong(strings + 24), sections.getLong(strings + 32));
                    symbols(part(channel, sections.getLong(at + 24), sections.getLong(at + 32)), names, all);
                }
            }
        }
        return all;
    }

    private static void symbols(ByteBuffer table, ByteBuffer names, List<Symbol> to) {
        for (int at = 0; at + SYMBOL_BYTES <= table.capacity(); at += SYMBOL_BYTES) {
            int type = table.get(at + 4) & 15;
            if (type > FUNCTION || table.getShort(at + 6) == 0) {
                continue;
            }
            int name = table.getInt(at);
            int end = name;
            while (names.get(end) != 0) {
                end++;
            }
            if (end > name) {
                to.add(new Symbol(table.getLong(at + 8), type == 1 ? 'd' : 't', new String(names.array(), name, end - name, StandardCharsets.ISO_8859_1)));
            }
        }
    }

    private static ByteBuffer part(SeekableByteChannel channel, long at, long length) throws IOException {
        if (length < 0 || length > MOST_BYTES || at < 0 || at + length > channel.size()) {
            throw new IOException("a table of it lies outside");
        }
        ByteBuffer b = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
        channel.position(at);
        while (b.hasRemaining() && channel.read(b) >= 0) { }
        return b;
    }
}
