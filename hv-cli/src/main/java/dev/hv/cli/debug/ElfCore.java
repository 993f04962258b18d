package dev.hv.cli.debug;

import dev.hv.cli.config.OutputFiles;
import dev.hv.core.machine.MemoryRange;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * An ELF core file of a machine's physical memory (System V ABI, "Object Files"; its AMD64 supplement for the registers): a PT_LOAD for each range of memory, and a PT_NOTE with
 * an NT_PRSTATUS for each processor, and with VMCOREINFO when Linux keeps one in memory. Virtual addresses of the file are the physical ones. Pages of zeros are holes.
 */
public final class ElfCore {

    private static final int PAGE = 0x1000;
    private static final int HEADER = 64;
    private static final int PROGRAM_HEADER = 56;
    private static final int LOAD = 1;
    private static final int NOTE = 4;
    private static final int READ_WRITE_EXECUTE = 7;
    private static final int PRSTATUS = 1;
    /** Bytes of a prstatus, and where in it the process and its registers are. */
    private static final int PRSTATUS_BYTES = 336;
    private static final int PRSTATUS_PID = 32;
    private static final int PRSTATUS_REGISTERS = 112;
    /** Bytes that are read at a time. */
    private static final int CHUNK = 1 << 20;

    /** Registers of a processor in a core file, in this order; the system call's number is none. */
    public enum Register {
        R15, R14, R13, R12, RBP, RBX, R11, R10, R9, R8, RAX, RCX, RDX, RSI, RDI, ORIG_RAX, RIP, CS, EFLAGS, RSP, SS, FS_BASE, GS_BASE, DS, ES, FS, GS
    }

    /** A machine that stands still. */
    public interface Source extends PhysicalMemory {

        /** Each processor's registers, in the order of {@link Register}. */
        List<long[]> processors();
    }

    private final Source source;
    private final byte[] chunk = new byte[CHUNK];

    private ElfCore(Source source) {
        this.source = source;
    }

    /**
     * Writes a core file, whole or not at all; one that was there is replaced.
     *
     * @throws IOException when it cannot be written
     */
    public static void write(Source source, Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException("is a folder");
        }
        OutputFiles.whole(file, "rw-------", part -> {
            try (var out = new RandomAccessFile(part.toFile(), "rw")) {
                new ElfCore(source).write(out);
                out.getFD().sync();
            }
        });
    }

    private void write(RandomAccessFile out) throws IOException {
        List<MemoryRange> ranges = source.memory();
        byte[] notes = notes();
        int notesAt = HEADER + PROGRAM_HEADER * (1 + ranges.size());
        ByteBuffer head = ByteBuffer.allocate(notesAt + notes.length).order(ByteOrder.LITTLE_ENDIAN);
        // ELFCLASS64, ELFDATA2LSB, EV_CURRENT
        head.put(new byte[] {0x7F, 'E', 'L', 'F', 2, 1, 1}).position(16);
        // ET_CORE, EM_X86_64
        head.putShort((short) 4).putShort((short) 62).putInt(1).putLong(0).putLong(HEADER).putLong(0).putInt(0);
        head.putShort((short) HEADER).putShort((short) PROGRAM_HEADER).putShort((short) (1 + ranges.size()));
        head.position(HEADER);
        programHeader(head, NOTE, 0, notesAt, 0, notes.length, 4);
        long at = up(head.capacity(), PAGE);
        long first = at;
        for (MemoryRange r : ranges) {
            // no alignment is asked for, as in the dumps that Linux makes of itself: by that crash(8) knows them from those of netdump
            programHeader(head, LOAD, READ_WRITE_EXECUTE, at, r.base(), r.length(), 0);
            at += r.length();
        }
        head.put(notes);
        out.setLength(at);
        out.write(head.array());
        at = first;
        for (MemoryRange r : ranges) {
            contents(out, r, at);
            at += r.length();
        }
    }

    private static void programHeader(ByteBuffer to, int type, int flags, long offset, long address, long length, long align) {
        to.putInt(type).putInt(flags).putLong(offset).putLong(address).putLong(address).putLong(length).putLong(length).putLong(align);
    }

    private void contents(RandomAccessFile out, MemoryRange range, long at) throws IOException {
        for (long done = 0; done < range.length(); done += CHUNK) {
            int n = read(range.base() + done, (int) Math.min(CHUNK, range.length() - done));
            for (int from = 0; from < n; ) {
                int to = from;
                while (to < n && !zero(to)) {
                    to += PAGE;
                }
                if (to > from) {
                    out.seek(at + done + from);
                    out.write(chunk, from, to - from);
                }
                from = Math.max(to, from + PAGE);
            }
        }
    }

    /** Reads into the chunk; what cannot be read is zero. */
    private int read(long physical, int length) {
        byte[] page = new byte[PAGE];
        for (int done = 0; done < length; done += PAGE) {
            if (!source.read(physical + done, page)) {
                Arrays.fill(page, (byte) 0);
            }
            System.arraycopy(page, 0, chunk, done, PAGE);
        }
        return length;
    }

    private boolean zero(int page) {
        for (int i = page; i < page + PAGE; i++) {
            if (chunk[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private byte[] notes() {
        List<long[]> processors = source.processors();
        byte[] info = VmcoreInfo.find(source);
        ByteBuffer to = ByteBuffer.allocate(processors.size() * (PRSTATUS_BYTES + 32) + info.length + 32).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < processors.size(); i++) {
            ByteBuffer status = ByteBuffer.allocate(PRSTATUS_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            // threads of number 0 are none to GDB
            status.putInt(PRSTATUS_PID, i + 1).position(PRSTATUS_REGISTERS);
            for (long value : processors.get(i)) {
                status.putLong(value);
            }
            note(to, "CORE", PRSTATUS, status.array());
        }
        if (info.length > 0) {
            note(to, "VMCOREINFO", 0, info);
        }
        return Arrays.copyOf(to.array(), to.position());
    }

    private static void note(ByteBuffer to, String name, int type, byte[] contents) {
        to.putInt(name.length() + 1).putInt(contents.length).putInt(type);
        to.put(name.getBytes(StandardCharsets.US_ASCII)).put((byte) 0).position((int) up(to.position(), 4));
        to.put(contents).position((int) up(to.position(), 4));
    }

    private static long up(long value, int unit) {
        return (value + unit - 1) / unit * unit;
    }
}
