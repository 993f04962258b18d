package dev.hv.cpu.translate;

import dev.hv.cpu.memory.HostLibrary;
import dev.hv.cpu.memory.Raw;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Cleaner;

/**
 * Memory that code is written to at one address and executed from at another: one anonymous file mapped twice, so that no page is ever
 * writable and executable at once and nothing has to be protected anew (which takes hundreds of microseconds). The host has it back when
 * nobody refers to it any more.
 */
final class CodeMemory {

    private static final int CLOSE_ON_EXEC = 1;
    private static final int READ_WRITE = 3;
    private static final int READ_EXECUTE = 5;
    private static final int SHARED = 1;
    private static final Cleaner CLEANER = Cleaner.create();

    /** Where it is written. */
    final long writable;
    /** Where it is executed. */
    final long executable;
    final long size;

    private CodeMemory(long writable, long executable, long size) {
        this.writable = writable;
        this.executable = executable;
        this.size = size;
    }

    /**
     * Maps memory for code.
     *
     * @param size bytes, a multiple of the page size; the host commits them as they are written
     * @return null when the host does not allow it; {@link #refusal} then says why
     */
    static CodeMemory map(long size) {
        if (Host.REFUSAL != null) {
            return null;
        }
        long file = Host.file(size);
        if (file < 0) {
            return null;
        }
        long writable = Host.map(size, READ_WRITE, (int) file);
        long executable = Host.map(size, READ_EXECUTE, (int) file);
        Host.close((int) file);
        if (writable == -1 || executable == -1) {
            Host.unmap(writable, size);
            Host.unmap(executable, size);
            return null;
        }
        var memory = new CodeMemory(writable, executable, size);
        CLEANER.register(memory, () -> {
            Host.unmap(writable, size);
            Host.unmap(executable, size);
        });
        return memory;
    }

    /** Why {@link #map} gives nothing: a few words. */
    static String refusal() {
        return Host.REFUSAL != null ? Host.REFUSAL : "the host gives no executable memory";
    }

    /** The calls of the host's C library, looked up once. */
    private static final class Host {

        static final String REFUSAL = refusal();
        private static final HostLibrary.Function MEMFD = find("memfd_create");
        private static final HostLibrary.Function FTRUNCATE = find("ftruncate");
        private static final HostLibrary.Function MMAP = find("mmap");
        private static final HostLibrary.Function MUNMAP = find("munmap");
        private static final HostLibrary.Function CLOSE = find("close");

        private static String refusal() {
            String system = System.getProperty("os.name");
            String processor = System.getProperty("os.arch");
            if (!"Linux".equals(system) || !"amd64".equals(processor)) {
                return "it is written for Linux on x86-64, not for " + system + " on " + processor;
            }
            return HostLibrary.find("memfd_create").isEmpty() ? "the host's C library has no memfd_create" : null;
        }

        private static HostLibrary.Function find(String name) {
            return REFUSAL != null ? null : HostLibrary.find(name).orElseThrow();
        }

        static long file(long size) {
            long name = Raw.allocate(Long.BYTES);
            try {
                Raw.put64(name, 'h' | 'v' << 8);
                int file = (int) MEMFD.call(name, CLOSE_ON_EXEC, 0, 0);
                if (file >= 0 && (int) FTRUNCATE.call(file, size, 0, 0) != 0) {
                    close(file);
                    return -1;
                }
                return file;
            } finally {
                Raw.free(name);
            }
        }

        static long map(long size, int protection, int file) {
            return MMAP.call(0, size, protection, SHARED, file, 0);
        }

        static void unmap(long address, long size) {
            if (address != -1) {
                // nothing can be done about a refusal
                MUNMAP.call(address, size, 0, 0);
            }
        }

        static void close(int file) {
            CLOSE.call(file, 0, 0, 0);
        }
    }

    /** A function of the host's calling convention at an address: one long in, one long out, short enough to hold off the garbage collector. */
    static MethodHandle function(long address) {
        return HostLibrary.code(address, FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    }
}
