package dev.hv.cpu.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.cpu.memory.Page;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.SvmOperations;
import dev.hv.cpu.state.TaskSwitchSource;
import dev.hv.cpu.state.Virtualization;
import dev.hv.cpu.state.VmExitSignal;

/**
 * AMD-V of one processor: the global interrupt flag, the VMCB being run, entries and exits.
 *
 * <p>Two kinds of hypervisor use it, as with VT-x ({@code dev.hv.cpu.vmx.VmxUnit}). Guest code executes the SVM instructions, which check
 * privilege and mode and then call the methods here. A <i>native host</i> ({@link #setNativeHost}) is Java code in place of that guest code:
 * it calls {@link #vmrun}, {@link #vmload} and the others directly, and after an exit the engine returns to it. Exits leave the global
 * interrupt flag clear for it too; what interrupted its guest is still pending then, as on the hardware.
 */
public final class SvmUnit implements Virtualization, SvmOperations {

    private static final int VERSION = 1;

    final Cpu c;
    final Vmcb vmcb;
    private final Vmcb transfer;
    final Npt npt;
    final TranslationContexts contexts;
    final GuestControls controls = new GuestControls();
    final GuestEvents events = new GuestEvents(this);
    final GuestIntercepts intercepts = new GuestIntercepts(this);
    final AvicRegisters avicRegisters = new AvicRegisters(this);
    final Avic avic = new Avic(this);
    final HostState host;
    private final VmEntry entry = new VmEntry(this);
    private final VmExit exit = new VmExit(this);

    private long vmCr;
    private long tscRatio = TSC_RATIO_ONE;
    private boolean nativeHost;
    private boolean exited;
    /** RAX of the host after {@link #stepAside}. */
    private long asideRax;

    /** The unit of a processor. */
    public SvmUnit(Cpu c) {
        this.c = c;
        vmcb = new Vmcb(c);
        transfer = new Vmcb(c);
        npt = new Npt(c, avicRegisters);
        contexts = new TranslationContexts(c, npt);
        host = new HostState(c);
    }

    // ---- native host -------------------------------------------------------------------------------------------------

    /** Says whether the hypervisor is Java code: exits then make the engine return. */
    public void setNativeHost(boolean value) {
        nativeHost = value;
    }

    /** Whether the processor left guest operation for the native host and has not entered it again. */
    public boolean exitedToNativeHost() {
        return exited;
    }

    @Override
    public boolean inGuest() {
        return c.guest == intercepts;
    }

    void exitDone() {
        if (nativeHost) {
            exited = true;
            c.returnToHost = true;
        }
    }

    void entryBegins() {
        exited = false;
        c.returnToHost = false;
    }

    // ---- instructions ------------------------------------------------------------------------------------------------

    @Override
    public boolean validAddress(long address) {
        return PhysicalAccess.valid(c, address, Page.SIZE);
    }

    @Override
    public void vmrun(long address) {
        entry.enter(address);
    }

    @Override
    public void vmload(long address) {
        StateTransfer.load(c, at(address, Mem.READ));
    }

    @Override
    public void vmsave(long address) {
        StateTransfer.save(c, at(address, Mem.WRITE));
    }

    /** The VMCB that VMLOAD or VMSAVE means (15.33.1). */
    private Vmcb at(long address, int access) {
        transfer.at(inGuest() && controls.virtualVmload ? npt.translate(c, address, access, 0) : address);
        transfer.settle();
        return transfer;
    }

    @Override
    public void stgi() {
        if (inGuest() && controls.has(V_GIF_ENABLE)) {
            controls.virtualInterrupt |= V_GIF;
            events.arm();
        } else {
            c.eventsHeld = false;
        }
        Modes.updateEvents(c);
    }

    @Override
    public void clgi() {
        if (inGuest() && controls.has(V_GIF_ENABLE)) {
            controls.virtualInterrupt &= ~V_GIF;
        } else {
            c.eventsHeld = true;
        }
        Modes.updateEvents(c);
    }

    @Override
    public void invlpga(long linear, int asid) {
        // a page of all address spaces is one of this too
        c.tlb.flushPage(linear);
    }

    /** Drops all translations of an ASID, second-level ones too: what TLB_CONTROL of the next VMRUN asks for, for a native host. */
    public void flushAsid(int asid) {
        contexts.flush(asid);
    }

    // ---- the guest's controls, for who runs it on other hardware -----------------------------------------------------

    /** Words of intercepts in a VMCB. */
    public static final int INTERCEPT_WORDS = GuestControls.WORDS;

    /** A word of the intercepts that VMRUN found. */
    public int interceptWord(int index) {
        return controls.word(index);
    }

    /** Whether what an exit code (up to 0xBF) tells of exits. */
    public boolean intercepts(int code) {
        return controls.intercepts(code);
    }

    /** Address of the MSR permission map. */
    public long msrBitmap() {
        return controls.msrBitmap;
    }

    /** What the guest's time-stamp counter is ahead of its host's. */
    public long tscOffset() {
        return controls.tscOffset;
    }

    /** Its ASID. */
    public int asid() {
        return controls.asid;
    }

    /** Whether VMRUN dropped translations. */
    public boolean flushed() {
        return controls.tlbControl != TLB_NOTHING;
    }

    /** Nested CR3; used while the processor has nested paging in force. */
    public long nestedCr3() {
        return controls.nestedCr3;
    }

    /** Whether a virtual interrupt waits to be taken. */
    public boolean virtualInterruptWaits() {
        return controls.avic ? avic.interruptWaits() : controls.has(V_IRQ);
    }

    /** Whether guests' time-stamp counters run at another rate. */
    public boolean scalesTsc() {
        return tscRatio != TSC_RATIO_ONE;
    }

    /** Whether the guest has an APIC page, which is the processor's. */
    public boolean virtualizesApicPage() {
        return controls.avic && !controls.x2avic;
    }

    VmExit exits() {
        return exit;
    }

    long tscRatio() {
        return tscRatio;
    }

    // ---- Virtualization -----------------------------------------------------------------------------------------------

    @Override
    public void exit(Cpu cpu, VmExitSignal s) {
        exit.memory(s);
    }

    @Override
    public boolean interceptException(Cpu cpu, GuestFault fault) {
        return inGuest() && events.exception(fault);
    }

    @Override
    public boolean interceptSoftwareException(Cpu cpu, int vector, EventKind kind, int length) {
        return inGuest() && events.softwareException(vector, kind, length);
    }

    @Override
    public boolean interceptPriorityEvents(Cpu cpu) {
        return inGuest() && events.beforeDebugTraps();
    }

    @Override
    public boolean interceptEvents(Cpu cpu) {
        return inGuest() && events.afterDebugTraps();
    }

    @Override
    public boolean interceptTripleFault(Cpu cpu) {
        if (!inGuest() || !controls.intercepts(SvmExitCode.SHUTDOWN)) {
            return false;
        }
        c.delivering.clear();
        exit.event(SvmExitCode.SHUTDOWN, 0, 0);
        return true;
    }

    @Override
    public boolean interceptFreeze(Cpu cpu) {
        if (!inGuest() || !controls.intercepts(SvmExitCode.FERR_FREEZE)) {
            return false;
        }
        exit.event(SvmExitCode.FERR_FREEZE, 0, 0);
        return true;
    }

    @Override
    public boolean interceptTaskSwitch(Cpu cpu, int selector, TaskSwitchSource source, int instructionLength) {
        if (!inGuest() || !controls.intercepts(SvmExitCode.TASK_SWITCH)) {
            return false;
        }
        exit.taskSwitch(selector, source);
        return true;
    }

    @Override
    public VmExitSignal interceptTaskGate(Cpu cpu, int selector) {
        if (!inGuest() || !controls.intercepts(SvmExitCode.TASK_SWITCH)) {
            return null;
        }
        VmExitSignal signal = c.exit(VmExitSignal.Kind.TASK_GATE, 0, 0, 0, 0);
        signal.selector = selector;
        return signal;
    }

    @Override
    public boolean allowsCr0(Cpu cpu, long value) {
        return true;
    }

    @Override
    public boolean allowsCr4(Cpu cpu, long value) {
        return true;
    }

    @Override
    public boolean allowsEfer(Cpu cpu, long value) {
        return (value & Control.EFER_SVME) == 0 || (vmCr & VM_CR_DISABLE) == 0;
    }

    @Override
    public boolean blocksInit(Cpu cpu) {
        return c.eventsHeld;
    }

    @Override
    public boolean ownsMsr(int msr) {
        return msr == MSR_TSC_RATIO && c.model.has(Feature.TSC_SCALE) || msr >= MSR_VM_CR && msr <= MSR_SVM_KEY
                || msr == MSR_DOORBELL && c.model.has(Feature.AVIC) || avicRegisters.owns(msr);
    }

    @Override
    public long readMsr(Cpu cpu, int msr) {
        return switch (msr) {
            case MSR_TSC_RATIO -> tscRatio;
            case MSR_VM_CR -> vmCr;
            case MSR_VM_HSAVE_PA -> host.page();
            case MSR_DOORBELL -> throw c.gp();
            // IGNNE, SMM_CTL and the key are there to write
            case MSR_IGNNE, MSR_SMM_CTL, MSR_SVM_KEY -> 0;
            default -> avicRegisters.readMsr(c, msr);
        };
    }

    @Override
    public void writeMsr(Cpu cpu, int msr, long value) {
        switch (msr) {
            case MSR_TSC_RATIO -> {
                check(value >>> 40 == 0);
                tscRatio = value;
            }
            case MSR_VM_CR -> writeVmCr(value);
            case MSR_VM_HSAVE_PA -> {
                check(validAddress(value));
                host.page(value);
            }
            case MSR_IGNNE -> check((value & ~1L) == 0);
            case MSR_SMM_CTL -> check((value & ~0x1FL) == 0);
            case MSR_DOORBELL -> {
                check(value >>> 32 == 0);
                if (c.apic != null) {
                    c.apic.ring((int) value);
                }
            }
            case MSR_SVM_KEY -> {}
            default -> avicRegisters.writeMsr(c, msr, value);
        }
    }

    /** LOCK and SVMDIS stay as they are once LOCK is set; SVMDIS cannot be set while SVM is in use (15.30.1). */
    private void writeVmCr(long value) {
        check((value & ~0x1FL) == 0);
        long fixed = (vmCr & VM_CR_LOCK) != 0 ? VM_CR_LOCK | VM_CR_DISABLE : 0;
        long next = value & ~fixed | vmCr & fixed;
        check((next & VM_CR_DISABLE) == 0 || (c.efer & Control.EFER_SVME) == 0);
        vmCr = next;
    }

    private void check(boolean ok) {
        if (!ok) {
            throw c.gp();
        }
    }

    /** Whether INIT becomes a security exception (15.28). */
    boolean redirectsInit() {
        return (vmCr & VM_CR_REDIRECT_INIT) != 0;
    }

    @Override
    public void doorbell(Cpu cpu) {
        // a processor that is in no such guest does not hear it
        if (inGuest() && controls.avic) {
            avic.changed();
        }
    }

    @Override
    public void dropTranslations() {
        contexts.reset();
        selectContext();
    }

    @Override
    public void stepAside() {
        exit.event(SvmExitCode.INTR, 0, 0);
        entryBegins();
        intercepts.aside = true;
        asideRax = c.gpr(Cpu.RAX);
    }

    @Override
    public void goBack() {
        long last = c.shadowRip;
        // the host's, which VMRUN saves
        c.gpr(Cpu.RAX, asideRax);
        entry.enter(vmcb.at());
        c.shadowRip = c.shadow == 0 ? last : c.shadowRip;
    }

    /** Makes the translations of the state that the processor is in current. */
    void selectContext() {
        if (inGuest()) {
            contexts.select(controls.asid, controls.nested ? controls.nestedCr3 : TranslationContexts.NOT_NESTED, host.cr4(), host.efer());
        } else {
            contexts.selectHost();
        }
    }

    @Override
    public void reset(Cpu cpu) {
        vmCr = 0;
        tscRatio = TSC_RATIO_ONE;
        host.page(0);
        exited = false;
        abandonGuest();
        c.eventsHeld = false;
    }

    /** The guest is no more, and nothing of it is saved: the processor is being reset. */
    void abandonGuest() {
        c.guest = null;
        c.nested = null;
        c.events &= ~Cpu.EVENT_GUEST;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("svm", VERSION);
        out.put("vm-cr", vmCr);
        out.put("tsc-ratio", tscRatio);
        out.put("native-host", nativeHost);
        out.put("exited", exited);
        out.put("in-guest", inGuest());
        out.put("events-held", c.eventsHeld);
        out.put("at", vmcb.at());
        host.save(out);
        controls.save(out);
        intercepts.save(out);
        avic.save(out);
        contexts.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("svm", VERSION);
        vmCr = in.take();
        tscRatio = in.take();
        nativeHost = in.takeBoolean();
        exited = in.takeBoolean();
        boolean guest = in.takeBoolean();
        c.eventsHeld = in.takeBoolean();
        vmcb.at(in.take());
        host.restore(in);
        controls.restore(in);
        intercepts.restore(in);
        avic.restore(in);
        contexts.restore(in);
        c.guest = null;
        c.nested = null;
        contexts.reset();
        if (guest) {
            entry.attach();
        } else {
            selectContext();
        }
        in.end();
    }
}
