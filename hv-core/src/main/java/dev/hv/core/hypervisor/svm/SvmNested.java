package dev.hv.core.hypervisor.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.core.hypervisor.hardware.ContextOwner;
import dev.hv.core.hypervisor.hardware.MergedGuests;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.memory.MergedTables;
import dev.hv.core.hypervisor.memory.SlatFormat;
import dev.hv.core.machine.SystemMemory;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.svm.SvmExitCode;
import dev.hv.cpu.svm.SvmUnit;
import dev.hv.cpu.svm.Vmcb;
import dev.hv.cpu.svm.VmcbField;

/**
 * The second VMCB of a virtual processor that is a hypervisor: its guest runs on it. The SVM unit of the processor's registers has the controls of the
 * hypervisor's own VMCB, and has checked it; this one gets the guest's registers, intercepts for the sake of both, and nested page tables that lead through both.
 */
final class SvmNested extends MergedGuests {

    /** Pages from the partition's pool: VMCB, tables. */
    static final int PAGES = 1 + MergedTables.PAGES;

    private static final int VERSION = 2;
    private static final int ASID_SHIFT = 52;

    private final SvmBackend backend;
    private final SystemMemory memory;
    /** The hypervisor's own. */
    private final SvmUnit own;
    private long page;
    private int asid;
    /** The hypervisor's ASID that translations under {@link #asid} are of. */
    private int lastAsid;
    private boolean stgiExits;
    private SvmUnit svm;
    /** The second VMCB. */
    private Vmcb vmcb;
    /** Our own intercepts. */
    private final int[] intercepts = new int[SvmUnit.INTERCEPT_WORDS];

    /** @param takeOut takes the processor out of guest operation */
    SvmNested(ContextOwner vp, SvmBackend backend, Runnable takeOut, SystemMemory memory, SlatFormat format, int asid) {
        super(vp, takeOut, memory, format);
        this.backend = backend;
        this.memory = memory;
        this.asid = asid;
        own = (SvmUnit) registers.virtualization;
        page = vp.pool().take();
    }

    /** It runs on a logical processor from now on, where nothing of it is cached. */
    void use(SvmUnit hardware, Cpu cpu) {
        svm = hardware;
        vmcb = new Vmcb(cpu);
        vmcb.at(page);
        svm.flushAsid(asid);
        tables.drop();
    }

    /** Fills the VMCB with what never changes. */
    void setUp(Cpu cpu) {
        VmcbSetup.write(vmcb, cpu, backend.maps(), vp.space().root(), asid);
        for (int i = 0; i < intercepts.length; i++) {
            intercepts[i] = vmcb.get32(VmcbField.INTERCEPTS + 4 * i);
        }
    }

    /**
     * In the hypervisor's own VMCB: VMLOAD, VMSAVE, STGI and CLGI, of which every exit of its guest has some, are the hardware's while it may execute them (APM vol. 2, 15.33).
     *
     * @param its the VMCB, filled from registers
     */
    void loadOwn(Vmcb its) {
        boolean enabled = (registers.efer & Control.EFER_SVME) != 0;
        if (registers.model.has(Feature.V_VMSAVE_VMLOAD)) {
            VmcbSetup.intercept(its, SvmExitCode.VMLOAD, !enabled);
            VmcbSetup.intercept(its, SvmExitCode.VMSAVE, !enabled);
            its.set(VmcbField.VIRTUAL_EXTENSIONS, its.get(VmcbField.VIRTUAL_EXTENSIONS) | (enabled ? VIRTUAL_VMLOAD_VMSAVE : 0));
        }
        if (virtualGif()) {
            VmcbSetup.intercept(its, SvmExitCode.STGI, !enabled || stgiExits);
            VmcbSetup.intercept(its, SvmExitCode.CLGI, !enabled);
            long virtual = its.get(VmcbField.VIRTUAL_INTERRUPT) & ~(long) V_GIF;
            its.set(VmcbField.VIRTUAL_INTERRUPT, virtual | V_GIF_ENABLE | (registers.eventsHeld ? 0 : V_GIF));
        }
    }

    /** Whether the hardware knows when it holds events back. */
    boolean virtualGif() {
        return registers.model.has(Feature.VGIF);
    }

    /** Takes over from the hypervisor's own VMCB whether it holds events back. */
    void storeOwn(Vmcb its) {
        if (virtualGif()) {
            registers.eventsHeld = (its.get(VmcbField.VIRTUAL_INTERRUPT) & V_GIF) == 0;
        }
    }

    /** Whether something waits for its hypervisor to hold events back no longer, so that STGI is to exit. */
    void requestStgi(Vmcb its, boolean exits) {
        if (virtualGif() && exits != stgiExits) {
            stgiExits = exits;
            VmcbSetup.intercept(its, SvmExitCode.STGI, exits || (registers.efer & Control.EFER_SVME) == 0);
        }
    }

    long page() {
        return page;
    }

    int asid() {
        return asid;
    }

    /** Whether IRET exits for its hypervisor's sake. */
    boolean interceptsIret() {
        return own.intercepts(SvmExitCode.IRET);
    }

    // ---- registers ---------------------------------------------------------------------------------------------------

    /** Brings registers up to date with the VMCB. */
    void store() {
        vmcb.settle();
        GuestState.store(vmcb, registers, false);
    }

    /** Fills the VMCB from registers and both sides' controls. */
    void load(boolean nmiWindow, boolean interruptWindow) {
        vmcb.settle();
        GuestState.load(vmcb, registers, 0);
        for (int i = 0; i < intercepts.length; i++) {
            vmcb.set32(VmcbField.INTERCEPTS + 4 * i, intercepts[i] | own.interceptWord(i));
        }
        // virtual interrupts of its hypervisor's are taken in software: here they are a window of ours
        VmcbSetup.intercept(vmcb, SvmExitCode.VINTR, interruptWindow);
        VmcbSetup.intercept(vmcb, SvmExitCode.IRET, nmiWindow || interceptsIret());
        vmcb.set(VmcbField.TSC_OFFSET, vp.tscOffset() + own.tscOffset());
        // a scaled time-stamp counter is read in software, and PAUSEs are counted there
        VmcbSetup.intercept(vmcb, SvmExitCode.RDTSC, own.scalesTsc() || own.intercepts(SvmExitCode.RDTSC));
        VmcbSetup.intercept(vmcb, SvmExitCode.RDTSCP, own.scalesTsc() || own.intercepts(SvmExitCode.RDTSCP));
        VmcbSetup.filterPauses(vmcb, !own.intercepts(SvmExitCode.PAUSE));
        vmcb.set(VmcbField.NESTED_CR3, nestedCr3());
    }

    /** VMRUN has begun the guest, which does not just go on: the permission map is looked at anew, and translations that VMRUN drops go. */
    void entered() {
        boolean direct = !own.scalesTsc() && (!own.intercepts(SvmExitCode.MSR) || PermissionMaps.allows(memory, vp.space(), own.msrBitmap()));
        vmcb.set(VmcbField.MSRPM_BASE, direct ? backend.maps().msrs() : backend.maps().noMsrs());
        if (own.flushed()) {
            forget();
        } else if (own.asid() != lastAsid) {
            svm.flushAsid(asid);
        }
        lastAsid = own.asid();
    }

    // ---- second-level translation --------------------------------------------------------------------------------------

    /** Without tables of its hypervisor's the guest has the partition's own addresses. */
    private long nestedCr3() {
        return registers.nested == null ? vp.space().root() : tables.root(identity());
    }

    @Override
    protected long identity() {
        // the page of a virtualised APIC is memory to the guest that has none
        return own.nestedCr3() ^ (long) own.asid() << ASID_SHIFT ^ (own.virtualizesApicPage() ? 1 : 0);
    }

    @Override
    protected void point() {
        vmcb.set(VmcbField.NESTED_CR3, nestedCr3());
    }

    @Override
    protected void dropOwn() {
        own.dropTranslations();
    }

    @Override
    protected void forget() {
        svm.flushAsid(asid);
        tables.drop();
    }

    @Override
    public boolean waitsForWindow() {
        return own.virtualInterruptWaits();
    }

    @Override
    public void executed(VmExit exit) {
        if (exit.reason == SvmExitCode.INVLPGA) {
            svm.flushAsid(asid);
        }
    }

    // ---- state -------------------------------------------------------------------------------------------------------

    /** Nothing derived is left afterwards. */
    void rest() {
        forget();
    }

    void delete() {
        forget();
        vp.pool().release(page);
        tables.delete();
    }

    void save(StateWriter out) {
        out.begin("svm-nested", VERSION);
        out.put("page", page);
        out.put("asid", asid);
        out.put("last-asid", lastAsid);
        out.put("stgi-exits", stgiExits);
        for (int word : intercepts) {
            out.put("word", word);
        }
        tables.save(out);
        out.end();
    }

    void restore(StateReader in, SvmUnit hardware, Cpu cpu) {
        in.begin("svm-nested", VERSION);
        page = in.take();
        asid = (int) in.take();
        lastAsid = (int) in.take();
        stgiExits = in.takeBoolean();
        for (int i = 0; i < intercepts.length; i++) {
            intercepts[i] = (int) in.take();
        }
        tables.restore(in);
        in.end();
        use(hardware, cpu);
    }
}
