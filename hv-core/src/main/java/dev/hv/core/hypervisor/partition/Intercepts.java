package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.InterceptAnswer;
import dev.hv.core.tlfs.InterceptMessage;
import dev.hv.core.tlfs.InterceptReceiver;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Segment;

/**
 * What a virtual processor leaves to the owner of its partition (TLFS, "Intercepts"): a message in its message page, and no step further until
 * that is answered.
 */
public final class Intercepts implements Saveable {

    private static final int VERSION = 1;
    private static final int DR7_ENABLES = 0xFF;

    private final VirtualProcessor vp;
    private final InterceptMessage message = new InterceptMessage();
    private final InterceptAnswer answer = new InterceptAnswer();

    Intercepts(VirtualProcessor vp) {
        this.vp = vp;
    }

    /** The message page. */
    public InterceptMessage message() {
        return message;
    }

    /** IN or OUT. */
    public void ioPort(VmExit exit) {
        vp.partition().countPortIntercept();
        begin(HvMessage.IO_PORT, HvInterceptMessage.IO_SIZE, exit.in ? HvInterceptMessage.READ : HvInterceptMessage.WRITE);
        message.put(HvInterceptMessage.IO_PORT, 2, exit.port);
        message.put(HvInterceptMessage.IO_ACCESS_INFO, 1, exit.size);
        message.put(HvInterceptMessage.IO_RAX, 8, vp.context().gpr(Cpu.RAX));
        send(exit.length);
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

    private void begin(int type, int size, int access) {
        message.begin(type, size, vp.partition().id(), vp.index(), access);
    }

    /** Suspends the processor and tells the owner, who may answer at once. */
    private void send(int length) {
        vp.scheduling().suspendForIntercept();
        answer.clear();
        InterceptReceiver owner = vp.partition().receiver();
        boolean answered = owner != null && owner.intercepted(message, answer);
        if (vp.scheduling().ended()) {
            return;
        }
        if (answered) {
            apply(length);
            end();
        } else {
            describe(length);
            vp.scheduling().unschedule();
        }
    }

    /** The owner has answered: the processor goes on with the registers that it has. */
    public void end() {
        message.clear();
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
    }

    /** Fills in the state of the processor, which does not change while it is suspended. */
    private void describe(int length) {
        vp.context().store();
        Cpu c = vp.registers();
        message.put(HvInterceptMessage.LENGTH_AND_CR8, 1, length & 0xF | c.apic.cr8() << 4);
        message.put(HvInterceptMessage.EXECUTION_STATE, 2, executionState(c));
        segment(HvInterceptMessage.CS, c.seg[Cpu.CS]);
        message.put(HvInterceptMessage.RIP, 8, c.rip);
        message.put(HvInterceptMessage.RFLAGS, 8, c.rflags());
        if (message.type() == HvMessage.IO_PORT) {
            segment(HvInterceptMessage.IO_DS, c.seg[Cpu.DS]);
            segment(HvInterceptMessage.IO_ES, c.seg[Cpu.ES]);
            message.put(HvInterceptMessage.IO_RCX, 8, c.gpr(Cpu.RCX));
            message.put(HvInterceptMessage.IO_RSI, 8, c.gpr(Cpu.RSI));
            message.put(HvInterceptMessage.IO_RDI, 8, c.gpr(Cpu.RDI));
        }
    }

    private int executionState(Cpu c) {
        return c.cpl | (c.cr0(Control.CR0_PE) ? HvInterceptMessage.STATE_PROTECTED : 0)
                | (c.cr0(Control.CR0_AM) ? HvInterceptMessage.STATE_ALIGNMENT_MASK : 0)
                | ((c.efer & Control.EFER_LMA) != 0 ? HvInterceptMessage.STATE_LONG_MODE : 0)
                | ((c.dr[7] & DR7_ENABLES) != 0 ? HvInterceptMessage.STATE_DEBUG_ACTIVE : 0)
                | (vp.context().eventQueued() ? HvInterceptMessage.STATE_INTERRUPTION_PENDING : 0)
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
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("intercepts", VERSION);
        message.restore(in);
        in.end();
    }
}
