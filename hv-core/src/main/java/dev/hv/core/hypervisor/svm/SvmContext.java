package dev.hv.core.hypervisor.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.core.hypervisor.hardware.ContextOwner;
import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.PhysicalProcessor;
import dev.hv.core.hypervisor.hardware.Residence;
import dev.hv.core.hypervisor.hardware.SwitchedRegisters;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import dev.hv.cpu.svm.SvmExitCode;
import dev.hv.cpu.svm.SvmUnit;
import dev.hv.cpu.svm.Vmcb;
import dev.hv.cpu.svm.VmcbField;
import dev.hv.cpu.svm.VmcbFormat;

/**
 * A virtual processor on AMD-V. Its VMCB has what VMRUN and exits switch. The rest is switched when another virtual processor becomes resident
 * on the logical processor: by VMLOAD and VMSAVE, and by the hypervisor itself ({@link SwitchedRegisters}).
 */
final class SvmContext implements HardwareContext {

    private static final int VERSION = 2;
    private static final long DR7_ENABLES = 0xFF;
    private static final int ATTRIBUTE_L = 1 << 9;
    private static final int SINGLE_STEP = 1 << 14;

    private final ContextOwner vp;
    private final SvmBackend backend;
    private int asid;
    /** The logical processor it is resident on, or was last. */
    private Residence<SvmUnit, SvmContext> unit;
    private Cpu cpu;
    private Vmcb vmcb;
    private boolean interruptWindow;
    private boolean nmiWindow;
    private final PendingEvent queued = new PendingEvent();
    /** What the entry is to inject, until it has. */
    private final PendingEvent begun = new PendingEvent();
    /** {@link ContextOwner#registers} have what is in the processor too, or newer: nothing to save when another becomes resident. */
    private boolean stored;
    private boolean deleted;
    private long page;
    /** Its guests; null when it is no hypervisor. */
    private SvmNested nested;
    /** The VMCB in use is its guest's. */
    private boolean nestedRuns;

    SvmContext(ContextOwner vp, SvmBackend backend, Residence<SvmUnit, SvmContext> unit, long page, int asid) {
        this.vp = vp;
        this.backend = backend;
        this.asid = asid;
        use(unit, page);
        // another virtual processor may have had this ASID here; on other logical processors moveTo sees to that
        unit.unit.flushAsid(asid);
        VmcbSetup.write(vmcb, cpu, backend.maps(), vp.space().root(), asid);
    }

    private void use(Residence<SvmUnit, SvmContext> newUnit, long newPage) {
        unit = newUnit;
        cpu = newUnit.cpu;
        page = newPage;
        vmcb = new Vmcb(cpu);
        vmcb.at(nestedRuns ? nested.page() : page);
    }

    /** It is one of a hypervisor: before it is used for anything. */
    void nest(SvmNested guests) {
        nested = guests;
        guests.use(unit.unit, cpu);
        guests.setUp(cpu);
    }

    @Override
    public SvmNested nested() {
        return nested;
    }

    /** It is not in guest operation afterwards. */
    void takeOut() {
        unit.takeOut();
    }

    boolean uses(GuestPhysicalSpace space) {
        return vp.space() == space;
    }

    /** Nested paging keeps accessed and dirty flags always. */
    @Override
    public void trackingChanged() {
        reside();
    }

    /** Brings this context's registers into the processor, whose guest has exited then. */
    private void reside() {
        unit.takeOut();
        if (unit.resident == this) {
            return;
        }
        if (unit.resident != null) {
            unit.resident.leave();
        }
        unit.resident = this;
        SwitchedRegisters.copy(vp.registers(), cpu);
        unit.unit.vmload(vmcb.at());
    }

    /** Another context becomes resident: the registers go where they are found meanwhile. */
    private void leave() {
        unit.unit.vmsave(vmcb.at());
        if (!stored) {
            SwitchedRegisters.copy(cpu, vp.registers());
        }
        unit.resident = null;
    }

    /** Goes to another logical processor: nothing cached there from an earlier stay counts. */
    private void moveTo(Residence<SvmUnit, SvmContext> newUnit) {
        if (newUnit == unit) {
            return;
        }
        if (unit.resident == this) {
            leave();
        }
        use(newUnit, page);
        unit.unit.flushAsid(asid);
        if (nested != null) {
            nested.use(unit.unit, cpu);
        }
    }

    // ---- running -----------------------------------------------------------------------------------------------------

    @Override
    public void run(PhysicalProcessor on, long maxInstructions, VmExit exit) {
        moveTo(backend.units().of(on));
        reside();
        vmcb.settle();
        stored = false;
        if (nmiWindow && !queued.present() && !nmiBlocked() && inShadow()) {
            // no window opens when only the shadow of one instruction is in the way: that is carried out in software
            exit.kind = VmExit.Kind.EMULATE;
            return;
        }
        if (queued.present()) {
            vmcb.set(VmcbField.EVENT_INJECTION, VmcbFormat.information(queued));
            vmcb.set(VmcbField.NEXT_RIP, queued.kind().byInstruction() ? vmcb.get(VmcbField.RIP) + queued.length() : 0);
        }
        begun.set(queued);
        queued.clear();
        unit.unit.vmrun(vmcb.at());
        if (on.guest(maxInstructions) == RunResult.SHUTDOWN) {
            throw new IllegalStateException("the host's state was refused");
        }
        if (deleted) {
            exit.kind = VmExit.Kind.PHYSICAL_INTERRUPT;
            return;
        }
        // the turn may be over; and whoever needed this virtual processor's state may have brought the exit about already
        reside();
        if (nested != null && !nestedRuns) {
            nested.storeOwn(vmcb);
        }
        SvmExitDecoder.decode(vmcb, cpu, exit);
        if (exit.kind == VmExit.Kind.ENTRY_FAILED) {
            // the event has not begun
            queued.set(begun);
            vmcb.set(VmcbField.EVENT_INJECTION, 0);
            return;
        }
        if (exit.kind == VmExit.Kind.PHYSICAL_INTERRUPT) {
            // of NMIs there is nothing to be done; interrupts are still pending, and taken before the next entry
            cpu.events &= ~Cpu.EVENT_NMI;
        }
        requeue(exit);
    }

    /** An event whose delivery the exit cut short is delivered again by the next entry. */
    private void requeue(VmExit exit) {
        long vectoring = vmcb.get(VmcbField.EXIT_INT_INFO);
        if (!VmcbFormat.valid(vectoring) || exit.kind == VmExit.Kind.TRIPLE_FAULT) {
            return;
        }
        int length = (int) (vmcb.get(VmcbField.NEXT_RIP) - vmcb.get(VmcbField.RIP));
        if (exit.kind == VmExit.Kind.NESTED_PAGE_FAULT) {
            // the hardware cannot finish it: its stack is a device
            exit.kind = VmExit.Kind.DELIVER_EVENT;
            VmcbFormat.read(vectoring, length, exit.event);
            return;
        }
        VmcbFormat.read(vectoring, length, queued);
        unblockNmi();
    }

    /** An NMI that is queued has not begun yet. */
    private void unblockNmi() {
        if (queued.kind() == EventKind.NMI) {
            reside();
            vmcb.set(VmcbField.VIRTUAL_INTERRUPT, vmcb.get(VmcbField.VIRTUAL_INTERRUPT) & ~(long) V_NMI_MASK);
        }
    }

    @Override
    public void comeBack() {
        reside();
        stored = false;
    }

    @Override
    public void advance(int length) {
        reside();
        long rip = vmcb.get(VmcbField.RIP) + length;
        vmcb.set(VmcbField.RIP, longMode() ? rip : rip & 0xFFFF_FFFFL);
        vmcb.set(VmcbField.INTERRUPT_SHADOW, 0);
        if (GuestState.steps(vmcb)) {
            raiseDebug(SINGLE_STEP);
        }
    }

    /** A debug trap that comes before the next instruction: a VMCB has no place for a pending one, so the exception is injected. */
    private void raiseDebug(int conditions) {
        GuestState.noteTrap(vmcb, conditions);
        if (!queued.present()) {
            queued.set(EventKind.EXCEPTION, Vector.DB, false, 0, 0);
        }
    }

    // ---- events ------------------------------------------------------------------------------------------------------

    private boolean inShadow() {
        return (vmcb.get(VmcbField.INTERRUPT_SHADOW) & 1) != 0;
    }

    private boolean nmiBlocked() {
        return (vmcb.get(VmcbField.VIRTUAL_INTERRUPT) & V_NMI_MASK) != 0;
    }

    /** Whether the guest is a hypervisor that holds events back. */
    private boolean holdsEvents() {
        return nested != null && vp.registers().eventsHeld;
    }

    @Override
    public boolean interruptible() {
        reside();
        return !queued.present() && interruptsEnabled() && !inShadow();
    }

    @Override
    public boolean interruptsEnabled() {
        return (vmcb.get(VmcbField.RFLAGS) & Rflags.IF) != 0;
    }

    @Override
    public boolean nmiPossible() {
        reside();
        return !queued.present() && !inShadow() && !nmiBlocked();
    }

    @Override
    public void inject(EventKind kind, int vector) {
        queued.set(kind, vector, false, 0, 0);
    }

    @Override
    public void inject(PendingEvent event) {
        queued.set(event);
        unblockNmi();
    }

    @Override
    public PendingEvent queued() {
        return queued;
    }

    @Override
    public boolean trapPending() {
        return queued.present();
    }

    @Override
    public boolean watchesPorts() {
        reside();
        return (vmcb.get(VmcbField.DR7) & DR7_ENABLES) != 0 && (vmcb.get(VmcbField.CR4) & Control.CR4_DE) != 0;
    }

    /** An interrupt window is a virtual interrupt that exits when it could be taken; NMIs become possible by IRET, which exits before it is executed. */
    @Override
    public void requestWindows(boolean interrupt, boolean nmi) {
        boolean held = holdsEvents();
        if (nested != null && !nestedRuns) {
            nested.requestStgi(vmcb, nmi && held);
        }
        // where the hardware does not know that events are held back, STGI exits anyway, and a window would open too early
        setWindows(interrupt && !(held && !nested.virtualGif()), nmi && !held);
    }

    private void setWindows(boolean interrupt, boolean nmi) {
        if (interrupt == interruptWindow && nmi == nmiWindow) {
            return;
        }
        reside();
        interruptWindow = interrupt;
        nmiWindow = nmi;
        VmcbSetup.windows(vmcb, interrupt, nmi || nestedRuns && nested.interceptsIret());
    }

    // ---- registers ---------------------------------------------------------------------------------------------------

    @Override
    public long gpr(int index) {
        reside();
        return switch (index) {
            case Cpu.RAX -> vmcb.get(VmcbField.RAX);
            case Cpu.RSP -> vmcb.get(VmcbField.RSP);
            default -> cpu.gpr(index);
        };
    }

    @Override
    public void setGpr(int index, long value) {
        reside();
        stored = false;
        switch (index) {
            case Cpu.RAX -> vmcb.set(VmcbField.RAX, value);
            case Cpu.RSP -> vmcb.set(VmcbField.RSP, value);
            default -> cpu.gpr(index, value);
        }
    }

    @Override
    public long xmm(int register, int half) {
        reside();
        return cpu.xmm(2 * register + half);
    }

    @Override
    public void setXmm(int register, int half, long value) {
        reside();
        cpu.xmm(2 * register + half, value);
    }

    @Override
    public boolean longMode() {
        reside();
        return (vmcb.get16(VmcbField.CS + VmcbField.ATTRIBUTES) & ATTRIBUTE_L) != 0 && (vmcb.get(VmcbField.EFER) & Control.EFER_LMA) != 0;
    }

    @Override
    public boolean privileged() {
        reside();
        return vmcb.get8(VmcbField.CPL) == 0 && (vmcb.get(VmcbField.CR0) & Control.CR0_PE) != 0 && (vmcb.get(VmcbField.RFLAGS) & Rflags.VM) == 0;
    }

    @Override
    public void flush() {
        unit.pause();
        unit.unit.flushAsid(asid);
        if (nested != null) {
            unit.unit.flushAsid(nested.asid());
        }
    }

    @Override
    public void flush(long address) {
        unit.pause();
        unit.unit.invlpga(address, asid);
    }

    @Override
    public void store() {
        reside();
        vmcb.settle();
        unit.unit.vmsave(vmcb.at());
        SwitchedRegisters.copy(cpu, vp.registers());
        if (nestedRuns) {
            nested.store();
        } else {
            GuestState.store(vmcb, vp.registers());
            if (nested != null) {
                nested.storeOwn(vmcb);
            }
        }
        stored = true;
    }

    @Override
    public void storeModes() {
        reside();
        GuestState.storeModes(vmcb, cpu, vp.registers(), longMode());
    }

    @Override
    public void load() {
        reside();
        if (nested != null && nested.running() != nestedRuns) {
            turn();
        }
        vmcb.settle();
        SwitchedRegisters.copy(vp.registers(), cpu);
        if (nestedRuns) {
            nested.load(nmiWindow, interruptWindow);
        } else {
            GuestState.load(vmcb, vp.registers(), vp.interceptedExceptions());
            vmcb.set(VmcbField.TSC_OFFSET, vp.tscOffset());
            if (nested != null) {
                nested.loadOwn(vmcb);
            }
        }
        unit.unit.vmload(vmcb.at());
        int pending = GuestState.trap(vp.registers());
        if (pending != 0) {
            raiseDebug(pending);
        }
    }

    /** From the hypervisor to its guest, or back: the other VMCB is used, and gets all registers. */
    private void turn() {
        setWindows(false, false);
        nestedRuns = !nestedRuns;
        vmcb.at(nestedRuns ? nested.page() : page);
        VmcbSetup.closeWindow(vmcb);
        if (nestedRuns) {
            nested.entered();
        }
    }

    // ---- state -------------------------------------------------------------------------------------------------------

    @Override
    public void rest() {
        store();
        leave();
        if (nested != null) {
            nested.rest();
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("svm-context", VERSION);
        out.put("page", page);
        out.put("asid", asid);
        out.put("units", backend.units().index(unit));
        out.put("interrupt-window", interruptWindow);
        out.put("nmi-window", nmiWindow);
        queued.save(out);
        out.put("stored", stored);
        out.put("nested-runs", nestedRuns);
        if (nested != null) {
            nested.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("svm-context", VERSION);
        long itsPage = in.take();
        asid = (int) in.take();
        nestedRuns = false;
        use(backend.units().at((int) in.take()), itsPage);
        interruptWindow = in.takeBoolean();
        nmiWindow = in.takeBoolean();
        queued.restore(in);
        stored = in.takeBoolean();
        boolean guest = in.takeBoolean();
        if (nested != null) {
            nested.restore(in, unit.unit, cpu);
            nestedRuns = guest;
            vmcb.at(guest ? nested.page() : page);
        }
        in.end();
    }

    @Override
    public void delete() {
        unit.takeOut();
        deleted = true;
        if (unit.resident == this) {
            unit.resident = null;
        }
        backend.release(this, asid);
        if (nested != null) {
            nested.delete();
            backend.release(this, nested.asid());
        }
        vp.pool().release(page);
    }
}
