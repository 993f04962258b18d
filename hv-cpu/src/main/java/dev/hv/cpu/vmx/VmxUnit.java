package dev.hv.cpu.vmx;

import dev.hv.cpu.memory.Page;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.TaskSwitchSource;
import dev.hv.cpu.state.Virtualization;
import dev.hv.cpu.state.VmExitSignal;
import dev.hv.cpu.state.VmxOperations;

/**
 * VT-x of one processor: VMX operation, the current VMCS, entries and exits.
 *
 * <p>Two kinds of hypervisor use it. Guest code executes the VMX instructions, which check privilege and mode and then call
 * the methods here. A <i>native host</i> ({@link #setNativeHost}) is Java code in place of that guest code: it calls
 * {@link #vmxon}, {@link #vmptrld}, {@link #vmwrite}, {@link #launch} and the others directly. Entries and exits are the same
 * for both, checks included; only that after an exit to a native host the engine returns instead of running code at the
 * host's RIP. Methods named after instructions return {@link VmxError#NONE}, {@link VmxError#INVALID} or an error number, which
 * is then in the VM-instruction error field too.
 */
public final class VmxUnit implements Virtualization, VmxOperations {

    private static final int VERSION = 4;

    final Cpu c;
    final VmxCapabilities capabilities;
    final Vmcs vmcs;
    final Ept ept;
    final TranslationContexts contexts;
    final VirtualApic apic = new VirtualApic(this);
    final VirtualRegisters registers = new VirtualRegisters(this);
    final VmcsShadowing shadowing = new VmcsShadowing(this);
    final VmFunctions functions = new VmFunctions(this);
    final VirtualizationException exceptions = new VirtualizationException(this);
    final GuestEvents events = new GuestEvents(this);
    final GuestIntercepts intercepts = new GuestIntercepts(this);
    private final VmEntry entry = new VmEntry(this);
    private final VmExit exit = new VmExit(this);
    final MsrAccess msrs;
    /** Null for a hypervisor that has no VMCS of this kind. */
    private EnlightenedVmcs enlightened;
    private boolean vmxOperation;
    private long vmxonPointer;
    private boolean nativeHost;
    private boolean exited;

    // Controls of the guest being run, as at its entry
    int pin;
    int primary;
    int secondary;
    /** Paging modifiers that the host's cached translations were made under. */
    int hostPaging;

    /** The unit of a processor; {@code msrs} are RDMSR and WRMSR, for MSR areas. */
    public VmxUnit(Cpu c, MsrAccess msrs) {
        this.c = c;
        this.msrs = msrs;
        ept = new Ept(this);
        contexts = new TranslationContexts(this);
        vmcs = new Vmcs(c.model);
        capabilities = new VmxCapabilities(c.model, vmcs);
    }

    /** Says whether the hypervisor is Java code: VM exits then make the engine return. */
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

    @Override
    public boolean inVmxOperation() {
        return vmxOperation;
    }

    void exitDone() {
        if (vmcs.borrowed) {
            enlightened.end(this);
        }
        if (nativeHost) {
            exited = true;
            c.returnToHost = true;
        }
    }

    void entryBegins() {
        exited = false;
        c.returnToHost = false;
    }

    /** Connects the machine's clock for the preemption timer. */
    public void connect(TimerAlarm alarm) {
        events.connect(alarm);
    }

    /** The alarm went off: the engine looks at the preemption timer at the next boundary. */
    public void timerDue() {
        if (inGuest()) {
            c.raise(Cpu.EVENT_GUEST);
        }
    }

    @Override
    public int vmxon(long region) {
        if (vmxOperation) {
            return fail(VmxError.VMXON_IN_ROOT);
        }
        if (!PhysicalAccess.valid(c, region, Page.SIZE) || PhysicalAccess.read32(c, region) != Vmcs.REVISION) {
            return VmxError.INVALID;
        }
        vmxOperation = true;
        vmxonPointer = region;
        vmcs.pointer = Vmcs.NONE;
        hostPaging = contexts.pagingModifiers();
        return VmxError.NONE;
    }

    @Override
    public int vmxoff() {
        vmcs.store(c);
        vmcs.pointer = Vmcs.NONE;
        vmcs.borrowed = false;
        vmxOperation = false;
        return VmxError.NONE;
    }

    @Override
    public int vmclear(long region) {
        if (!PhysicalAccess.valid(c, region, Page.SIZE)) {
            return fail(VmxError.VMCLEAR_ADDRESS);
        }
        if (region == vmxonPointer) {
            return fail(VmxError.VMCLEAR_VMXON_POINTER);
        }
        boolean theirs = enlightened != null && enlightened.is(region);
        if (region == vmcs.pointer) {
            vmcs.store(c);
            vmcs.pointer = Vmcs.NONE;
            vmcs.borrowed = false;
            // its launch state is clear, in the region and here: nothing of it tells when it was cleared
            vmcs.launched = false;
        }
        if (theirs) {
            return VmxError.NONE;
        }
        vmcs.clearLaunchState(c, region);
        return VmxError.NONE;
    }

    @Override
    public int vmptrld(long region) {
        if (!PhysicalAccess.valid(c, region, Page.SIZE)) {
            return fail(VmxError.VMPTRLD_ADDRESS);
        }
        if (region == vmxonPointer) {
            return fail(VmxError.VMPTRLD_VMXON_POINTER);
        }
        int revision = PhysicalAccess.read32(c, region);
        if (revision != Vmcs.REVISION && !(revision == (Vmcs.REVISION | Vmcs.SHADOW) && c.model.has(Feature.VMX_SHADOW_VMCS))) {
            return fail(VmxError.VMPTRLD_REVISION);
        }
        if (region != vmcs.pointer) {
            vmcs.store(c);
            vmcs.load(c, region);
        }
        return VmxError.NONE;
    }

    @Override
    public long vmptrst() {
        return vmcs.pointer;
    }

    @Override
    public int checkField(long encoding) {
        if (inGuest() ? shadowing.region() == Vmcs.NONE : !vmcs.current()) {
            return VmxError.INVALID;
        }
        return vmcs.supports(encoding) ? VmxError.NONE : fail(VmxError.UNSUPPORTED_FIELD);
    }

    @Override
    public long vmread(int field) {
        if (checkField(field) != VmxError.NONE) {
            throw new IllegalArgumentException("no VMCS field 0x" + Integer.toHexString(field) + " or no current VMCS");
        }
        return inGuest() ? Vmcs.read(c, shadowing.region(), field) : vmcs.read(field);
    }

    @Override
    public int vmwrite(int field, long value) {
        int error = checkField(field);
        if (error == VmxError.NONE) {
            if (inGuest()) {
                Vmcs.write(c, shadowing.region(), field, value);
            } else {
                vmcs.write(field, value);
            }
        }
        return error;
    }

    @Override
    public int launch() {
        return enter(false);
    }

    @Override
    public int resume() {
        return enter(true);
    }

    private int enter(boolean resume) {
        boolean theirs = enlightened != null && enlightened.begin(this, resume);
        int error = entry.enter(resume);
        if (theirs && error != VmxError.NONE) {
            enlightened.end(this);
        }
        return error;
    }

    /** Lets the hypervisor use VMCSs in memory of its own; controls that have no field there it has not. */
    public void enlighten(EnlightenedVmcs with) {
        enlightened = with;
        capabilities.enlighten();
        vmcs.recheck();
    }

    /**
     * Makes an enlightened VMCS current.
     *
     * @return false when it was current already: otherwise all its fields are 0
     */
    public boolean adopt(long region, boolean launched) {
        boolean fresh = !vmcs.borrowed || vmcs.pointer != region;
        if (fresh) {
            vmcs.store(c);
            vmcs.borrow(region);
        }
        vmcs.launched = launched;
        return fresh;
    }

    /** Whether the current VMCS is an enlightened one. */
    public boolean enlightened() {
        return vmcs.borrowed;
    }

    /** Sets a field of the current VMCS, whoever executes. */
    public void field(int encoding, long value) {
        vmcs.write(encoding, value);
    }

    /** An exit to the hypervisor with a reason that the hardware has not. */
    public void syntheticExit(int reason) {
        exit.event(reason, 0);
    }

    /** INVEPT: type 1 single context (bits 51:12 of the pointer count), 2 all contexts. */
    public int invept(long type, long pointer) {
        return invept(type, pointer, 0);
    }

    @Override
    public int invept(long type, long pointer, long reserved) {
        return contexts.invept(type, pointer, reserved) ? VmxError.NONE : fail(VmxError.INVALID_OPERAND);
    }

    @Override
    public int invvpid(long type, long vpid, long linear) {
        return contexts.invvpid(type, vpid, linear) ? VmxError.NONE : fail(VmxError.INVALID_OPERAND);
    }

    @Override
    public void vmfunc() {
        functions.switchEptp(c);
    }

    @Override
    public int vmcallInRoot() {
        return fail(VmxError.VMCALL_IN_ROOT);
    }

    @Override
    public boolean canStart() {
        return VmxCapabilities.cr0Allowed(c.cr0, 0) && capabilities.cr4Allowed(c.cr4);
    }

    /** VMfail: with a current VMCS the error number goes into it (30.2). */
    int fail(int error) {
        if (!vmcs.current()) {
            return VmxError.INVALID;
        }
        vmcs.set32(VmcsField.INSTRUCTION_ERROR, error);
        return error;
    }

    /** A field of the current VMCS as the unit itself uses it, in guest operation too; 64-bit fields whole. */
    public long field(int encoding) {
        return vmcs.get(encoding);
    }

    /** Secondary controls in force: 0 when the primary controls do not activate them. */
    int secondaryControls() {
        return (vmcs.get32(VmcsField.PRIMARY_CONTROLS) & VmxControls.SECONDARY) != 0 ? vmcs.get32(VmcsField.SECONDARY_CONTROLS) : 0;
    }

    /** Bits 7:0 of the virtual TPR. */
    int virtualTpr() {
        return PhysicalAccess.read8(c, vmcs.get(VmcsField.VIRTUAL_APIC_ADDRESS) + VirtualApic.TPR);
    }

    void setVirtualTpr(int value) {
        PhysicalAccess.write32(c, vmcs.get(VmcsField.VIRTUAL_APIC_ADDRESS) + VirtualApic.TPR, value & 0xFF);
        apic.wroteTpr();
    }

    VmExit exits() {
        return exit;
    }

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
        if (!inGuest()) {
            return false;
        }
        c.delivering.clear();
        exit.event(ExitReason.TRIPLE_FAULT, 0);
        return true;
    }

    @Override
    public boolean interceptTaskSwitch(Cpu cpu, int selector, TaskSwitchSource source, int instructionLength) {
        if (!inGuest()) {
            return false;
        }
        exit.taskSwitch(VmcsFormat.qualification(source, selector), instructionLength);
        return true;
    }

    @Override
    public VmExitSignal interceptTaskGate(Cpu cpu, int selector) {
        VmExitSignal signal = c.exit(VmExitSignal.Kind.TASK_GATE, 0, 0, 0, 0);
        signal.selector = selector;
        return signal;
    }

    @Override
    public boolean ownsMsr(int msr) {
        return capabilities.has(msr) || registers.concerns(msr);
    }

    @Override
    public long readMsr(Cpu cpu, int msr) {
        return capabilities.has(msr) ? capabilities.read(msr) : registers.readMsr(c, msr);
    }

    @Override
    public void writeMsr(Cpu cpu, int msr, long value) {
        if (!registers.concerns(msr)) {
            throw c.gp();
        }
        registers.writeMsr(c, msr, value);
    }

    @Override
    public boolean allowsCr0(Cpu cpu, long value) {
        if (!vmxOperation) {
            return true;
        }
        boolean unrestricted = inGuest() && (secondary & VmxControls.UNRESTRICTED_GUEST) != 0;
        return VmxCapabilities.cr0Allowed(value, unrestricted ? Control.CR0_PE | Control.CR0_PG : 0);
    }

    @Override
    public boolean allowsCr4(Cpu cpu, long value) {
        return !vmxOperation || capabilities.cr4Allowed(value);
    }

    @Override
    public boolean blocksInit(Cpu cpu) {
        return vmxOperation;
    }

    @Override
    public void stepAside() {
        exit.event(ExitReason.EXTERNAL_INTERRUPT, 0);
        entryBegins();
        intercepts.aside = true;
    }

    @Override
    public void goBack() {
        long last = c.shadowRip;
        entry.enter(true);
        c.shadowRip = c.shadow == 0 ? last : c.shadowRip;
    }

    /** Numbering of address spaces starts anew, too. */
    @Override
    public void dropTranslations() {
        ept.reset();
        c.tlb.flushAll();
        if (inGuest()) {
            contexts.selectGuest();
        } else {
            contexts.selectContext(0, 0);
        }
    }

    @Override
    public void reset(Cpu cpu) {
        vmxOperation = false;
        vmcs.pointer = Vmcs.NONE;
        exited = false;
        c.guest = null;
        c.nested = null;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("vmx", VERSION);
        out.put("vmx-operation", vmxOperation);
        out.put("vmxon-pointer", vmxonPointer);
        out.put("native-host", nativeHost);
        out.put("exited", exited);
        out.put("in-guest", inGuest());
        out.put("host-paging", hostPaging);
        vmcs.save(out);
        apic.save(out);
        events.save(out);
        intercepts.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("vmx", VERSION);
        vmxOperation = in.takeBoolean();
        vmxonPointer = in.take();
        nativeHost = in.takeBoolean();
        exited = in.takeBoolean();
        boolean guest = in.takeBoolean();
        hostPaging = (int) in.take();
        vmcs.restore(in);
        c.guest = null;
        c.nested = null;
        ept.invalidateAll();
        c.tlb.flushAll();
        if (guest) {
            entry.attach();
        } else {
            contexts.selectContext(0, 0);
        }
        // after attach, which arms timers as an entry does
        apic.restore(in);
        events.restore(in);
        intercepts.restore(in);
        in.end();
    }
}
