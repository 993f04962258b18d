package dev.hv.core.hypervisor;

import dev.hv.core.hypervisor.hardware.ContextOwner;
import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.NestedGuests;
import dev.hv.core.hypervisor.hardware.PhysicalProcessor;
import dev.hv.core.hypervisor.hardware.Residence;
import dev.hv.core.hypervisor.hardware.VirtualizationBackend;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.memory.PagePool;
import dev.hv.core.hypervisor.memory.SlatFormat;
import dev.hv.core.hypervisor.vmx.EptFormat;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.NestedPaging;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.Segment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** Hardware virtualisation that plays prepared exits and logs what it is asked. */
final class FakeBackend implements VirtualizationBackend {

    final List<String> log = new ArrayList<>();
    final List<Context> contexts = new ArrayList<>();

    @Override
    public void enable(PhysicalProcessor processor, long page) {
        log.add("enable");
    }

    @Override
    public List<Residence<?, ?>> residences() {
        return List.of();
    }

    @Override
    public NestedPaging.Tables tables(GuestPhysicalSpace space) {
        return new NestedPaging.Tables(space.root(), 4, true);
    }

    @Override
    public SlatFormat slatFormat() {
        return new EptFormat();
    }

    @Override
    public byte[] hypercallCode() {
        return new byte[] {1, 2, 3};
    }

    @Override
    public boolean exits(int msr) {
        return msr != 0x277;
    }

    @Override
    public boolean hasRoom() {
        return true;
    }

    @Override
    public HardwareContext createContext(ContextOwner owner, PhysicalProcessor on) {
        long page = owner.pool().take();
        if (page < 0) {
            return null;
        }
        var context = new Context(owner, page);
        contexts.add(context);
        return context;
    }

    @Override
    public int contextPages(boolean nested) {
        return 1;
    }

    @Override
    public void invalidate(GuestPhysicalSpace space) {
        log.add("invalidate");
    }

    @Override
    public void save(StateWriter out) {}

    @Override
    public void restore(StateReader in) {}

    /** A context without a guest: registers in an array. */
    final class Context implements HardwareContext {
        final Deque<Consumer<VmExit>> exits = new ArrayDeque<>();
        final long[] gpr = new long[16];
        final List<String> calls = new ArrayList<>();
        private final ContextOwner owner;
        private final PagePool pool;
        private final long page;
        final long[] xmm = new long[32];
        boolean longMode = true;
        boolean storesMode;
        boolean privileged = true;
        boolean interruptFlag = true;
        boolean shadow;
        private final PendingEvent queued = new PendingEvent();

        Context(ContextOwner owner, long page) {
            this.owner = owner;
            this.pool = owner.pool();
            this.page = page;
        }

        /** Prepares an exit. */
        void exit(VmExit.Kind kind, Consumer<VmExit> details) {
            exits.add(e -> {
                e.kind = kind;
                e.length = 2;
                details.accept(e);
            });
        }

        @Override
        public void run(PhysicalProcessor on, long maxInstructions, VmExit exit) {
            exits.remove().accept(exit);
        }

        @Override
        public void comeBack() {
            calls.add("comeBack");
        }

        @Override
        public NestedGuests nested() {
            return null;
        }

        @Override
        public void trackingChanged() {
            calls.add("tracking");
        }

        @Override
        public void rest() {
            calls.add("rest");
        }

        @Override
        public void save(StateWriter out) {}

        @Override
        public void restore(StateReader in) {}

        @Override
        public long gpr(int index) {
            return gpr[index];
        }

        @Override
        public void setGpr(int index, long value) {
            gpr[index] = value;
        }

        @Override
        public long xmm(int register, int half) {
            return xmm[2 * register + half];
        }

        @Override
        public void setXmm(int register, int half, long value) {
            xmm[2 * register + half] = value;
        }

        @Override
        public boolean longMode() {
            return longMode;
        }

        @Override
        public boolean privileged() {
            return privileged;
        }

        @Override
        public void flush() {
            calls.add("flush");
        }

        @Override
        public void flush(long address) {
            calls.add("flush 0x%x".formatted(address));
        }

        @Override
        public void advance(int length) {
            calls.add("advance " + length);
        }

        @Override
        public boolean interruptible() {
            return interruptFlag && !shadow;
        }

        @Override
        public boolean interruptsEnabled() {
            return interruptFlag;
        }

        @Override
        public boolean nmiPossible() {
            return !shadow;
        }

        @Override
        public void inject(EventKind kind, int vector) {
            calls.add("inject " + switch (kind) {
                case EXTERNAL_INTERRUPT -> "0x%x".formatted(vector);
                case NMI -> "nmi";
                default -> "exception " + vector;
            });
        }

        @Override
        public void inject(PendingEvent event) {
            queued.set(event);
        }

        @Override
        public PendingEvent queued() {
            return queued;
        }

        @Override
        public boolean trapPending() {
            return false;
        }

        @Override
        public boolean watchesPorts() {
            return false;
        }

        @Override
        public void requestWindows(boolean interrupt, boolean nmi) {
            if (interrupt || nmi) {
                calls.add("window" + (interrupt ? " interrupt" : "") + (nmi ? " nmi" : ""));
            }
        }

        /** The mode alone, and only of a guest that calls. */
        @Override
        public void storeModes() {
            calls.add("storeModes");
        }

        @Override
        public void store() {
            if (!storesMode) {
                return;
            }
            Cpu c = owner.registers();
            c.efer = longMode ? c.efer | Control.EFER_LMA : c.efer & ~(long) Control.EFER_LMA;
            c.seg[Cpu.CS].access = longMode ? c.seg[Cpu.CS].access | Segment.L : c.seg[Cpu.CS].access & ~Segment.L;
        }

        @Override
        public void load() {}

        @Override
        public void delete() {
            calls.add("delete");
            pool.release(page);
        }
    }
}
