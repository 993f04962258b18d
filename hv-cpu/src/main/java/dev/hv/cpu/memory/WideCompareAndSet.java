package dev.hv.cpu.memory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Replaces sixteen aligned bytes in one step. The JVM has no operation for it, so this is the host's own LOCK CMPXCHG16B, in a page of
 * machine code that is called through the foreign function interface: on x86-64 hosts with Linux that let a process have such a page.
 */
final class WideCompareAndSet {

    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int PRIVATE_ANONYMOUS = 0x22;

    /** boolean f(rdi: address, rsi: expected low, rdx: expected high, rcx: new low, r8: new high). */
    private static final byte[] CODE = {
        0x53,                                               // push rbx
        0x48, (byte) 0x89, (byte) 0xF0,                     // mov rax, rsi
        0x48, (byte) 0x89, (byte) 0xCB,                     // mov rbx, rcx
        0x4C, (byte) 0x89, (byte) 0xC1,                     // mov rcx, r8
        (byte) 0xF0, 0x48, 0x0F, (byte) 0xC7, 0x0F,         // lock cmpxchg16b [rdi]
        0x0F, (byte) 0x94, (byte) 0xC0,                     // sete al
        0x0F, (byte) 0xB6, (byte) 0xC0,                     // movzx eax, al
        0x5B,                                               // pop rbx
        (byte) 0xC3                                         // ret
    };

    private static final MethodHandle HANDLE = find();

    private WideCompareAndSet() {}

    /** Whether this host can do it. */
    static boolean available() {
        return HANDLE != null;
    }

    /** Replaces the bytes if they are as expected, with the ordering of a locked instruction. Only where it is {@link #available}. */
    static boolean apply(long address, long low, long high, long newLow, long newHigh) {
        try {
            return (int) HANDLE.invokeExact(address, low, high, newLow, newHigh) != 0;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle find() {
        if (!"Linux".equals(System.getProperty("os.name")) || !"amd64".equals(System.getProperty("os.arch"))) {
            return null;
        }
        Optional<HostLibrary.Function> mmap = HostLibrary.find("mmap");
        Optional<HostLibrary.Function> mprotect = HostLibrary.find("mprotect");
        if (mmap.isEmpty() || mprotect.isEmpty()) {
            return null;
        }
        long page = mmap.get().call(0, Page.SIZE, READ | WRITE, PRIVATE_ANONYMOUS, -1, 0);
        if (page == -1) {
            return null;
        }
        Raw.copyIn(CODE, 0, page, CODE.length);
        // hardened hosts refuse this
        if ((int) mprotect.get().call(page, Page.SIZE, READ | EXECUTE, 0) != 0) {
            return null;
        }
        return HostLibrary.code(page, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    }
}
