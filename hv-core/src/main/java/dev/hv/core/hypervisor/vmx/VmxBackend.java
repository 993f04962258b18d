package dev.hv.core.hypervisor.vmx;

import dev.hv.core.hypervisor.hardware.ContextOwner;
import dev.hv.core.hypervisor.hardware.DirectMsrs;
import dev.hv.core.hypervisor.hardware.GuestIdentifiers;
import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.PhysicalProcessor;
import dev.hv.core.hypervisor.hardware.Residence;
import dev.hv.core.hypervisor.hardware.Residences;
import dev.hv.core.hypervisor.hardware.VirtualizationBackend;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.memory.PagePool;
import dev.hv.core.hypervisor.memory.SlatFormat;
import dev.hv.core.machine.SystemMemory;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.NestedPaging;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.vmx.VmxError;
import dev.hv.cpu.vmx.VmxUnit;
import java.util.ArrayList;
import java.util.List;

/** VT-x: puts logical processors into VMX root operation and keeps which context is resident on which. */
public final class VmxBackend implements VirtualizationBackend {

    static final long HOST_CR0 = Control.CR0_PE | Control.CR0_MP | Control.CR0_ET | Control.CR0_NE | Control.CR0_WP | Control.CR0_PG;
    static final long HOST_CR4 = Control.CR4_PAE | Control.CR4_VMXE;
    static final long HOST_EFER = Control.EFER_LME | Control.EFER_LMA | Control.EFER_NXE;

    private static final int VERSION = 1;
    private static final int IA32_VMX_BASIC = 0x480;
    private static final long FEATURE_CONTROL_LOCKED_VMXON = 5;
    private static final int SINGLE_CONTEXT = 1;
    /** VMCALL; RET. */
    private static final byte[] HYPERCALL = {0x0F, 0x01, (byte) 0xC1, (byte) 0xC3};

    /** Identifiers have 16 bits, and 0 is the hypervisor's. */
    private static final int MOST_VPIDS = 0xFFFF;
    /** VMCS and MSR bitmap. */
    private static final int CONTEXT_PAGES = 2;

    private final SystemMemory memory;
    private final SlatFormat format = new EptFormat();
    private final Residences<VmxUnit, VmxContext> units = new Residences<>();
    private final GuestIdentifiers vpids;
    /** Contexts that have guests of their own. */
    private final List<VmxContext> hypervisors = new ArrayList<>();

    public VmxBackend(SystemMemory memory) {
        this(memory, MOST_VPIDS);
    }

    /** One that has fewer VPIDs than the hardware. */
    public VmxBackend(SystemMemory memory, int mostVpids) {
        this.memory = memory;
        vpids = new GuestIdentifiers(mostVpids);
    }

    /** What a hypervisor's loader does before VMXON (SDM vol. 3C, 23.7): long mode, CR4.VMXE, the feature-control MSR. */
    @Override
    public void enable(PhysicalProcessor processor, long page) {
        Cpu c = processor.processor().cpu();
        if (!(c.virtualization instanceof VmxUnit vmx)) {
            throw new IllegalArgumentException("the processor model has no VT-x");
        }
        c.cr0 = HOST_CR0;
        c.cr4 = HOST_CR4;
        c.efer = HOST_EFER;
        c.featureControl = FEATURE_CONTROL_LOCKED_VMXON;
        c.seg[Cpu.CS].set(VmxContext.HOST_CS, 0, -1, Segment.CODE_64);
        c.activity = Cpu.ACTIVE;
        Modes.update(c);
        vmx.setNativeHost(true);
        memory.write(page, 4, revision(vmx, c));
        int error = vmx.vmxon(page);
        if (error != VmxError.NONE) {
            throw new IllegalStateException("VMXON failed: " + error);
        }
        var unit = new Residence<VmxUnit, VmxContext>(processor, vmx);
        units.add(unit);
    }

    @Override
    public List<Residence<VmxUnit, VmxContext>> residences() {
        return units.all();
    }

    @Override
    public NestedPaging.Tables tables(GuestPhysicalSpace space) {
        return new NestedPaging.Tables(space.root(), 4, true);
    }

    /** The logical processors. */
    Residences<VmxUnit, VmxContext> units() {
        return units;
    }

    static long revision(VmxUnit vmx, Cpu c) {
        return vmx.readMsr(c, IA32_VMX_BASIC) & 0x7FFF_FFFF;
    }

    @Override
    public SlatFormat slatFormat() {
        return format;
    }

    @Override
    public byte[] hypercallCode() {
        return HYPERCALL.clone();
    }

    @Override
    public boolean exits(int msr) {
        return DirectMsrs.exits(msr);
    }

    @Override
    public boolean hasRoom() {
        return vpids.free();
    }

    /** A context has let go of its VPID. */
    void release(int vpid) {
        vpids.release(vpid);
    }

    /** A context of a hypervisor is no more. */
    void release(VmxContext context) {
        hypervisors.remove(context);
    }

    @Override
    public HardwareContext createContext(ContextOwner owner, PhysicalProcessor on) {
        PagePool pool = owner.pool();
        boolean nested = owner.registers().virtualization != null;
        if (pool.available() < contextPages(nested) || nested && !vpids.free(2)) {
            return null;
        }
        var context = new VmxContext(owner, this, units.of(on), memory, pool.take(), pool.take(), vpids.take());
        if (nested) {
            context.nest(new VmxNested(owner, context::takeOut, memory, format, vpids.take()));
            hypervisors.add(context);
        }
        return context;
    }

    @Override
    public int contextPages(boolean nested) {
        return nested ? CONTEXT_PAGES + VmxNested.PAGES : CONTEXT_PAGES;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("vmx-backend", VERSION);
        vpids.save(out);
        out.end();
    }

    /** No context is resident anywhere: all were at rest. */
    @Override
    public void restore(StateReader in) {
        in.begin("vmx-backend", VERSION);
        vpids.restore(in);
        in.end();
        units.all().forEach(u -> u.resident = null);
    }

    @Override
    public void invalidate(GuestPhysicalSpace space) {
        space.forgetDevices();
        for (Residence<VmxUnit, VmxContext> u : units.all()) {
            u.pause();
            u.unit.invept(SINGLE_CONTEXT, EptFormat.pointer(space.root(), space.tracked()));
        }
        for (VmxContext context : hypervisors) {
            if (context.uses(space)) {
                context.nested().drop();
            }
        }
    }
}
