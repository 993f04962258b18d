package dev.hv.cli.coverage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Sections and symbols of a linked ELF image of x86, 32 or 64 bits, whose sections may be compressed with zlib (gABI, "Section Compression"). The file is hostile as far as this goes: what is wrong with it ends in a {@link DwarfException}.
 */
public final class ElfImage implements AutoCloseable {

    /** Bytes that a section has at most, and that all that are read have together by what uses them one after the other. */
    private static final long MOST = 1L << 30;
    private static final int MOST_SECTIONS = 1 << 16;
    private static final int MAGIC = 0x464C457F;
    private static final int COMPRESSED = 0x800;
    private static final int EXECUTABLE = 0x4 | 0x2;
    private static final int NO_BITS = 8;
    private static final int SYMBOLS = 2;
    private static final int FUNCTION = 2;
    private static final int NO_TYPE = 0;
    private static final int ZLIB = 1;

    /**
     * A section.
     *
     * @param address where it is loaded; 0 for one that is not
     */
    public record Section(String name, int type, long flags, long address, long offset, long size, int link) {
        /** Whether it has code that is loaded. */
        public boolean code() {
            return (flags & EXECUTABLE) == EXECUTABLE && size > 0;
        }
    }

    /**
     * A symbol of code.
     *
     * @param size bytes of a function; 0 where it is not said
     */
    public record Symbol(String name, long address, long size, boolean function) {}

    private final FileChannel file;
    private final boolean wide;
    private final List<Section> sections = new ArrayList<>();

    /**
     * Opens an image.
     *
     * @throws DwarfException when it is none
     * @throws IOException when the file cannot be read
     */
    public ElfImage(Path path) throws IOException {
        file = FileChannel.open(path, StandardOpenOption.READ);
        try {
            Bytes head = read("ELF header", 0, Math.min(64, file.size()));
            if (head.u32() != MAGIC) {
                throw new DwarfException("is no ELF image");
            }
            int bits = head.u8();
            int order = head.u8();
            if (bits != 1 && bits != 2 || order != 1) {
                throw new DwarfException("is no little-endian ELF image of 32 or 64 bits");
            }
            wide = bits == 2;
            head.skip(wide ? 0x28 - 6 : 0x20 - 6);
            long table = wide ? head.u64() : head.u32();
            head.skip(wide ? 0x3A - 0x30 : 0x2E - 0x24);
            readSections(table, head.u16(), head.u16(), head.u16());
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private void readSections(long table, int entry, int count, int names) throws IOException {
        if (table == 0) {
            return;
        }
        if (entry < (wide ? 64 : 40)) {
            throw new DwarfException("section headers of %d bytes".formatted(entry));
        }
        // with more than fit into the header the first section says how many
        Bytes first = read("section headers", table, entry);
        Section zero = section(first, "");
        long all = count == 0 ? zero.size : count;
        int strings = names == 0xFFFF ? zero.link : names;
        if (all > MOST_SECTIONS) {
            throw new DwarfException("%d sections".formatted(all));
        }
        Bytes headers = read("section headers", table, all * entry);
        List<Integer> nameAt = new ArrayList<>();
        List<Section> raw = new ArrayList<>();
        for (int i = 0; i < all; i++) {
            Bytes h = headers.part(entry);
            int name = (int) h.u32();
            h.seek(h.position() - 4);
            nameAt.add(name);
            raw.add(section(h, ""));
        }
        if (strings < 0 || strings >= raw.size()) {
            return;
        }
        Bytes text = contents(raw.get(strings));
        for (int i = 0; i < raw.size(); i++) {
            Section s = raw.get(i);
            text.seek(nameAt.get(i) & 0xFFFF_FFFFL);
            sections.add(new Section(text.text(), s.type, s.flags, s.address, s.offset, s.size, s.link));
        }
    }

    private Section section(Bytes h, String name) throws DwarfException {
        h.skip(4);
        int type = (int) h.u32();
        long flags = wide ? h.u64() : h.u32();
        long address = wide ? h.u64() : h.u32();
        long offset = wide ? h.u64() : h.u32();
        long size = wide ? h.u64() : h.u32();
        return new Section(name, type, flags, address, offset, size, (int) h.u32());
    }

    private Bytes read(String what, long offset, long length) throws IOException {
        if (offset < 0 || length < 0 || length > MOST || offset > file.size() || length > file.size() - offset) {
            throw new DwarfException(what + " is cut off");
        }
        ByteBuffer b = ByteBuffer.allocate((int) length);
        while (b.hasRemaining()) {
            if (file.read(b, offset + b.position()) < 0) {
                throw new DwarfException(what + " is cut off");
            }
        }
        return new Bytes(what, b.array());
    }

    /** Whether addresses have 64 bits. */
    public boolean wide() {
        return wide;
    }

    /** All sections with names. */
    public List<Section> sections() {
        return sections;
    }

    /** What a section holds, as it was before it was compressed; an empty cursor when there is none of this name. */
    Bytes contents(String name) throws IOException {
        for (Section s : sections) {
            if (s.name.equals(name)) {
                return contents(s);
            }
        }
        return new Bytes(name, new byte[0]);
    }

    private Bytes contents(Section s) throws IOException {
        if (s.type == NO_BITS) {
            throw new DwarfException("section %s has no contents".formatted(s.name));
        }
        Bytes raw = read("section " + s.name, s.offset, s.size);
        if ((s.flags & COMPRESSED) == 0) {
            return raw;
        }
        long kind = raw.u32();
        if (wide) {
            raw.skip(4);
        }
        long size = wide ? raw.u64() : raw.u32();
        raw.skip(wide ? 8 : 4);
        if (kind != ZLIB) {
            throw new DwarfException("section %s is compressed in a way that is not known (%d); zlib is, as objcopy --compress-debug-sections=zlib makes it".formatted(s.name, kind));
        }
        if (size < 0 || size > MOST) {
            throw new DwarfException("section %s would have %s bytes".formatted(s.name, Long.toUnsignedString(size)));
        }
        return new Bytes(s.name, inflate(s, raw, (int) size));
    }

    private byte[] inflate(Section s, Bytes raw, int size) throws IOException {
        int head = raw.position();
        ByteBuffer packed = ByteBuffer.allocate((int) s.size - head);
        while (packed.hasRemaining() && file.read(packed, s.offset + head + packed.position()) >= 0) {
            // until all is there
        }
        var inflater = new Inflater();
        try {
            inflater.setInput(packed.array());
            byte[] out = new byte[(int) Math.min(size, 1032L * packed.capacity() + 1024)];
            int n = 0;
            while (n < out.length && !inflater.finished()) {
                int more = inflater.inflate(out, n, out.length - n);
                if (more == 0) {
                    break;
                }
                n += more;
            }
            if (n != size) {
                throw new DwarfException("section %s is damaged: it does not inflate to %d bytes".formatted(s.name, size));
            }
            return out;
        } catch (DataFormatException e) {
            throw new DwarfException("section %s is damaged: %s".formatted(s.name, e.getMessage()));
        } finally {
            inflater.end();
        }
    }

    /** Symbols of code: functions, and labels without a type. */
    public List<Symbol> symbols() throws IOException {
        List<Symbol> all = new ArrayList<>();
        for (Section s : sections) {
            if (s.type != SYMBOLS) {
                continue;
            }
            Bytes table = contents(s);
            Bytes names = s.link >= 0 && s.link < sections.size() ? contents(sections.get(s.link)) : new Bytes(s.name, new byte[0]);
            int entry = wide ? 24 : 16;
            for (long n = s.size / entry; n > 0; n--) {
                Bytes e = table.part(entry);
                long name = e.u32();
                long address;
                long size;
                int info;
                if (wide) {
                    info = e.u8();
                    e.skip(3);
                    address = e.u64();
                    size = e.u64();
                } else {
                    address = e.u32();
                    size = e.u32();
                    info = e.u8();
                }
                int type = info & 0xF;
                if (name != 0 && (type == FUNCTION || type == NO_TYPE)) {
                    names.seek(name);
                    all.add(new Symbol(names.text(), address, size, type == FUNCTION));
                }
            }
        }
        return all;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
