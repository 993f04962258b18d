package dev.hv.core.hypervisor.vmx;

import static dev.hv.cpu.vmx.VmxControls.*;

import dev.hv.core.hypervisor.hardware.ContextOwner;
import dev.hv.core.hypervisor.hardware.DirectMsrs;
import dev.hv.core.hypervisor.hardware.MergedGuests;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.memory.MergedTables;
import dev.hv.core.hypervisor.memory.PagePool;
import dev.hv.core.hypervisor.memory.SlatFormat;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.vmx.ExitReason;
import dev.hv.cpu.vmx.VmcsField;
import dev.hv.cpu.vmx.VmxUnit;

/**
 * The second VMCS of a virtual processor that is a hypervisor: its guest runs on it. The VMX unit of the processor's registers has the hypervisor's own
 * VMCS, and has checked it; this one gets the guest's registers, exits for the sake of both, and second-level tables that lead through both.
 */
final class VmxNested extends MergedGuests {

    /** Pages from the partition's pool: VMCS, MSR bitmap, tables. */
    static final int PAGES = 2 + MergedTables.PAGES;

    private static final int VERSION = 2;
    private static final int SINGLE_CONTEXT = 1;
    private static final int ALL_CONTEXTS = 2;
    /** HV_VMX_SYNTHETIC_EXIT_REASON_TRAP_AFTER_FLUSH. */
    private static final int TRAP_AFTER_FLUSH = 0x1000_0031;
    /** Primary controls that are the hypervisor's to ask for; ports, CR8 and windows of ours are there besides. */
    private static final int PRIMARY = INTERRUPT_WINDOW | NMI_WINDOW | HLT_EXITING | INVLPG_EXITING | MWAIT_EXITING | RDPMC_EXITING | RDTSC_EXITING
            | CR3_LOAD_EXITING | CR3_STORE_EXITING | MOV_DR_EXITING | MONITOR_EXITING | PAUSE_EXITING;
    /** VMFUNC exits where its hypervisor enables functions: none is enabled in the hardware. */
    private static final int SECONDARY_EXITS = DESCRIPTOR_TABLE_EXITING | RDRAND_EXITING | RDSEED_EXITING | ENABLE_VM_FUNCTIONS | MODE_BASED_EXECUTE;
    /** Instructions that exist in the guest when both sides say so. */
    private static final int SECONDARY_ENABLES = ENABLE_RDTSCP | ENABLE_INVPCID | ENABLE_XSAVES;
    private static final long CR0_OWNED = Control.CR0_NE | Control.CR0_CD | Control.CR0_NW;
    private static final long EPT_KEEPS_FLAGS = 1 << 6;
    private static final int MSR_HIGH_READ = 1024;
    private static final int MSR_LOW_WRITE = 2048;
    private static final int MSR_HIGH_WRITE = 3072;
    private static final int MSR_RANGE = 0x1FFF;

    private final SystemMemory memory;
    /** The hypervisor's own. */
    private final VmxUnit own;
    private final NestedVmcsPage page;
    /** The merged bitmap is of the VMCS at this address. */
    private long bitmapOf;
    private long vmcs;
    private long bitmap;
    private int vpid;
    private boolean launched;
    /** Translations that the VPID's are of: the hypervisor's VPID, 0 when it uses none. */
    private long lastVpid;
    private VmxUnit vmx;
    private int secondary;

    /** @param takeOut takes the processor out of guest operation */
    VmxNested(ContextOwner vp, Runnable takeOut, SystemMemory memory, SlatFormat format, int vpid) {
        super(vp, takeOut, memory, format);
        this.memory = memory;
        this.vpid = vpid;
        own = (VmxUnit) registers.virtualization;
        page = new NestedVmcsPage(registers, vp);
        if (vp.enlightened()) {
            own.enlighten(page);
        }
        PagePool pool = vp.pool();
        vmcs = pool.take();
        bitmap = pool.take();
    }

    /** Fills the VMCS, which it makes current and clears again, with what never changes. */
    void setUp(VmxUnit hardware, Cpu cpu) {
        vmx = hardware;
        memory.write(vmcs, 4, VmxBackend.revision(hardware, cpu));
        for (int i = 0; i < SystemMemory.PAGE; i += 8) {
            memory.write(bitmap + i, 8, -1);
        }
        VmxContext.check(hardware.vmclear(vmcs), "VMCLEAR");
        VmxContext.check(hardware.vmptrld(vmcs), "VMPTRLD");
        VmcsSetup.write(hardware, cpu, bitmap, EptFormat.pointer(vp.space().root(), false), vpid);
        secondary = (int) hardware.vmread(VmcsField.SECONDARY_CONTROLS);
        VmxContext.check(hardware.vmclear(vmcs), "VMCLEAR");
    }

    long vmcs() {
        return vmcs;
    }

    int vpid() {
        return vpid;
    }

    boolean launched() {
        return launched;
    }

    void launched(boolean value) {
        launched = value;
    }

    /** It runs on another logical processor from now on, where nothing of it is cached. */
    void moveTo(VmxUnit hardware) {
        vmx = hardware;
        launched = false;
        vmx.invvpid(SINGLE_CONTEXT, vpid, 0);
        // what was cached here at an earlier stay was of tables that are forgotten
        vmx.invept(ALL_CONTEXTS, 0);
        tables.drop();
    }

    private int field(int field) {
        return (int) own.field(field);
    }

    private int secondary() {
        return (field(VmcsField.PRIMARY_CONTROLS) & SECONDARY) != 0 ? field(VmcsField.SECONDARY_CONTROLS) : 0;
    }

    // ---- registers ---------------------------------------------------------------------------------------------------

    /** Brings registers up to date with the VMCS, which is current. */
    void store() {
        long kept = registers.cr0 & CR0_OWNED;
        GuestState.store(vmx, registers);
        registers.cr0 = vmx.vmread(VmcsField.GUEST_CR0) & ~CR0_OWNED | kept;
        registers.cr4 = vmx.vmread(VmcsField.GUEST_CR4);
        Modes.update(registers);
    }

    /**
     * Fills the VMCS, which is current, from registers and both sides' controls.
     *
     * @param primary our own primary controls
     */
    void load(int primary) {
        GuestState.load(vmx, registers, 0);
        controls(primary);
        long mask = own.field(VmcsField.CR0_MASK);
        boolean unrestricted = (secondary() & UNRESTRICTED_GUEST) != 0;
        long owned = CR0_OWNED | (unrestricted ? 0 : Control.CR0_PE | Control.CR0_PG);
        vmx.vmwrite(VmcsField.CR0_MASK, mask | owned);
        vmx.vmwrite(VmcsField.CR0_SHADOW, own.field(VmcsField.CR0_SHADOW) & mask | registers.cr0 & ~mask);
        vmx.vmwrite(VmcsField.GUEST_CR0, registers.cr0 & ~CR0_OWNED | Control.CR0_NE);
        long mask4 = own.field(VmcsField.CR4_MASK);
        vmx.vmwrite(VmcsField.CR4_MASK, mask4);
        vmx.vmwrite(VmcsField.CR4_SHADOW, own.field(VmcsField.CR4_SHADOW) & mask4 | registers.cr4 & ~mask4);
        vmx.vmwrite(VmcsField.GUEST_CR4, registers.cr4);
        vmx.vmwrite(VmcsField.EXCEPTION_BITMAP, field(VmcsField.EXCEPTION_BITMAP) & 0xFFFF_FFFFL);
        vmx.vmwrite(VmcsField.PAGE_FAULT_MASK, own.field(VmcsField.PAGE_FAULT_MASK));
        vmx.vmwrite(VmcsField.PAGE_FAULT_MATCH, own.field(VmcsField.PAGE_FAULT_MATCH));
    }

    private void controls(int primary) {
        vmx.vmwrite(VmcsField.PRIMARY_CONTROLS, primary(primary) & 0xFFFF_FFFFL);
        int wanted = secondary();
        int both = secondary & ~SECONDARY_ENABLES | secondary & wanted & SECONDARY_ENABLES | wanted & SECONDARY_EXITS;
        vmx.vmwrite(VmcsField.SECONDARY_CONTROLS, both & 0xFFFF_FFFFL);
        vmx.vmwrite(VmcsField.XSS_EXITING_BITMAP, own.field(VmcsField.XSS_EXITING_BITMAP));
        vmx.vmwrite(VmcsField.CR3_TARGET_COUNT, own.field(VmcsField.CR3_TARGET_COUNT));
        for (int i = 0; i < 4; i++) {
            vmx.vmwrite(VmcsField.CR3_TARGET0 + 2 * i, own.field(VmcsField.CR3_TARGET0 + 2 * i));
        }
        boolean offset = (field(VmcsField.PRIMARY_CONTROLS) & TSC_OFFSETTING) != 0;
        vmx.vmwrite(VmcsField.TSC_OFFSET, vp.tscOffset() + (offset ? own.field(VmcsField.TSC_OFFSET) : 0));
        vmx.vmwrite(VmcsField.EPT_POINTER, eptPointer());
    }

    /** Our primary controls with those that the hypervisor asks for. */
    int primary(int primary) {
        // a scaled time-stamp counter is read in software: scaled in two parts it could differ in the last bit
        return primary | field(VmcsField.PRIMARY_CONTROLS) & PRIMARY | (scales() ? RDTSC_EXITING : 0);
    }

    /** The guest is entered for its hypervisor, not gone on with: bitmaps are looked at anew, and translations that an entry drops go (SDM vol. 3C, 28.4.3.1). */
    void entered() {
        counts.enlightenedEntries += own.enlightened() ? 1 : 0;
        if (page.bitmapClean(own) && bitmapOf == own.vmptrst()) {
            counts.unchangedBitmaps++;
        } else {
            mergeMsrBitmap();
            bitmapOf = own.vmptrst();
        }
        boolean tagged = tagged();
        long other = tagged ? own.field(VmcsField.VPID) : 0;
        if (!tagged || other != lastVpid) {
            flushCombined();
            lastVpid = other;
        }
    }

    private boolean scales() {
        return (secondary() & TSC_SCALING) != 0;
    }

    /** Whether its hypervisor gives the guest a VPID. */
    boolean tagged() {
        return (secondary() & ENABLE_VPID) != 0;
    }

    /** Everything exits but what exits on neither side: few MSRs do not on ours. */
    private void mergeMsrBitmap() {
        boolean bitmaps = (field(VmcsField.PRIMARY_CONTROLS) & MSR_BITMAPS) != 0;
        long theirs = own.field(VmcsField.MSR_BITMAP);
        for (int msr : DirectMsrs.all()) {
            boolean high = msr < 0;
            merge(bitmaps, theirs, high ? MSR_HIGH_READ : 0, msr & MSR_RANGE);
            merge(bitmaps, theirs, high ? MSR_HIGH_WRITE : MSR_LOW_WRITE, msr & MSR_RANGE);
        }
        merge(bitmaps && !scales(), theirs, 0, DirectMsrs.TSC);
    }

    private void merge(boolean bitmaps, long theirs, int table, int bit) {
        int at = table + (bit >>> 3);
        long source = vp.space().translate(theirs, HvMapFlags.READABLE);
        boolean exits = !bitmaps || source < 0 || (memory.read(source + at, 1) >>> (bit & 7) & 1) != 0;
        long old = memory.read(bitmap + at, 1);
        memory.write(bitmap + at, 1, exits ? old | 1L << (bit & 7) : old & ~(1L << (bit & 7)));
    }

    /** Combined translations go. Of pages that its hypervisor logs when they get dirty they alone remember that they are, so the merged tables go, too. */
    private void flushCombined() {
        if ((secondary() & ENABLE_PML) != 0) {
            forget();
            point();
        }
        vmx.invvpid(SINGLE_CONTEXT, vpid, 0);
    }

    // ---- second-level translation --------------------------------------------------------------------------------------

    /** Without tables or virtualised pages of its hypervisor's the guest has the partition's own addresses. */
    private long eptPointer() {
        if (registers.nested == null) {
            return EptFormat.pointer(vp.space().root(), vp.space().tracked());
        }
        return pointer(tables.root(identity()));
    }

    @Override
    protected long identity() {
        boolean ept = (secondary() & EPT) != 0;
        // a guest that has no tables is no other guest than the next one that has none, but for the APIC's page
        return ept ? own.field(VmcsField.EPT_POINTER) : -1 - own.field(VmcsField.APIC_ACCESS_ADDRESS);
    }

    /** Where its hypervisor's tables keep flags, accesses to paging structures are writes here, too. */
    private long pointer(long root) {
        boolean flags = (secondary() & EPT) != 0 && (own.field(VmcsField.EPT_POINTER) & EPT_KEEPS_FLAGS) != 0;
        return EptFormat.pointer(root, flags);
    }

    @Override
    public long directFlushMachine() {
        return page.directFlush(own) ? page.vmId(own) : NO_MACHINE;
    }

    @Override
    public int directFlushProcessor() {
        return page.vpId(own);
    }

    @Override
    public void flush() {
        takeOut();
        vmx.invvpid(SINGLE_CONTEXT, vpid, 0);
    }

    @Override
    public boolean exitAfterFlush() {
        if (!page.exitsAfterFlush(own)) {
            return false;
        }
        own.syntheticExit(TRAP_AFTER_FLUSH);
        return true;
    }

    @Override
    protected void point() {
        if (vmx.vmptrst() == vmcs) {
            vmx.vmwrite(VmcsField.EPT_POINTER, eptPointer());
        }
    }

    @Override
    protected void dropOwn() {
        own.dropTranslations();
    }

    @Override
    protected void forget() {
        for (long top : tables.tops()) {
            vmx.invept(SINGLE_CONTEXT, EptFormat.pointer(top, false));
        }
        tables.drop();
    }

    /** Windows that its hypervisor asks for are among the controls; the hardware knows nothing of its virtual interrupts. */
    @Override
    public boolean waitsForWindow() {
        return registers.guest.virtualInterruptWaits();
    }

    @Override
    public void executed(VmExit exit) {
        if (exit.reason == ExitReason.INVEPT) {
            forget();
        } else if (exit.reason == ExitReason.INVVPID) {
            flushCombined();
        }
    }

    // ---- state -------------------------------------------------------------------------------------------------------

    /** Nothing is in the hardware afterwards, or derived from anything. */
    void rest() {
        VmxContext.check(vmx.vmclear(vmcs), "VMCLEAR");
        launched = false;
        forget();
        vmx.invvpid(SINGLE_CONTEXT, vpid, 0);
    }

    void delete(VmxBackend backend) {
        VmxContext.check(vmx.vmclear(vmcs), "VMCLEAR");
        forget();
        backend.release(vpid);
        vp.pool().release(vmcs);
        vp.pool().release(bitmap);
        tables.delete();
    }

    void save(StateWriter out) {
        out.begin("vmx-nested", VERSION);
        out.put("vmcs", vmcs);
        out.put("bitmap", bitmap);
        out.put("vpid", vpid);
        out.put("last-vpid", lastVpid);
        out.put("bitmap-of", bitmapOf);
        tables.save(out);
        counts.save(out);
        out.end();
    }

    void restore(StateReader in, VmxUnit hardware) {
        in.begin("vmx-nested", VERSION);
        vmcs = in.take();
        bitmap = in.take();
        vpid = (int) in.take();
        lastVpid = in.take();
        bitmapOf = in.take();
        tables.restore(in);
        counts.restore(in);
        in.end();
        launched = false;
        vmx = hardware;
    }
}
