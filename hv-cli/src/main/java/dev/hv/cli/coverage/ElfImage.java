package dev.hv.cli.coverage;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.tukaani.xz.XZFormatException;
import org.tukaani.xz.XZInputStream;

/**
 * Sections and symbols of an ELF image of x86, 32 or 64 bits, whose sections may be compressed with zlib (gABI, "Section Compression"). Sections of a relocatable file, as a kernel's module is, get addresses of their own, one page behind the other, and its
 * debugging information is relocated to them. The file is hostile as far as this goes: what is wrong with it ends in a {@link DwarfException}.
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
    private static final int RELOCATABLE = 1;
    private static final int X86_64 = 62;
    private static final int ALLOCATED = 2;
    private static final long PAGE = 0x1000;
    private static final String PACKED = ".xz";
    private static final long NOWHERE = -1;

    /**
     * A section.
     *
     * @param address where it is loaded; 0 for one that is not
     * @param info of one with relocations: number of the section that they are of
     */
    public record Section(String name, int type, long flags, long address, long offset, long size, int link, int info) {
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
    private final boolean relocatable;
    private final List<Section> sections = new ArrayList<>();
    private Relocations relocations;

    /**
     * Opens an image.
     *
     * @throws DwarfException when it is none
     * @throws IOException when the file cannot be read
     */
    public ElfImage(Path path) throws IOException {
        file = path.toString().endsWith(PACKED) ? unpacked(path) : FileChannel.open(path, StandardOpenOption.READ);
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
            head.seek(0x10);
            relocatable = head.u16() == RELOCATABLE;
            if (relocatable && (!wide || head.u16() != X86_64)) {
                throw new DwarfException("is a relocatable file of another machine than x86-64");
            }
            head.seek(wide ? 0x28 : 0x20);
            long table = wide ? head.u64() : head.u32();
            head.skip(wide ? 0x3A - 0x30 : 0x2E - 0x24);
            readSections(table, head.u16(), head.u16(), head.u16());
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** A file of the contents of a packed one, which goes when it is closed. */
    private static FileChannel unpacked(Path path) throws IOException {
        Path file = Files.createTempFile("hv-", ".elf");
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        try (var in = new XZInputStream(new BufferedInputStream(Files.newInputStream(path)))) {
            if (channel.transferFrom(Channels.newChannel(in), 0, MOST + 1) > MOST) {
                throw new DwarfException("is larger than 1 GiB when it is unpacked");
            }
            return channel;
        } catch (XZFormatException | EOFException e) {
            channel.close();
            throw new DwarfException("is no xz file, or cut off");
        } catch (IOException e) {
            channel.close();
            throw e instanceof DwarfException ? e : new DwarfException("cannot be unpacked: " + e.getMessage());
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
            sections.add(new Section(text.text(), s.type, s.flags, s.address, s.offset, s.size, s.link, s.info));
        }
        if (relocatable) {
            place();
        }
    }

    /** Gives what is loaded an address: pages of its own, so that an address is of one section. */
    private void place() throws DwarfException {
        long at = PAGE;
        for (int i = 0; i < sections.size(); i++) {
            Section s = sections.get(i);
            if ((s.flags & ALLOCATED) != 0) {
                if (s.size < 0 || s.size > MOST) {
                    throw new DwarfException("section %s is cut off".formatted(s.name));
                }
                sections.set(i, new Section(s.name, s.type, s.flags, at, s.offset, s.size, s.link, s.info));
                at += (s.size + PAGE - 1) / PAGE * PAGE + PAGE;
            }
        }
    }

    private Section section(Bytes h, String name) throws DwarfException {
        h.skip(4);
        int type = (int) h.u32();
        long flags = wide ? h.u64() : h.u32();
        long address = wide ? h.u64() : h.u32();
        long offset = wide ? h.u64() : h.u32();
        long size = wide ? h.u64() : h.u32();
        int link = (int) h.u32();
        return new Section(name, type, flags, address, offset, size, link, (int) h.u32());
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

    /** Whether it is not linked yet, and its addresses are made up. */
    public boolean relocatable() {
        return relocatable;
    }

    /** All sections with names. */
    public List<Section> sections() {
        return sections;
    }

    /** What a section holds, as it was before it was compressed; an empty cursor when there is none of this name. */
    Bytes contents(String name) throws IOException {
        for (int i = 0; i < sections.size(); i++) {
            if (sections.get(i).name.equals(name)) {
                Bytes all = contents(sections.get(i));
                if (relocatable) {
                    relocate(all, i);
                }
                return all;
            }
        }
        return new Bytes(name, new byte[0]);
    }

    private void relocate(Bytes section, int number) throws IOException {
        if (relocations == null) {
            relocations = new Relocations();
            for (Section s : sections) {
                if (s.type == SYMBOLS) {
                    relocations.symbols(contents(s), sections);
                }
            }
        }
        for (Section s : sections) {
            if (s.type == Relocations.WITH_ADDENDS && s.info == number) {
                relocations.apply(contents(s), section);
            }
        }
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
                long base = 0;
                if (wide) {
                    info = e.u8();
                    e.skip(1);
                    base = base(e.u16());
                    address = e.u64();
                    size = e.u64();
                } else {
                    address = e.u32();
                    size = e.u32();
                    info = e.u8();
                }
                int type = info & 0xF;
                if (name != 0 && (type == FUNCTION || type == NO_TYPE) && base != NOWHERE) {
                    names.seek(name);
                    all.add(new Symbol(names.text(), address + base, size, type == FUNCTION));
                }
            }
        }
        return all;
    }

    /** What a symbol's value counts from, by its section's number: in a relocatable file its section's address, where that is loaded. */
    private long base(int section) {
        if (!relocatable) {
            return 0;
        }
        return section > 0 && section < sections.size() && sections.get(section).address != 0 ? sections.get(section).address : NOWHERE;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
