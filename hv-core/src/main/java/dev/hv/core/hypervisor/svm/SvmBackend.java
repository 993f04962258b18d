package dev.hv.core.hypervisor.svm;

import dev.hv.core.hypervisor.hardware.ContextOwner;
import dev.hv.core.hypervisor.hardware.GuestIdentifiers;
import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.PhysicalProcessor;
import dev.hv.core.hypervisor.hardware.Residence;
import dev.hv.core.hypervisor.hardware.Residences;
import dev.hv.core.hypervisor.hardware.VirtualizationBackend;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.memory.SlatFormat;
import dev.hv.core.machine.SystemMemory;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.NestedPaging;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.SvmOperations;
import dev.hv.cpu.svm.SvmControls;
import dev.hv.cpu.svm.SvmUnit;
import java.util.ArrayList;
import java.util.List;

/** AMD-V: switches it on for logical processors and keeps which context is resident on which. */
public final class SvmBackend implements VirtualizationBackend {

    private static final long HOST_CR0 = Control.CR0_PE | Control.CR0_MP | Control.CR0_ET | Control.CR0_NE | Control.CR0_WP | Control.CR0_PG;
    private static final long HOST_EFER = Control.EFER_LME | Control.EFER_LMA | Control.EFER_NXE | Control.EFER_SVME;
    private static final int HOST_CS = 0x08;
    private static final int VERSION = 1;
    private static final List<Feature> NEEDED = List.of(Feature.NPT, Feature.NRIP_SAVE, Feature.FLUSHBYASID, Feature.VNMI, Feature.LBRV);
    /** VMMCALL; RET. */
    private static final byte[] HYPERCALL = {0x0F, 0x01, (byte) 0xD9, (byte) 0xC3};

    private final SystemMemory memory;
    private final SlatFormat format = new NptFormat();
    private final Residences<SvmUnit, SvmContext> units = new Residences<>();
    private final GuestIdentifiers asids;
    private final List<SvmContext> contexts = new ArrayList<>();
    private PermissionMaps maps;

    public SvmBackend(SystemMemory memory) {
        this(memory, SvmOperations.ASIDS - 1);
    }

    /** One that has fewer ASIDs than the hardware. */
    public SvmBackend(SystemMemory memory, int mostAsids) {
        this.memory = memory;
        asids = new GuestIdentifiers(mostAsids);
    }

    /** What it needs of a processor model with AMD-V and does not find; null when it runs on it. */
    public static Feature missing(CpuModel model) {
        for (Feature f : NEEDED) {
            if (!model.has(f)) {
                return f;
            }
        }
        return null;
    }

    @Override
    public int sharedPages() {
        return PermissionMaps.PAGES;
    }

    @Override
    public void share(long pages) {
        maps = new PermissionMaps(memory, pages);
    }

    /** What a hypervisor's loader does before its first VMRUN (APM vol. 2, 15.4): long mode, EFER.SVME, VM_HSAVE_PA, CLGI. */
    @Override
    public void enable(PhysicalProcessor processor, long page) {
        Cpu c = processor.processor().cpu();
        if (!(c.virtualization instanceof SvmUnit svm)) {
            throw new IllegalArgumentException("the processor model has no AMD-V");
        }
        Feature missing = missing(c.model);
        if (missing != null) {
            throw new IllegalArgumentException("the processor model's AMD-V has no " + missing.text());
        }
        c.cr0 = HOST_CR0;
        c.cr4 = Control.CR4_PAE;
        c.efer = HOST_EFER;
        c.seg[Cpu.CS].set(HOST_CS, 0, -1, Segment.CODE_64);
        // guests mask no interrupts of the processor's: V_INTR_MASKING has them look at this one
        c.rflagsOther(c.rflagsOther() | Rflags.IF);
        c.activity = Cpu.ACTIVE;
        svm.setNativeHost(true);
        svm.writeMsr(c, SvmControls.MSR_VM_HSAVE_PA, page);
        svm.clgi();
        Modes.update(c);
        var unit = new Residence<SvmUnit, SvmContext>(processor, svm);
        units.add(unit);
    }

    @Override
    public List<Residence<SvmUnit, SvmContext>> residences() {
        return units.all();
    }

    @Override
    public NestedPaging.Tables tables(GuestPhysicalSpace space) {
        return new NestedPaging.Tables(space.root(), 4, false);
    }

    /** The logical processors. */
    Residences<SvmUnit, SvmContext> units() {
        return units;
    }

    PermissionMaps maps() {
        return maps;
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
        return PermissionMaps.exits(msr);
    }

    @Override
    public boolean hasRoom() {
        return asids.free();
    }

    /** A context is no more. */
    void release(SvmContext context, int asid) {
        contexts.remove(context);
        asids.release(asid);
    }

    @Override
    public int contextPages(boolean nested) {
        return nested ? 1 + SvmNested.PAGES : 1;
    }

    @Override
    public HardwareContext createContext(ContextOwner owner, PhysicalProcessor on) {
        boolean nested = owner.registers().virtualization != null;
        if (owner.pool().available() < contextPages(nested) || nested && !asids.free(2)) {
            return null;
        }
        var context = new SvmContext(owner, this, units.of(on), owner.pool().take(), asids.take());
        contexts.add(context);
        if (nested) {
            context.nest(new SvmNested(owner, this, context::takeOut, memory, format, asids.take()));
        }
        return context;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("svm-backend", VERSION);
        asids.save(out);
        out.end();
    }

    /** No context is resident anywhere: all were at rest. */
    @Override
    public void restore(StateReader in) {
        in.begin("svm-backend", VERSION);
        asids.restore(in);
        in.end();
        units.all().forEach(u -> u.resident = null);
    }

    @Override
    public void invalidate(GuestPhysicalSpace space) {
        space.forgetDevices();
        for (SvmContext context : contexts) {
            if (context.uses(space)) {
                context.flush();
                if (context.nested() != null) {
                    context.nested().drop();
                }
            }
        }
    }
}
