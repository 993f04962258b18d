package dev.hv.core.machine.vtd;

import dev.hv.core.machine.iommu.TableMemory;
import dev.hv.core.machine.iommu.UnitWatch;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** Queued invalidation (VT-d specification, 6.5.2): descriptors of 128 bits in a ring in memory, carried out as soon as the tail moves. */
final class InvalidationQueue implements Saveable {

    private static final int VERSION = 1;
    private static final int DESCRIPTOR_SHIFT = 4;
    private static final int FIRST_PAGE_SHIFT = 8;
    private static final long OFFSET = 0x7_FFF0;
    /** Types of descriptors. */
    static final int CONTEXTS = 1;
    static final int TRANSLATIONS = 2;
    static final int INTERRUPT_ENTRIES = 4;
    static final int WAIT = 5;
    /** Of a descriptor of invalidation: how much (5:4), domain 31:16. */
    private static final int GLOBAL = 1;
    private static final int DOMAIN = 2;
    private static final int SELECTIVE = 3;
    static final long WAIT_INTERRUPT = 1 << 4;
    static final long WAIT_STATUS = 1 << 5;
    static final long INDEX_SELECTIVE = 1 << 4;
    /** IQERCD, why the queue stopped. */
    private static final int BAD_TAIL = 1;
    private static final int FETCH = 2;
    private static final int BAD_TYPE = 3;
    private static final int RESERVED = 4;

    private final TableMemory memory;
    private final DmaRemapping dma;
    private final InterruptRemapping interrupts;
    private final FaultRecording faults;
    private final EventMessage completion;
    private final UnitWatch watch;
    private final long addressMask;
    private final long[] descriptor = new long[2];
    private boolean enabled;
    private long address;
    private long head;
    private long tail;
    /** ICS.IWC. */
    private boolean completed;
    private int error;

    InvalidationQueue(TableMemory memory, DmaRemapping dma, InterruptRemapping interrupts, FaultRecording faults, EventMessage completion, UnitWatch watch, int hostBits) {
        this.memory = memory;
        this.dma = dma;
        this.interrupts = interrupts;
        this.faults = faults;
        this.completion = completion;
        this.watch = watch;
        addressMask = (1L << hostBits) - 1 & -Page.SIZE;
    }

    /** GCMD.QIE. */
    void enable(boolean on) {
        if (enabled && !on) {
            head = 0;
        }
        enabled = on;
        run();
    }

    boolean enabled() {
        return enabled;
    }

    /** IQA. */
    long address() {
        return address;
    }

    /** Writes IQA. */
    void address(long value) {
        address = value & (addressMask | 7);
    }

    long head() {
        return head;
    }

    long tail() {
        return tail;
    }

    /** Writes IQT. */
    void tail(long value) {
        tail = value & OFFSET;
        run();
    }

    /** ICS. */
    int status() {
        return completed ? 1 : 0;
    }

    /** Writes ICS. */
    void clearStatus(int value) {
        if ((value & 1) != 0) {
            completed = false;
            completion.settle();
        }
    }

    /** IQERCD. */
    int error() {
        return error;
    }

    private long size() {
        return 1L << FIRST_PAGE_SHIFT + DESCRIPTOR_SHIFT + (address & 7);
    }

    /** Carries out what there is, up to an error: then nothing moves until that is cleared. */
    void run() {
        if (enabled && !faults.queueFailed() && tail >= size()) {
            fail(BAD_TAIL);
        }
        while (enabled && head != tail && !faults.queueFailed()) {
            if (head >= size()) {
                head = 0;
            }
            int wrong = memory.read((address & addressMask) + head, descriptor) ? carryOut(descriptor[0], descriptor[1]) : FETCH;
            if (wrong != 0) {
                fail(wrong);
                return;
            }
            head = head + (1 << DESCRIPTOR_SHIFT) & size() - 1;
        }
    }

    private void fail(int why) {
        error = why;
        faults.queueError();
    }

    /** A descriptor's type, bits 3:0 and 11:9. */
    static int type(long low) {
        return (int) (low & 0xF | low >>> 5 & 0x70);
    }

    /** Carries a descriptor out; why it cannot be, or 0. */
    private int carryOut(long low, long high) {
        int domain = (int) (low >>> 16) & 0xFFFF;
        int how = (int) (low >>> 4) & 3;
        watch.command(() -> CommandText.descriptor(low, high));
        return switch (type(low)) {
            case CONTEXTS -> contexts(low, high, how, domain);
            case TRANSLATIONS -> translations(low, high, how, domain);
            case INTERRUPT_ENTRIES -> interruptEntries(low, high);
            case WAIT -> await(low, high);
            // device translation caches, and what has a PASID, this unit has not
            default -> BAD_TYPE;
        };
    }

    private int contexts(long low, long high, int how, int domain) {
        if ((low & 0xFFFC_0000_0000_F1C0L) != 0 || high != 0 || how == 0) {
            return RESERVED;
        }
        switch (how) {
            case GLOBAL -> dma.forgetContexts();
            case DOMAIN -> dma.forgetContexts(domain);
            default -> dma.forgetContexts(domain, (int) (low >>> 32) & 0xFFFF, (int) (low >>> 48) & 3);
        }
        return 0;
    }

    private int translations(long low, long high, int how, int domain) {
        int mask = (int) high & 0x3F;
        if ((low & 0xFFFF_FFFF_0000_F100L) != 0 || how == SELECTIVE && ((high & 0xF80) != 0 || mask > VtdRegisters.MAMV) || how == 0) {
            return RESERVED;
        }
        switch (how) {
            case GLOBAL -> dma.forgetTranslations();
            case DOMAIN -> dma.forgetTranslations(domain);
            default -> dma.forgetTranslations(domain, high & -Page.SIZE, mask);
        }
        return 0;
    }

    private int interruptEntries(long low, long high) {
        if ((low & 0xFFFF_0000_07FF_F1E0L) != 0 || high != 0) {
            return RESERVED;
        }
        if ((low & INDEX_SELECTIVE) == 0) {
            interrupts.forget();
        } else {
            interrupts.forget((int) (low >>> 32) & 0xFFFF, (int) (low >>> 27) & 0x1F);
        }
        return 0;
    }

    private int await(long low, long high) {
        if ((low & 0xFFFF_F100L) != 0 || (high & 3) != 0) {
            return RESERVED;
        }
        if ((low & WAIT_STATUS) != 0) {
            memory.write32(high, (int) (low >>> 32));
        }
        if ((low & WAIT_INTERRUPT) != 0 && !completed) {
            completed = true;
            completion.raise();
        }
        return 0;
    }

    void reset() {
        enabled = false;
        address = 0;
        head = 0;
        tail = 0;
        completed = false;
        error = 0;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("invalidation-queue", VERSION);
        out.put("enabled", enabled);
        out.put("address", address);
        out.put("head", head);
        out.put("tail", tail);
        out.put("completed", completed);
        out.put("error", error);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("invalidation-queue", VERSION);
        enabled = in.takeBoolean();
        address = in.take();
        head = in.take();
        tail = in.take();
        completed = in.takeBoolean();
        error = (int) in.take();
        in.end();
    }
}
