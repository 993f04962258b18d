package dev.hv.core.hypervisor.vmx;

import static dev.hv.cpu.vmx.VmxControls.*;

import dev.hv.core.hypervisor.hardware.ContextOwner;
import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.PhysicalProcessor;
import dev.hv.core.hypervisor.hardware.Residence;
import dev.hv.core.hypervisor.hardware.SwitchedRegisters;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.memory.PagePool;
import dev.hv.core.machine.SystemMemory;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.vmx.ExitReason;
import dev.hv.cpu.vmx.VmcsField;
import dev.hv.cpu.vmx.VmcsFormat;
import dev.hv.cpu.vmx.VmxControls;
import dev.hv.cpu.vmx.VmxError;
import dev.hv.cpu.vmx.VmxUnit;

/**
 * A virtual processor on VT-x. Its VMCS has what VM entries and exits switch; the other registers ({@link SwitchedRegisters}) are
 * switched when another virtual processor becomes resident on the logical processor, since the hypervisor itself uses none.
 */
final class VmxContext implements HardwareContext {

    static final int HOST_CS = 0x08;
    static final int HOST_TR = 0x10;

    private static final long DR7_ENABLES = 0xFF;
    /** Types of INVVPID (SDM vol. 3C, "INVVPID"). */
    private static final int INDIVIDUAL_ADDRESS = 0;
    private static final int SINGLE_CONTEXT = 1;
    private static final int DPL = 3 << 5;
    private static final int VERSION = 3;

    private final ContextOwner vp;
    private final VmxBackend backend;
    private final SystemMemory memory;
    private long vmcs;
    private long bitmap;
    private int vpid;
    /** The logical processor it is resident on, or was last. */
    private Residence<VmxUnit, VmxContext> unit;
    private VmxUnit vmx;
    private Cpu cpu;
    private VmxExitDecoder decoder;
    private final int primary;
    private final int entry;
    private int windows;
    private boolean launched;
    private final PendingEvent queued = new PendingEvent();
    private final EntryEvent entryEvent = new EntryEvent();
    /** RFLAGS while another context is resident. */
    private long awayRflags;
    /** {@link ContextOwner#registers} have what is in the processor too, or newer: nothing to save when another becomes resident. */
    private boolean stored;
    private boolean deleted;
    /** Its guests; null when it is no hypervisor. */
    private VmxNested nested;
    /** The VMCS in use is its guest's. */
    private boolean nestedRuns;

    VmxContext(ContextOwner vp, VmxBackend backend, Residence<VmxUnit, VmxContext> unit, SystemMemory memory, long vmcs, long bitmap, int vpid) {
        this.vp = vp;
        this.backend = backend;
        this.memory = memory;
        this.vmcs = vmcs;
        this.bitmap = bitmap;
        this.vpid = vpid;
        use(unit);
        // another virtual processor may have had this VPID here; on other logical processors moveTo sees to that
        check(vmx.invvpid(SINGLE_CONTEXT, vpid, 0), "INVVPID");
        primary = VmcsSetup.primary(vmx, cpu);
        entry = VmcsSetup.entry(vmx, cpu);
        memory.write(vmcs, 4, VmxBackend.revision(vmx, cpu));
        VmcsSetup.writeBitmap(memory, bitmap);
        check(vmx.vmclear(vmcs), "VMCLEAR");
        reside();
        VmcsSetup.write(vmx, cpu, bitmap, eptPointer(), vpid);
    }

    /** It is one of a hypervisor: before it is used for anything. */
    void nest(VmxNested guests) {
        nested = guests;
        guests.setUp(vmx, cpu);
        check(vmx.vmptrld(vmcs), "VMPTRLD");
    }

    @Override
    public VmxNested nested() {
        return nested;
    }

    boolean uses(GuestPhysicalSpace space) {
        return vp.space() == space;
    }

    /** It is not in guest operation afterwards. */
    void takeOut() {
        unit.takeOut();
    }

    private long eptPointer() {
        return EptFormat.pointer(vp.space().root(), vp.space().tracked());
    }

    @Override
    public void trackingChanged() {
        reside();
        if (nestedRuns) {
            // its own EPT pointer is written when it comes back
            nested.drop();
        } else {
            vmx.field(VmcsField.EPT_POINTER, eptPointer());
        }
    }

    private long current() {
        return nestedRuns ? nested.vmcs() : vmcs;
    }

    static void check(int error, String what) {
        if (error != VmxError.NONE) {
            throw new IllegalStateException(what + " failed: " + error);
        }
    }

    private void use(Residence<VmxUnit, VmxContext> newUnit) {
        unit = newUnit;
        vmx = unit.unit;
        cpu = unit.cpu;
        decoder = new VmxExitDecoder(vmx, cpu);
    }

    /** Makes this context's VMCS current and brings its registers into the processor. */
    private void reside() {
        unit.takeOut();
        if (unit.resident == this) {
            return;
        }
        if (unit.resident != null) {
            unit.resident.leave();
        }
        check(vmx.vmptrld(current()), "VMPTRLD");
        unit.resident = this;
        SwitchedRegisters.copy(vp.registers(), cpu);
    }

    /** Another context becomes resident: the registers go where they are found meanwhile. */
    private void leave() {
        awayRflags = vmx.field(VmcsField.GUEST_RFLAGS);
        if (!stored) {
            SwitchedRegisters.copy(cpu, vp.registers());
        }
        unit.resident = null;
    }

    /** Goes to another logical processor (SDM vol. 3C, 24.11.3): VMCLEAR, and nothing cached there from an earlier stay counts. */
    private void moveTo(Residence<VmxUnit, VmxContext> newUnit) {
        if (newUnit == unit) {
            return;
        }
        if (unit.resident == this) {
            leave();
        }
        check(vmx.vmclear(vmcs), "VMCLEAR");
        if (nested != null) {
            check(vmx.vmclear(nested.vmcs()), "VMCLEAR");
        }
        launched = false;
        use(newUnit);
        vmx.invvpid(SINGLE_CONTEXT, vpid, 0);
        if (nested != null) {
            nested.moveTo(vmx);
        }
    }

    @Override
    public void run(PhysicalProcessor on, long maxInstructions, VmExit exit) {
        moveTo(backend.units().of(on));
        reside();
        stored = false;
        entryEvent.put(vmx, queued);
        int error = launched() ? vmx.resume() : vmx.launch();
        if (error == VmxError.ENTRY_CONTROLS && entryEvent.refused(vmx, queued, exit)) {
            return;
        }
        check(error, "VM entry");
        if (on.guest(maxInstructions) == RunResult.SHUTDOWN) {
            throw new IllegalStateException("VMX abort");
        }
        if (deleted) {
            // what the exit was is gone with the VMCS; the interrupt that brought it about is still in service
            unit.processor.processor().apic().endOfInterrupt();
            exit.kind = VmExit.Kind.PHYSICAL_INTERRUPT;
            return;
        }
        // the turn may be over; and whoever needed this virtual processor's state may have brought the exit about already
        reside();
        decoder.decode(exit);
        if (exit.kind == VmExit.Kind.ENTRY_FAILED) {
            entryEvent.takeBack(vmx, queued);
            return;
        }
        if (nestedRuns) {
            nested.launched(true);
        } else {
            launched = true;
        }
        requeue(exit);
    }

    private boolean launched() {
        return nestedRuns ? nested.launched() : launched;
    }

    /** An event whose delivery the exit cut short is delivered again by the next entry. */
    private void requeue(VmExit exit) {
        int vectoring = (int) vmx.field(VmcsField.IDT_VECTORING_INFO);
        if ((vectoring & INFO_VALID) == 0 || exit.kind == VmExit.Kind.TRIPLE_FAULT) {
            return;
        }
        PendingEvent into = queued;
        if (exit.kind == VmExit.Kind.NESTED_PAGE_FAULT || exit.reason == ExitReason.TASK_SWITCH) {
            // the hardware cannot finish it: its stack is a device, or it goes through a task gate
            if (exit.kind != VmExit.Kind.NESTED_PAGE_FAULT) {
                exit.gpa = VmExit.NOWHERE;
            }
            exit.kind = VmExit.Kind.DELIVER_EVENT;
            into = exit.event;
        }
        VmcsFormat.read(vectoring, (int) vmx.field(VmcsField.IDT_VECTORING_ERROR_CODE), exit.length, into);
        if (into == queued) {
            unblockNmi();
        }
    }

    /** An NMI that is queued has not begun yet: entries refuse one while NMIs are blocked (26.3.1.5). */
    private void unblockNmi() {
        if (queued.kind() == EventKind.NMI) {
            reside();
            vmx.field(VmcsField.GUEST_INTERRUPTIBILITY, vmx.field(VmcsField.GUEST_INTERRUPTIBILITY) & ~BLOCKING_NMI);
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
        GuestState.advance(vmx, length, longMode());
    }

    @Override
    public boolean interruptible() {
        reside();
        return !queued.present() && interruptsEnabled() && (vmx.field(VmcsField.GUEST_INTERRUPTIBILITY) & (BLOCKING_STI | BLOCKING_SS)) == 0;
    }

    @Override
    public boolean interruptsEnabled() {
        return ((unit.resident == this ? vmx.field(VmcsField.GUEST_RFLAGS) : awayRflags) & Rflags.IF) != 0;
    }

    @Override
    public boolean nmiPossible() {
        reside();
        return !queued.present() && (vmx.field(VmcsField.GUEST_INTERRUPTIBILITY) & (BLOCKING_STI | BLOCKING_SS | BLOCKING_NMI)) == 0;
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
        reside();
        return queued.present() || (vmx.field(VmcsField.GUEST_PENDING_DEBUG) & (PENDING_ENABLED_BREAKPOINT | PENDING_SINGLE_STEP)) != 0;
    }

    @Override
    public boolean watchesPorts() {
        reside();
        return (vmx.field(VmcsField.GUEST_DR7) & DR7_ENABLES) != 0 && (vmx.field(VmcsField.GUEST_CR4) & Control.CR4_DE) != 0;
    }

    @Override
    public void requestWindows(boolean interrupt, boolean nmi) {
        int wanted = (interrupt ? INTERRUPT_WINDOW : 0) | (nmi ? VmxControls.NMI_WINDOW : 0);
        if (wanted != windows) {
            reside();
            windows = wanted;
            vmx.field(VmcsField.PRIMARY_CONTROLS, (nestedRuns ? nested.primary(primary | wanted) : primary | wanted) & 0xFFFF_FFFFL);
        }
    }

    @Override
    public long gpr(int index) {
        reside();
        return index == Cpu.RSP ? vmx.field(VmcsField.GUEST_RSP) : cpu.gpr(index);
    }

    @Override
    public void setGpr(int index, long value) {
        reside();
        stored = false;
        if (index == Cpu.RSP) {
            vmx.field(VmcsField.GUEST_RSP, value);
        } else {
            cpu.gpr(index, value);
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
        return (vmx.field(VmcsField.GUEST_CS_ACCESS_RIGHTS) & Segment.L) != 0 && (vmx.field(VmcsField.GUEST_EFER) & Control.EFER_LMA) != 0;
    }

    @Override
    public boolean privileged() {
        reside();
        return (vmx.field(VmcsField.GUEST_SS_ACCESS_RIGHTS) & DPL) == 0 && (vmx.field(VmcsField.GUEST_CR0) & Control.CR0_PE) != 0
                && (vmx.field(VmcsField.GUEST_RFLAGS) & Rflags.VM) == 0;
    }

    @Override
    public void flush() {
        unit.pause();
        check(vmx.invvpid(SINGLE_CONTEXT, vpid, 0), "INVVPID");
        if (nested != null) {
            vmx.invvpid(SINGLE_CONTEXT, nested.vpid(), 0);
        }
    }

    @Override
    public void flush(long address) {
        unit.pause();
        // an address that is not canonical has no translation
        vmx.invvpid(INDIVIDUAL_ADDRESS, vpid, address);
    }

    @Override
    public void store() {
        reside();
        SwitchedRegisters.copy(cpu, vp.registers());
        if (nestedRuns) {
            nested.store();
        } else {
            GuestState.store(vmx, vp.registers());
        }
        stored = true;
    }

    @Override
    public void storeModes() {
        reside();
        GuestState.storeModes(vmx, cpu, vp.registers(), longMode());
    }

    @Override
    public void load() {
        reside();
        if (nested != null && nested.running() != nestedRuns) {
            turn();
        }
        SwitchedRegisters.copy(vp.registers(), cpu);
        if (nestedRuns) {
            nested.load(primary | windows);
        } else {
            GuestState.load(vmx, vp.registers(), vp.interceptedExceptions());
            vmx.field(VmcsField.TSC_OFFSET, vp.tscOffset());
        }
        vmx.field(VmcsField.ENTRY_CONTROLS, vp.registers().longMode() ? entry | ENTRY_GUEST_64 : entry);
    }

    /** From the hypervisor to its guest, or back: the other VMCS becomes current, and gets all registers. */
    private void turn() {
        nestedRuns = !nestedRuns;
        check(vmx.vmptrld(current()), "VMPTRLD");
        windows = 0;
        if (nestedRuns) {
            nested.entered();
        } else {
            vmx.field(VmcsField.PRIMARY_CONTROLS, primary & 0xFFFF_FFFFL);
            vmx.field(VmcsField.EPT_POINTER, eptPointer());
        }
        if (!nested.tagged()) {
            // entries and exits without VPIDs drop the hypervisor's own translations, too (SDM vol. 3C, 28.4.3.1)
            vmx.invvpid(SINGLE_CONTEXT, vpid, 0);
        }
    }

    @Override
    public void rest() {
        store();
        leave();
        check(vmx.vmclear(vmcs), "VMCLEAR");
        launched = false;
        if (nested != null) {
            nested.rest();
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("vmx-context", VERSION);
        out.put("vmcs", vmcs);
        out.put("bitmap", bitmap);
        out.put("vpid", vpid);
        out.put("units", backend.units().index(unit));
        out.put("windows", windows);
        out.put("launched", launched);
        queued.save(out);
        out.put("away-rflags", awayRflags);
        out.put("stored", stored);
        out.put("nested-runs", nestedRuns);
        if (nested != null) {
            nested.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("vmx-context", VERSION);
        vmcs = in.take();
        bitmap = in.take();
        vpid = (int) in.take();
        use(backend.units().at((int) in.take()));
        windows = (int) in.take();
        launched = in.takeBoolean();
        queued.restore(in);
        awayRflags = in.take();
        stored = in.takeBoolean();
        nestedRuns = in.takeBoolean() && nested != null;
        if (nested != null) {
            nested.restore(in, vmx);
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
        check(vmx.vmclear(vmcs), "VMCLEAR");
        backend.release(vpid);
        if (nested != null) {
            nested.delete(backend);
            backend.release(this);
        }
        PagePool pool = vp.pool();
        pool.release(vmcs);
        pool.release(bitmap);
    }
}
