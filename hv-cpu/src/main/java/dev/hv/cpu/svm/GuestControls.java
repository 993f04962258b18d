package dev.hv.cpu.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;

/** The control area of the VMCB being run, as VMRUN found it: a change in memory has effect with the next VMRUN (APM vol. 2, 15.5). */
final class GuestControls {

    static final int WORDS = 6;
    private static final int ADDRESS_BITS = 12;
    private static final long AVIC_PAGE = 0x000FFFFFFFFFF000L;
    private static final int LAST_PHYSICAL_ID = 0xFFF;

    private final int[] intercepts = new int[WORDS];
    long ioBitmap;
    long msrBitmap;
    long tscOffset;
    int asid;
    int tlbControl;
    /** VIRTUAL_INTERRUPT, which goes on changing while the guest runs. */
    long virtualInterrupt;
    boolean nested;
    long nestedCr3;
    boolean virtualVmload;
    boolean virtualBranches;
    int pauseCount;
    int pauseThreshold;
    long injection;
    boolean shadow;
    /** The APIC is virtualised. */
    boolean avic;
    /** In x2APIC mode. */
    boolean x2avic;
    /** Bits that go together wrongly: x2APIC mode without the other. */
    boolean x2avicAlone;
    long apicBar;
    long backingPage;
    long logicalTable;
    long physicalTable;
    int lastPhysicalId;

    /** Reads what a processor model knows; bits of what it does not have mean nothing to it. */
    void read(Vmcb v, CpuModel model) {
        for (int i = 0; i < WORDS; i++) {
            intercepts[i] = v.get32(VmcbField.INTERCEPTS + 4 * i);
        }
        ioBitmap = v.get(VmcbField.IOPM_BASE) >>> ADDRESS_BITS << ADDRESS_BITS;
        msrBitmap = v.get(VmcbField.MSRPM_BASE) >>> ADDRESS_BITS << ADDRESS_BITS;
        tscOffset = v.get(VmcbField.TSC_OFFSET);
        asid = v.get32(VmcbField.ASID);
        tlbControl = v.get8(VmcbField.TLB_CONTROL);
        virtualInterrupt = v.get(VmcbField.VIRTUAL_INTERRUPT) & ~(model.has(Feature.VGIF) ? 0 : V_GIF_ENABLE) & ~(model.has(Feature.VNMI) ? 0 : V_NMI_ENABLE);
        nested = model.has(Feature.NPT) && (v.get(VmcbField.NESTED_CONTROL) & NESTED_PAGING) != 0;
        nestedCr3 = v.get(VmcbField.NESTED_CR3);
        virtualVmload = model.has(Feature.V_VMSAVE_VMLOAD) && nested && (v.get(VmcbField.VIRTUAL_EXTENSIONS) & VIRTUAL_VMLOAD_VMSAVE) != 0;
        virtualBranches = model.has(Feature.LBRV) && (v.get(VmcbField.VIRTUAL_EXTENSIONS) & VIRTUAL_BRANCH_RECORDS) != 0;
        pauseCount = model.has(Feature.PAUSEFILTER) ? v.get16(VmcbField.PAUSE_FILTER_COUNT) : 0;
        pauseThreshold = model.has(Feature.PFTHRESHOLD) ? v.get16(VmcbField.PAUSE_FILTER_THRESHOLD) : 0;
        avic = model.has(Feature.AVIC) && has(V_AVIC);
        x2avic = avic && model.has(Feature.X2AVIC) && has(V_X2AVIC);
        x2avicAlone = model.has(Feature.X2AVIC) && has(V_X2AVIC) && !avic;
        apicBar = page(v, VmcbField.AVIC_APIC_BAR);
        backingPage = page(v, VmcbField.AVIC_BACKING_PAGE);
        logicalTable = page(v, VmcbField.AVIC_LOGICAL_TABLE);
        physicalTable = page(v, VmcbField.AVIC_PHYSICAL_TABLE);
        lastPhysicalId = (int) v.get(VmcbField.AVIC_PHYSICAL_TABLE) & LAST_PHYSICAL_ID;
        injection = v.get(VmcbField.EVENT_INJECTION);
        shadow = (v.get(VmcbField.INTERRUPT_SHADOW) & 1) != 0;
    }

    private static long page(Vmcb v, int field) {
        return v.get(field) & AVIC_PAGE;
    }

    /** Whether what an exit code (up to 0xBF) tells of exits. */
    boolean intercepts(int code) {
        return (intercepts[code >>> 5] >>> code & 1) != 0;
    }

    /** A word of the intercepts. */
    int word(int index) {
        return intercepts[index];
    }

    /** Whether a bit of VIRTUAL_INTERRUPT is set. */
    boolean has(int bit) {
        return ((int) virtualInterrupt & bit) != 0;
    }

    void save(StateWriter out) {
        for (int word : intercepts) {
            out.put("word", word);
        }
        out.put("io-bitmap", ioBitmap);
        out.put("msr-bitmap", msrBitmap);
        out.put("tsc-offset", tscOffset);
        out.put("asid", asid);
        out.put("virtual-interrupt", virtualInterrupt);
        out.put("nested", nested);
        out.put("nested-cr3", nestedCr3);
        out.put("virtual-vmload", virtualVmload);
        out.put("virtual-branches", virtualBranches);
        out.put("pause-count", pauseCount);
        out.put("pause-threshold", pauseThreshold);
        out.put("avic", avic);
        out.put("x2avic", x2avic);
        out.put("apic-bar", apicBar);
        out.put("backing-page", backingPage);
        out.put("logical-table", logicalTable);
        out.put("physical-table", physicalTable);
        out.put("last-physical-id", lastPhysicalId);
    }

    void restore(StateReader in) {
        for (int i = 0; i < WORDS; i++) {
            intercepts[i] = (int) in.take();
        }
        ioBitmap = in.take();
        msrBitmap = in.take();
        tscOffset = in.take();
        asid = (int) in.take();
        virtualInterrupt = in.take();
        nested = in.takeBoolean();
        nestedCr3 = in.take();
        virtualVmload = in.takeBoolean();
        virtualBranches = in.takeBoolean();
        pauseCount = (int) in.take();
        pauseThreshold = (int) in.take();
        avic = in.takeBoolean();
        x2avic = in.takeBoolean();
        apicBar = in.take();
        backingPage = in.take();
        logicalTable = in.take();
        physicalTable = in.take();
        lastPhysicalId = (int) in.take() & LAST_PHYSICAL_ID;
    }
}
