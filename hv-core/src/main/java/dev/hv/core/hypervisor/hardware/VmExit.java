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
        /** An instruction or event that is to be carried out in software. */
        EMULATE,
        /** An event must be delivered in software: {@link #event}. */
        DELIVER_EVENT,
        TRIPLE_FAULT,
        INIT,
        SIPI,
        /** The processor refused the guest's state. */
        ENTRY_FAILED,
        UNSUPPORTED
    }

    public Kind kind;
    /** Length of the instruction. */
    public int length;
    /** The hardware's own number of the reason, for statistics and messages. */
    public int reason;
    public int port;
    public int size;
    public boolean in;
    public boolean string;
    public int msr;
    public long gpa;
    /** Event of {@link Kind#DELIVER_EVENT}. */
    public final PendingEvent event = new PendingEvent();
    /** Text for {@link Kind#ENTRY_FAILED} and {@link Kind#UNSUPPORTED}. */
    public String detail;
}
