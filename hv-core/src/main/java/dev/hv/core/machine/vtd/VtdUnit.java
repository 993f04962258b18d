package dev.hv.core.machine.vtd;

import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.WordRegisters;
import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.iommu.IommuWatch;
import dev.hv.core.machine.iommu.LocalApics;
import dev.hv.core.machine.iommu.RefusalListener;
import dev.hv.core.machine.iommu.TableMemory;
import dev.hv.core.machine.iommu.UnitWatch;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * A remapping unit of VT-d in legacy mode (Intel Virtualization Technology for Directed I/O, Architecture Specification): the registers, and what they
 * control. No scalable mode, no device translation caches, no posted interrupts, no caching mode. Every command is done when its write ends.
 */
public final class VtdUnit implements Iommu, WordRegisters {

    private static final int VERSION = 1;
    private static final int PERSISTENT = VtdRegisters.TRANSLATION | VtdRegisters.QUEUE | VtdRegisters.INTERRUPTS | VtdRegisters.COMPATIBILITY;
    /** CCMD: go, and what was done, 60:59; IOTLB: go, and what was done, 58:57. */
    private static final long GO = 1L << 63;
    private static final int CONTEXT_HOW = 61;
    private static final int CONTEXT_DONE = 59;
    private static final int IOTLB_HOW = 60;
    private static final int IOTLB_DONE = 57;
    private static final int GLOBAL = 1;
    private static final int DOMAIN = 2;

    private final DmaView memory;
    private final long capabilities;
    private final long addresses;
    private final EventMessage faultEvent;
    private final EventMessage completionEvent;
    private final UnitWatch watch;
    private final FaultRecording faults;
    private final ProtectedMemory protectedMemory;
    private final DmaRemapping dma;
    private final InterruptRemapping interrupts;
    private final InvalidationQueue queue;
    private int status;
    private long root;
    private long interruptTable;
    private long contextCommand;
    private long iotlbCommand;
    private long iotlbAddress;

    /**
     * A unit after reset: nothing is translated.
     *
     * @param memory physical memory
     * @param hostBits width of physical addresses
     * @param levels most levels of second-level tables: 4 or 5
     * @param refusals told of what is refused
     */
    public VtdUnit(DmaView memory, LocalApics apics, int hostBits, int levels, RefusalListener refusals) {
        this.memory = memory;
        capabilities = VtdRegisters.capabilities(levels);
        addresses = (1L << hostBits) - 1 & -Page.SIZE;
        faultEvent = new EventMessage("fault-event", apics, this::extended);
        completionEvent = new EventMessage("completion-event", apics, this::extended);
        watch = new UnitWatch(refusals);
        faults = new FaultRecording(faultEvent, watch);
        protectedMemory = new ProtectedMemory(hostBits);
        var tables = new TableMemory(memory);
        dma = new DmaRemapping(tables, faults, protectedMemory, hostBits, levels);
        interrupts = new InterruptRemapping(tables, faults, apics, hostBits);
        queue = new InvalidationQueue(tables, dma, interrupts, faults, completionEvent, watch, hostBits);
    }

    private boolean extended() {
        return interrupts.extended();
    }

    @Override
    public MemoryRange registers() {
        return new MemoryRange(VtdRegisters.BASE, VtdRegisters.LENGTH);
    }

    @Override
    public int ioApic() {
        return VtdRegisters.IO_APIC;
    }

    @Override
    public DmaView memory() {
        return memory;
    }

    @Override
    public long translate(int requester, long address, boolean write) {
        return dma.translate(requester, address, write);
    }

    @Override
    public void interrupt(int requester, long address, int data) {
        interrupts.request(requester, address, data);
    }

    @Override
    public void watch(IommuWatch who) {
        watch.watch(who);
    }

    @Override
    public void reset() {
        status = 0;
        root = 0;
        interruptTable = 0;
        contextCommand = 0;
        iotlbCommand = 0;
        iotlbAddress = 0;
        faultEvent.reset();
        completionEvent.reset();
        faults.reset();
        protectedMemory.reset();
        dma.reset();
        interrupts.reset();
        queue.reset();
    }

    // ---- registers -------------------------------------------------------------------------------------------------

    @Override
    public int readWord(int offset) {
        if (offset >= VtdRegisters.FRCD && offset < VtdRegisters.FRCD + VtdRegisters.RECORDS * VtdRegisters.FRCD_BYTES) {
            return faults.read(offset - VtdRegisters.FRCD);
        }
        if (offset >= VtdRegisters.PMEN && offset < VtdRegisters.PHMLIMIT + 8) {
            return protectedMemory.read(offset - VtdRegisters.PMEN);
        }
        return switch (offset) {
            case VtdRegisters.VER -> VtdRegisters.VERSION;
            case VtdRegisters.CAP, VtdRegisters.CAP + 4 -> Words.half(capabilities, offset);
            case VtdRegisters.ECAP, VtdRegisters.ECAP + 4 -> Words.half(VtdRegisters.extendedCapabilities(), offset);
            case VtdRegisters.GSTS -> status;
            case VtdRegisters.RTADDR, VtdRegisters.RTADDR + 4 -> Words.half(root, offset);
            case VtdRegisters.CCMD, VtdRegisters.CCMD + 4 -> Words.half(contextCommand, offset);
            case VtdRegisters.FSTS -> faults.status();
            case VtdRegisters.FECTL, VtdRegisters.FEDATA, VtdRegisters.FEADDR, VtdRegisters.FEUADDR -> faultEvent.read(offset - VtdRegisters.FECTL >> 2);
            case VtdRegisters.IQH -> (int) queue.head();
            case VtdRegisters.IQT -> (int) queue.tail();
            case VtdRegisters.IQA, VtdRegisters.IQA + 4 -> Words.half(queue.address(), offset);
            case VtdRegisters.ICS -> queue.status();
            case VtdRegisters.IECTL, VtdRegisters.IEDATA, VtdRegisters.IEADDR, VtdRegisters.IEUADDR -> completionEvent.read(offset - VtdRegisters.IECTL >> 2);
            case VtdRegisters.IQERCD -> queue.error();
            case VtdRegisters.IRTA, VtdRegisters.IRTA + 4 -> Words.half(interruptTable, offset);
            case VtdRegisters.IOTLB, VtdRegisters.IOTLB + 4 -> Words.half(iotlbCommand, offset);
            default -> 0;
        };
    }

    @Override
    public void writeWord(int offset, int value) {
        if (offset >= VtdRegisters.FRCD && offset < VtdRegisters.FRCD + VtdRegisters.RECORDS * VtdRegisters.FRCD_BYTES) {
            faults.write(offset - VtdRegisters.FRCD, value);
            return;
        }
        if (offset >= VtdRegisters.PMEN && offset < VtdRegisters.PHMLIMIT + 8) {
            protectedMemory.write(offset - VtdRegisters.PMEN, value);
            return;
        }
        switch (offset) {
            case VtdRegisters.GCMD -> command(value);
            case VtdRegisters.RTADDR, VtdRegisters.RTADDR + 4 -> root = Words.with(root, offset, value) & addresses;
            case VtdRegisters.CCMD -> contextCommand = Words.with(contextCommand, offset, value);
            case VtdRegisters.CCMD + 4 -> contextCommand(Words.with(contextCommand, offset, value));
            case VtdRegisters.FSTS -> {
                faults.clearStatus(value);
                queue.run();
            }
            case VtdRegisters.FECTL, VtdRegisters.FEDATA, VtdRegisters.FEADDR, VtdRegisters.FEUADDR -> faultEvent.write(offset - VtdRegisters.FECTL >> 2, value);
            case VtdRegisters.IQT -> queue.tail(value);
            case VtdRegisters.IQA, VtdRegisters.IQA + 4 -> queue.address(Words.with(queue.address(), offset, value));
            case VtdRegisters.ICS -> queue.clearStatus(value);
            case VtdRegisters.IECTL, VtdRegisters.IEDATA, VtdRegisters.IEADDR, VtdRegisters.IEUADDR -> completionEvent.write(offset - VtdRegisters.IECTL >> 2, value);
            case VtdRegisters.IRTA, VtdRegisters.IRTA + 4 -> interruptTable = Words.with(interruptTable, offset, value) & (addresses | 0x80F);
            case VtdRegisters.IVA, VtdRegisters.IVA + 4 -> iotlbAddress = Words.with(iotlbAddress, offset, value);
            case VtdRegisters.IOTLB -> iotlbCommand = Words.with(iotlbCommand, offset, value);
            case VtdRegisters.IOTLB + 4 -> iotlbCommand(Words.with(iotlbCommand, offset, value));
            default -> { }
        }
    }

    /** Writes GCMD: pointers are latched, and what can be on or off is as the bits say. */
    private void command(int value) {
        if ((value & VtdRegisters.ROOT_POINTER) != 0) {
            dma.root(root);
            status |= VtdRegisters.ROOT_POINTER;
        }
        if ((value & VtdRegisters.INTERRUPT_POINTER) != 0) {
            interrupts.table(interruptTable);
            status |= VtdRegisters.INTERRUPT_POINTER;
        }
        if (((status ^ value) & PERSISTENT) != 0) {
            watch.command(() -> CommandText.status(value));
        }
        status = status & ~PERSISTENT | value & PERSISTENT;
        dma.enable((value & VtdRegisters.TRANSLATION) != 0);
        interrupts.allowCompatibility((value & VtdRegisters.COMPATIBILITY) != 0);
        interrupts.enable((value & VtdRegisters.INTERRUPTS) != 0);
        if (queue.enabled() != ((value & VtdRegisters.QUEUE) != 0)) {
            queue.enable(!queue.enabled());
        }
    }

    /** Writes CCMD. What a system does here while it has the queue is not done. */
    private void contextCommand(long value) {
        contextCommand = value;
        if (value >= 0) {
            return;
        }
        int how = (int) (value >>> CONTEXT_HOW) & 3;
        int done = queue.enabled() ? 0 : how;
        if (done != 0) {
            watch.command(() -> CommandText.contexts(how, (int) value & 0xFFFF, (int) (value >>> 16) & 0xFFFF, (int) (value >>> 32) & 3));
        }
        switch (done) {
            case 0 -> { }
            case GLOBAL -> dma.forgetContexts();
            case DOMAIN -> dma.forgetContexts((int) value & 0xFFFF);
            default -> dma.forgetContexts((int) value & 0xFFFF, (int) (value >>> 16) & 0xFFFF, (int) (value >>> 32) & 3);
        }
        contextCommand = value & ~GO & ~(3L << CONTEXT_DONE) | (long) done << CONTEXT_DONE;
    }

    /** Writes IOTLB. */
    private void iotlbCommand(long value) {
        iotlbCommand = value;
        if (value >= 0) {
            return;
        }
        int how = (int) (value >>> IOTLB_HOW) & 3;
        int domain = (int) (value >>> 32) & 0xFFFF;
        int mask = (int) iotlbAddress & 0x3F;
        int done = queue.enabled() || how > DOMAIN && mask > VtdRegisters.MAMV ? 0 : how;
        if (done != 0) {
            watch.command(() -> CommandText.translations(how, domain, iotlbAddress & -Page.SIZE, mask));
        }
        switch (done) {
            case 0 -> { }
            case GLOBAL -> dma.forgetTranslations();
            case DOMAIN -> dma.forgetTranslations(domain);
            default -> dma.forgetTranslations(domain, iotlbAddress & -Page.SIZE, mask);
        }
        iotlbCommand = value & ~GO & ~(3L << IOTLB_DONE) | (long) done << IOTLB_DONE;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("vt-d", VERSION);
        out.put("status", status);
        out.put("root", root);
        out.put("interrupt-table", interruptTable);
        out.put("context-command", contextCommand);
        out.put("iotlb-command", iotlbCommand);
        out.put("iotlb-address", iotlbAddress);
        faultEvent.save(out);
        completionEvent.save(out);
        faults.save(out);
        protectedMemory.save(out);
        dma.save(out);
        interrupts.save(out);
        queue.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("vt-d", VERSION);
        status = (int) in.take();
        root = in.take();
        interruptTable = in.take();
        contextCommand = in.take();
        iotlbCommand = in.take();
        iotlbAddress = in.take();
        faultEvent.restore(in);
        completionEvent.restore(in);
        faults.restore(in);
        protectedMemory.restore(in);
        dma.restore(in);
        interrupts.restore(in);
        queue.restore(in);
        in.end();
    }
}
