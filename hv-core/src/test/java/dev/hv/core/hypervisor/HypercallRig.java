package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.calls.CallTable;
import dev.hv.core.hypervisor.guest.ExitDispatcher;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.cpu.memory.LittleEndian;
import java.util.SortedMap;

/** An enlightened child of 4 MiB whose hypercall page is set up, on prepared exits: makes hypercalls and looks at the answers. */
final class HypercallRig implements AutoCloseable {

    static final int RAX = 0;
    static final int RCX = 1;
    static final int RDX = 2;
    static final int RBX = 3;
    static final int RSI = 6;
    static final int RDI = 7;
    static final int R8 = 8;

    static final long FAST = 1L << 16;
    static final long CHILD_MEMORY = 4 << 20;
    /** Guest pages: input, output, hypercall code, and one without memory. */
    static final long INPUT = 0x5000;
    static final long OUTPUT = 0x6000;
    static final long CODE_PAGE = 0x3F_F000;
    static final long NO_MEMORY = CHILD_MEMORY;

    /** Where the hypervisor's pages are in the memory of a guest in the root's place. */
    static final long PAGES_OF_HYPERVISOR = 0x3C0;

    final FakeBackend backend = new FakeBackend();
    final Rig rig;
    final Rig.Child child;
    final Partition partition;
    private final ExitDispatcher dispatcher;
    private final VmExit exit = new VmExit();

    /** A child with the usual privileges. */
    HypercallRig(int processors) {
        this(processors, HvPrivilege.CHILD);
    }

    HypercallRig(int processors, long privileges) {
        this(processors, privileges, 1);
    }

    /** A machine with several logical processors. */
    HypercallRig(int processors, long privileges, int logicalProcessors) {
        rig = new Rig().start(memory -> backend, logicalProcessors, null);
        dispatcher = new ExitDispatcher(CallTable.dispatcher(rig.hypervisor.partitions()));
        child = rig.new Child(rig.winHv.createPartition(privileges, false).value());
        assertThat(rig.vid.addMemory(child.id, new MemoryRange(0, CHILD_MEMORY), HvMapFlags.ALL).ok()).isTrue();
        if ((privileges & HvPrivilege.CPU_MANAGEMENT) != 0) {
            rig.winHv.placePages(child.id, PAGES_OF_HYPERVISOR);
        }
        for (int i = 0; i < processors; i++) {
            assertThat(rig.winHv.createVp(child.id, i).ok()).isTrue();
        }
        rig.winHv.installIntercepts(child.id, child);
        rig.children.add(child);
        backend.contexts.forEach(c -> c.storesMode = true);
        partition = rig.hypervisor.partitions().get(child.id);
        partition.guestInterface().setGuestOsId(1);
        assertThat(partition.guestInterface().setHypercall(CODE_PAGE | 1)).isTrue();
        exit.kind = VmExit.Kind.HYPERCALL;
        exit.length = 3;
    }

    VirtualProcessor vp(int index) {
        return partition.processors().get(index);
    }

    FakeBackend.Context context(int index) {
        return backend.contexts.get(index);
    }

    /** A control word. */
    static long control(int code, int variableQuads, int count, int start) {
        return code | (long) variableQuads << 17 | (long) count << 32 | (long) start << 48;
    }

    /** Executes VMCALL on processor 0 with the registers that it has. */
    void vmcall() {
        dispatcher.dispatch(vp(0), exit);
    }

    /** A hypercall of 64-bit code; gives RAX. */
    long call(long control, long rdx, long r8) {
        long[] gpr = context(0).gpr;
        gpr[RCX] = control;
        gpr[RDX] = rdx;
        gpr[R8] = r8;
        vmcall();
        return gpr[RAX];
    }

    /** The same of a processor of a partition that the child has made. */
    long call(VirtualProcessor vp, long control, long rdx, long r8) {
        long[] gpr = ((FakeBackend.Context) vp.context()).gpr;
        gpr[RCX] = control;
        gpr[RDX] = rdx;
        gpr[R8] = r8;
        dispatcher.dispatch(vp, exit);
        return gpr[RAX];
    }

    /** A hypercall with {@link #INPUT} and {@link #OUTPUT}. */
    long slow(long control) {
        return call(control, INPUT, OUTPUT);
    }

    /** Puts little-endian quadwords into the input page. */
    void input(long... quads) {
        quads(INPUT, quads);
    }

    void quads(long gpa, long... quads) {
        byte[] b = new byte[8 * quads.length];
        for (int i = 0; i < b.length; i++) {
            b[i] = (byte) (quads[i / 8] >>> 8 * (i % 8));
        }
        bytes(gpa, b);
    }

    void bytes(long gpa, byte[] b) {
        assertThat(rig.vid.memory(child.id).write(gpa, b, 0, b.length)).isTrue();
    }

    /** A quadword of the child's memory. */
    long peek(long gpa) {
        byte[] b = new byte[8];
        assertThat(rig.vid.memory(child.id).read(gpa, b, 0, 8)).isTrue();
        return LittleEndian.u64(b, 0);
    }

    /** Hypercalls counted so far. */
    SortedMap<String, Long> counts() {
        return dispatcher.callCounts();
    }

    @Override
    public void close() {
        rig.memory.close();
    }
}
