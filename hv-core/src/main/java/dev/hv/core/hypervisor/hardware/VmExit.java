package dev.hv.core.hypervisor.hardware;

import dev.hv.cpu.state.PendingEvent;

/** One exit from guest operation in vendor-neutral terms. One object a virtual processor, filled anew every time. */
public final class VmExit {

    /** What the guest did, or what happened to it. */
    public enum Kind {
        /** The physical processor took an interrupt: the hypervisor's business, or a turn that ends. */
        PHYSICAL_INTERRUPT,
        INTERRUPT_WINDOW,
        NMI_WINDOW,
        TIMER,
        CPUID,
        HLT,
        /** The guest waits in a loop of PAUSE instructions. */
        PAUSE,
        IO,
        MSR_READ,
        MSR_WRITE,
        /** Guest-physical access without mapping or right. */
        NESTED_PAGE_FAULT,
        HYPERCALL,
        /** An instruction that is to be carried out in software. */
        EMULATE,
        /** An exception that was to exit: {@link #event} and {@link #parameter}. */
        EXCEPTION,
        /** An event must be delivered in software: {@link #event}. It met {@link #gpa}, where that is not {@link #NOWHERE}. */
        DELIVER_EVENT,
        TRIPLE_FAULT,
        INIT,
        SIPI,
        /** The processor refused the guest's state. */
        ENTRY_FAILED,
        UNSUPPORTED
    }

    /** In the place of {@link #gpa}: no access to memory. */
    public static final long NOWHERE = -1;

    public Kind kind;
    /** Where the guest is. */
    public long rip;
    /** Length of the instruction. */
    public int length;
    /** The hardware's own number of the reason, for statistics and messages. */
    public int reason;
    public int port;
    public int size;
    public boolean in;
    public boolean string;
    /** Set by who handles it: a hypercall is under way, and its instruction is executed again. */
    public boolean underWay;
    public boolean repeated;
    public int msr;
    /** Guest-physical address of {@link Kind#NESTED_PAGE_FAULT}. */
    public long gpa;
    /** Linear address that led to {@link #gpa}, where {@link #linearValid} says so. */
    public long linear;
    public boolean linearValid;
    /** Whether {@link #gpa} is what {@link #linear} leads to, and not an entry of its page tables. */
    public boolean translated;
    /** What the access was: {@link dev.hv.cpu.state.Mem#READ}, WRITE or FETCH. */
    public int access;
    /** Address of a page fault, or conditions of a debug exception as bits of DR6. */
    public long parameter;
    /** Event of {@link Kind#DELIVER_EVENT} and {@link Kind#EXCEPTION}. */
    public final PendingEvent event = new PendingEvent();
    /** Text for {@link Kind#ENTRY_FAILED} and {@link Kind#UNSUPPORTED}. */
    public String detail;
}
