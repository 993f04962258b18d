package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.memory.GuestBus;
import dev.hv.core.tlfs.DeviceAccess;
import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.InterceptAnswer;
import dev.hv.core.tlfs.InterceptMessage;
import dev.hv.core.tlfs.InterceptReceiver;
import dev.hv.core.tlfs.InterceptedProcessor;
import dev.hv.core.tlfs.VpStop;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.PageWalker;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Tlb;
import dev.hv.cpu.state.Vector;
import dev.hv.cpu.state.VmExitSignal;
import java.util.BitSet;
import org.slf4j.LoggerFactory;

/**
 * What a virtual processor leaves to the owner of its partition (TLFS, "Intercepts"): a message in its message page, and no step further until
 * that is answered. An owner that answers at once has the registers lent meanwhile.
 */
public final class Intercepts implements Saveable {

    private static final int VERSION = 3;
    private static final int VECTORS = 256;
    private static final int DR7_ENABLES = 0xFF;
    private static final int USER_LEVEL = 3;

    private final VirtualProcessor vp;
    private final InterceptMessage message = new InterceptMessage();
    private final InterceptAnswer answer = new InterceptAnswer();
    private final Lender lender = new Lender();
    /** Vectors of level-triggered interrupts whose end the owner has not been told yet. */
    private final BitSet ends = new BitSet(VECTORS);
    private boolean anyEnds;
    /** Sources that the owner wants to be told of when it can post a message to them, as bits. */
    private int awaitedSints;
    /** Number of the notice of the message that its owner, a guest, has not been given yet; 0 for none. */
    private long notice;

    Intercepts(VirtualProcessor vp) {
        this.vp = vp;
    }

    /** The message page. */
    public InterceptMessage message() {
        return message;
    }

    /** IN, OUT, INS or OUTS. */
    public void ioPort(VmExit exit) {
        vp.partition().countPortIntercept();
        begin(HvMessage.IO_PORT, HvInterceptMessage.IO_SIZE, exit.in ? HvInterceptMessage.READ : HvInterceptMessage.WRITE);
        message.put(HvInterceptMessage.IO_PORT, 2, exit.port);
        message.put(HvInterceptMessage.IO_ACCESS_INFO, 1, exit.size | (exit.string ? HvInterceptMessage.IO_STRING : 0) | (exit.repeated ? HvInterceptMessage.IO_REPEATED : 0));
        message.put(HvInterceptMessage.IO_RAX, 8, vp.context().gpr(Cpu.RAX));
        if (vp.context().watchesPorts()) {
            message.put(HvInterceptMessage.EXECUTION_STATE, 2, HvInterceptMessage.STATE_DEBUG_ACTIVE);
        }
        send(exit.length);
    }

    /** An access to guest-physical addresses without memory, or without the right. */
    public void memory(VmExit exit) {
        memory(exit.gpa, exit.access, exit.linearValid ? HvInterceptMessage.MEMORY_GVA_VALID | (exit.translated ? HvInterceptMessage.MEMORY_GPA_OF_GVA : 0) : 0, exit.linear);
    }

    /**
     * An access that an instruction, or an event's delivery, made while the hypervisor carried it out: the owner does it again, from the start.
     *
     * @param event the event; null for an instruction
     */
    void unreached(VmExitSignal access, PendingEvent event) {
        if (event != null) {
            vp.context().inject(event);
        }
        if (access.guestPhysical != GuestBus.NOWHERE) {
            memory(access.guestPhysical, access.access, 0, 0);
        }
        // otherwise another processor has put another instruction here: it exits for what it is
    }

    private void memory(long gpa, int access, int known, long linear) {
        boolean mapped = vp.partition().space().mapped(gpa >>> 12);
        begin(mapped ? HvMessage.GPA_INTERCEPT : HvMessage.UNMAPPED_GPA, HvInterceptMessage.MEMORY_SIZE, access == Mem.WRITE ? HvInterceptMessage.WRITE
                : access == Mem.FETCH ? HvInterceptMessage.EXECUTE : HvInterceptMessage.READ);
        message.put(HvInterceptMessage.MEMORY_GPA, 8, gpa);
        if (known != 0) {
            message.put(HvInterceptMessage.MEMORY_ACCESS_INFO, 1, known);
            message.put(HvInterceptMessage.MEMORY_GVA, 8, linear);
        }
        send(0);
    }

    /** An exception that the owner asked for. It is not delivered: the owner may do that. */
    public void exception(VmExit exit) {
        begin(HvMessage.EXCEPTION, HvInterceptMessage.EXCEPTION_SIZE, HvInterceptMessage.EXECUTE);
        message.put(HvInterceptMessage.EXCEPTION_VECTOR, 2, exit.event.vector());
        message.put(HvInterceptMessage.EXCEPTION_INFO, 1, (exit.event.withErrorCode() ? HvInterceptMessage.EXCEPTION_ERROR_CODE_VALID : 0)
                | (exit.event.kind().byInstruction() ? HvInterceptMessage.EXCEPTION_BY_SOFTWARE : 0));
        message.put(HvInterceptMessage.EXCEPTION_ERROR_CODE, 4, exit.event.errorCode());
        message.put(HvInterceptMessage.EXCEPTION_PARAMETER, 8, exit.parameter);
        send(exit.length);
    }

    /** The same of one that an instruction raised while the hypervisor carried it out. */
    void exception(GuestFault fault) {
        begin(HvMessage.EXCEPTION, HvInterceptMessage.EXCEPTION_SIZE, HvInterceptMessage.EXECUTE);
        message.put(HvInterceptMessage.EXCEPTION_VECTOR, 2, fault.vector);
        message.put(HvInterceptMessage.EXCEPTION_INFO, 1, Vector.hasErrorCode(fault.vector) ? HvInterceptMessage.EXCEPTION_ERROR_CODE_VALID : 0);
        message.put(HvInterceptMessage.EXCEPTION_ERROR_CODE, 4, Vector.hasErrorCode(fault.vector) ? fault.errorCode : 0);
        message.put(HvInterceptMessage.EXCEPTION_PARAMETER, 8, fault.vector == Vector.PF ? vp.registers().pageFaultAddress : fault.vector == Vector.DB ? fault.errorCode : 0);
        send(0);
    }

    /** With CR0.NE clear: an instruction that waits for an unmasked x87 error, or one that may end the error that FERR# reports. */
    public void numericError() {
        begin(HvMessage.LEGACY_FP_ERROR, HvInterceptMessage.VP_SIZE, HvInterceptMessage.READ);
        send(0);
    }

    /** HLT in a partition whose owner has the interrupt controllers. */
    public void halt(VmExit exit) {
        begin(HvMessage.HALT, HvInterceptMessage.HEADER_SIZE, HvInterceptMessage.EXECUTE);
        send(exit.length);
    }

    /** A triple fault. */
    public void unrecoverable() {
        begin(HvMessage.UNRECOVERABLE_EXCEPTION, HvInterceptMessage.HEADER_SIZE, HvInterceptMessage.EXECUTE);
        send(0);
    }

    /**
     * It cannot go on. The run of a partition that our services own is over; a parent that is a guest hears of it as of any other intercept, whoever schedules the processor, and may set registers, have it try again or
     * end the partition. An internal error of the hypervisor's, for which there is no message, is an exception from which nothing recovers.
     */
    void failed(VpStop why) {
        Partition parent = vp.partition().owner();
        if (parent == null || parent.services() != null) {
            vp.partition().stop(why);
            return;
        }
        if (vp.scheduling().ended()) {
            return;
        }
        LoggerFactory.getLogger(Intercepts.class).info("partition {} vp {} cannot go on: {}: {}", why.partitionId(), why.vpIndex(), why.reason(), why.detail());
        switch (why.reason()) {
            case INVALID_REGISTER_VALUE -> begin(HvMessage.INVALID_VP_REGISTER_VALUE, HvInterceptMessage.VP_SIZE, HvInterceptMessage.READ);
            case UNSUPPORTED_FEATURE -> {
                begin(HvMessage.UNSUPPORTED_FEATURE, HvInterceptMessage.UNSUPPORTED_SIZE, HvInterceptMessage.READ);
                message.put(HvInterceptMessage.UNSUPPORTED_CODE, 4, HvInterceptMessage.UNSUPPORTED_INTERCEPT);
            }
            case UNRECOVERABLE_EXCEPTION, INTERNAL_ERROR -> begin(HvMessage.UNRECOVERABLE_EXCEPTION, HvInterceptMessage.HEADER_SIZE, HvInterceptMessage.EXECUTE);
        }
        send(0);
    }

    /**
     * CPUID.
     *
     * @param leaf what the hypervisor would answer: EAX, EBX, ECX, EDX
     */
    public void cpuid(VmExit exit, int[] leaf) {
        HardwareContext context = vp.context();
        begin(HvMessage.CPUID, HvInterceptMessage.CPUID_SIZE, HvInterceptMessage.EXECUTE);
        message.put(HvInterceptMessage.CPUID_RAX, 8, context.gpr(Cpu.RAX));
        message.put(HvInterceptMessage.CPUID_RCX, 8, context.gpr(Cpu.RCX));
        message.put(HvInterceptMessage.CPUID_RDX, 8, context.gpr(Cpu.RDX));
        message.put(HvInterceptMessage.CPUID_RBX, 8, context.gpr(Cpu.RBX));
        message.put(HvInterceptMessage.CPUID_DEFAULT_RAX, 4, leaf[0]);
        message.put(HvInterceptMessage.CPUID_DEFAULT_RBX, 4, leaf[1]);
        message.put(HvInterceptMessage.CPUID_DEFAULT_RCX, 4, leaf[2]);
        message.put(HvInterceptMessage.CPUID_DEFAULT_RDX, 4, leaf[3]);
        send(exit.length);
    }

    /** RDMSR or WRMSR. */
    public void msr(VmExit exit, boolean write) {
        begin(HvMessage.MSR, HvInterceptMessage.MSR_SIZE, write ? HvInterceptMessage.WRITE : HvInterceptMessage.READ);
        message.put(HvInterceptMessage.MSR_NUMBER, 4, exit.msr);
        message.put(HvInterceptMessage.MSR_RDX, 8, vp.context().gpr(Cpu.RDX));
        message.put(HvInterceptMessage.MSR_RAX, 8, vp.context().gpr(Cpu.RAX));
        send(exit.length);
    }

    /** A hypercall that is its owner's to answer. The message has the registers as they are: nothing of the call has been done. */
    public void hypercall(VmExit exit) {
        HardwareContext context = vp.context();
        begin(HvMessage.HYPERCALL, HvInterceptMessage.HYPERCALL_SIZE, HvInterceptMessage.EXECUTE);
        message.put(HvInterceptMessage.HYPERCALL_RAX, 8, context.gpr(Cpu.RAX));
        message.put(HvInterceptMessage.HYPERCALL_RBX, 8, context.gpr(Cpu.RBX));
        message.put(HvInterceptMessage.HYPERCALL_RCX, 8, context.gpr(Cpu.RCX));
        message.put(HvInterceptMessage.HYPERCALL_RDX, 8, context.gpr(Cpu.RDX));
        message.put(HvInterceptMessage.HYPERCALL_R8, 8, context.gpr(Cpu.R8));
        message.put(HvInterceptMessage.HYPERCALL_RSI, 8, context.gpr(Cpu.RSI));
        message.put(HvInterceptMessage.HYPERCALL_RDI, 8, context.gpr(Cpu.RDI));
        for (int i = 0; i < 2 * HvInterceptMessage.HYPERCALL_XMM_COUNT; i++) {
            message.put(HvInterceptMessage.HYPERCALL_XMM + 8 * i, 8, context.xmm(i / 2, i % 2));
        }
        // the header tells in which registers the call is
        describe(exit.length);
        send(exit.length);
    }

    /**
     * An interrupt of the owner's own interrupt controller can be delivered: a pin that the owner asserts (HvCallAssertVirtualInterrupt), or a message of its
     * I/O APIC, asks for it without a vector. The owner acknowledges it there and sets HvRegisterPendingInterruption.
     *
     * @return negative: the interrupt is queued, or will be when the owner answers
     */
    int interruptionDeliverable() {
        begin(HvMessage.INTERRUPTION_DELIVERABLE, HvInterceptMessage.DELIVERABLE_SIZE, HvInterceptMessage.READ);
        send(0);
        return -1;
    }

    /** A level-triggered interrupt was ended: before the processor goes on, its owner is told. */
    void ended(int vector) {
        ends.set(vector);
        anyEnds = true;
    }

    /** The owner wants to be told once when it can post messages to sources, as bits; what it wanted before is forgotten. */
    public void awaitSints(int sints) {
        awaitedSints = sints;
        tellSources();
    }

    /** What {@link #awaitSints} was told, without what the owner has been told since. */
    public int awaitedSints() {
        return awaitedSints;
    }

    private void tellSources() {
        if (awaitedSints == 0 || vp.scheduling().interceptSuspended() || vp.scheduling().ended()) {
            return;
        }
        int sints = 0;
        for (int left = awaitedSints; left != 0; left &= left - 1) {
            sints |= vp.synic().deliverable(Integer.numberOfTrailingZeros(left)) ? Integer.lowestOneBit(left) : 0;
        }
        if (sints != 0) {
            awaitedSints &= ~sints;
            begin(HvMessage.SINT_DELIVERABLE, HvInterceptMessage.DELIVERABLE_SIZE, HvInterceptMessage.READ);
            message.put(HvInterceptMessage.DELIVERABLE_SINTS, 2, sints);
            send(0);
        }
    }

    /** Tells the owner of interrupts that were ended, one after another: the next one when the last one is answered; then of sources that take messages. */
    public void tellEnds() {
        while (anyEnds && !vp.scheduling().interceptSuspended() && !vp.scheduling().ended()) {
            int vector = ends.nextSetBit(0);
            ends.clear(vector);
            anyEnds = !ends.isEmpty();
            begin(HvMessage.APIC_EOI, HvInterceptMessage.EOI_SIZE, HvInterceptMessage.READ);
            message.put(HvInterceptMessage.EOI_VECTOR, 4, vector);
            send(0);
        }
        tellSources();
    }

    private void begin(int type, int size, int access) {
        message.begin(type, size, vp.partition().id(), vp.index(), access);
    }

    /** Suspends the processor and tells the owner, who may answer at once. */
    private void send(int length) {
        vp.scheduling().suspendForIntercept();
        InterceptReceiver owner = vp.partition().receiver();
        if (owner != null) {
            answer.clear();
            boolean answered = owner.intercepted(message, lender, answer);
            boolean lent = lender.end();
            if (vp.scheduling().ended()) {
                return;
            }
            if (answered) {
                end();
                if (lent) {
                    vp.takeBack();
                }
                apply(length);
                return;
            }
        }
        describe(length);
        vp.counters().message(message.type());
        vp.statePages().show();
        vp.scheduling().unschedule();
        vp.partition().tellParent(vp);
    }

    /** Registers in the hands of an owner that answers at once. */
    private final class Lender implements InterceptedProcessor {
        private boolean lent;

        @Override
        public Cpu lend(DeviceAccess devices) {
            lent = true;
            vp.bus().lend(devices);
            return vp.hand();
        }

        @Override
        public boolean takeEvent(PendingEvent into) {
            PendingEvent queued = vp.context().queued();
            into.set(queued);
            queued.clear();
            return into.present();
        }

        /** Ends it; whether registers were lent. */
        boolean end() {
            boolean was = lent;
            lent = false;
            vp.bus().lend(null);
            return was;
        }
    }

    /** Notes that the owner is to be told, by a number that puts it in order; 0: it has been told. */
    void oweNotice(long number) {
        notice = number;
    }

    /** Number of the notice that the owner is owed; 0 for none. */
    long owedNotice() {
        return notice;
    }

    /** The owner has answered: the processor goes on with the registers that it has. */
    public void end() {
        message.clear();
        notice = 0;
        vp.scheduling().endIntercept();
    }

    /** The owner has it wait, as for an answer. */
    public void suspend() {
        vp.scheduling().suspendForIntercept();
        vp.scheduling().unschedule();
    }

    private void apply(int length) {
        HardwareContext context = vp.context();
        for (int left = answer.changed(); left != 0; left &= left - 1) {
            int register = Integer.numberOfTrailingZeros(left);
            context.setGpr(register, answer.general(register));
        }
        if (answer.advances()) {
            context.advance(length);
        }
        if (answer.interrupt() >= 0) {
            context.inject(EventKind.EXTERNAL_INTERRUPT, answer.interrupt());
        }
    }

    /** Fills in the state of the processor, which does not change while it is suspended. */
    private void describe(int length) {
        vp.context().store();
        Cpu c = vp.registers();
        int type = message.type();
        if (type == HvMessage.LEGACY_FP_ERROR || type == HvMessage.APIC_EOI || type == HvMessage.INVALID_VP_REGISTER_VALUE || type == HvMessage.UNSUPPORTED_FEATURE) {
            // these have no header
            return;
        }
        message.put(HvInterceptMessage.LENGTH_AND_CR8, 1, length & 0xF | c.apic.cr8() << 4);
        message.put(HvInterceptMessage.EXECUTION_STATE, 2, executionState(c));
        segment(HvInterceptMessage.CS, c.seg[Cpu.CS]);
        message.put(HvInterceptMessage.RIP, 8, c.rip);
        message.put(HvInterceptMessage.RFLAGS, 8, c.rflags());
        switch (type) {
            case HvMessage.IO_PORT -> {
                bytes(c, HvInterceptMessage.IO_BYTES, HvInterceptMessage.IO_BYTE_COUNT);
                segment(HvInterceptMessage.IO_DS, c.seg[Cpu.DS]);
                segment(HvInterceptMessage.IO_ES, c.seg[Cpu.ES]);
                message.put(HvInterceptMessage.IO_RCX, 8, c.gpr(Cpu.RCX));
                message.put(HvInterceptMessage.IO_RSI, 8, c.gpr(Cpu.RSI));
                message.put(HvInterceptMessage.IO_RDI, 8, c.gpr(Cpu.RDI));
            }
            case HvMessage.UNMAPPED_GPA, HvMessage.GPA_INTERCEPT -> {
                bytes(c, HvInterceptMessage.MEMORY_BYTES, HvInterceptMessage.MEMORY_BYTE_COUNT);
                message.put(HvInterceptMessage.MEMORY_TPR, 1, c.apic.cr8() << 4);
            }
            case HvMessage.EXCEPTION -> {
                bytes(c, HvInterceptMessage.EXCEPTION_BYTES, HvInterceptMessage.EXCEPTION_BYTE_COUNT);
                segment(HvInterceptMessage.EXCEPTION_DS, c.seg[Cpu.DS]);
                segment(HvInterceptMessage.EXCEPTION_SS, c.seg[Cpu.SS]);
                for (int i = 0; i < 16; i++) {
                    message.put(HvInterceptMessage.EXCEPTION_GENERAL + 8 * i, 8, c.gpr(i));
                }
            }
            default -> { }
        }
    }

    /** The instruction's bytes, and what follows it, as far as they can be fetched. */
    private void bytes(Cpu c, int at, int count) {
        boolean code64 = c.mode64();
        int how = c.cpl == USER_LEVEL ? Tlb.USER : Tlb.SUPERVISOR;
        int n = 0;
        vp.bus().probe(false);
        try {
            for (long page = -1; n < HvInterceptMessage.BYTES; n++) {
                long linear = code64 ? c.rip + n : c.seg[Cpu.CS].base + c.rip + n & 0xFFFF_FFFFL;
                if (page < 0 || (linear & 0xFFF) == 0) {
                    page = PageWalker.walk(c, linear, Mem.FETCH, how) & ~0xFFFL;
                }
                long value = vp.bus().readMemory(page | linear & 0xFFF, 1);
                if (value < 0) {
                    break;
                }
                message.put(at + n, 1, value);
            }
        } catch (GuestFault f) {
            // nothing can be fetched from there on
        } finally {
            vp.bus().endProbe();
        }
        message.put(count, 1, n);
    }

    private int executionState(Cpu c) {
        return c.cpl | (c.cr0(Control.CR0_PE) ? HvInterceptMessage.STATE_PROTECTED : 0)
                | (c.cr0(Control.CR0_AM) ? HvInterceptMessage.STATE_ALIGNMENT_MASK : 0)
                | ((c.efer & Control.EFER_LMA) != 0 ? HvInterceptMessage.STATE_LONG_MODE : 0)
                | ((c.dr[7] & DR7_ENABLES) != 0 ? HvInterceptMessage.STATE_DEBUG_ACTIVE : 0)
                | (vp.context().queued().present() ? HvInterceptMessage.STATE_INTERRUPTION_PENDING : 0)
                | (c.shadow() != 0 ? HvInterceptMessage.STATE_INTERRUPT_SHADOW : 0);
    }

    private void segment(int at, Segment s) {
        message.put(at, 8, s.base);
        message.put(at + 8, 4, s.limit);
        message.put(at + 12, 2, s.selector);
        message.put(at + 14, 2, s.usable() ? s.access & 0xF0FF : 0);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("intercepts", VERSION);
        message.save(out);
        out.put("ends-count", ends.cardinality());
        ends.stream().forEach(out::put);
        out.put("awaited-sints", awaitedSints);
        out.put("notice", notice);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("intercepts", VERSION);
        message.restore(in);
        ends.clear();
        for (long n = in.take(); n > 0; n--) {
            ends.set((int) in.take() & VECTORS - 1);
        }
        anyEnds = !ends.isEmpty();
        awaitedSints = (int) in.take();
        notice = in.take();
        in.end();
    }
}
