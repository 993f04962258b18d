package dev.hv.core.winhv;

import dev.hv.core.emulation.InstructionEmulator;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.DeviceAccess;
import dev.hv.core.tlfs.GpaView;
import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvMsr;
import dev.hv.core.tlfs.InterceptAnswer;
import dev.hv.core.tlfs.InterceptHandler;
import dev.hv.core.tlfs.InterceptMessage;
import dev.hv.core.tlfs.InterceptReceiver;
import dev.hv.core.tlfs.InterceptedProcessor;
import dev.hv.core.tlfs.IoPortIntercept;
import dev.hv.core.tlfs.MemoryIntercept;
import dev.hv.core.tlfs.VpStop;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.RegisterDump;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes a child's intercept messages apart for the service that owns it, and answers them at once with what that did. What takes more than one
 * access to a port, the emulator carries out, on the processor's registers and against the service's devices.
 */
final class ChildIntercepts implements InterceptReceiver {

    private static final int RAX = 0;

    private final InterceptHandler handler;
    private final ChildHypercalls hypercalls;
    private final CrashReports crashes;
    private final IoPortIntercept port = new IoPortIntercept();
    private final Devices devices = new Devices();
    private final PendingEvent event = new PendingEvent();
    /** By virtual processor; made when first needed. */
    private final List<InstructionEmulator> emulators = new ArrayList<>();

    /** Those of a child. */
    ChildIntercepts(long partition, InterceptHandler handler, WinHv hypervisor, SystemMemory memory) {
        this.handler = handler;
        GpaView view = hypervisor.view(partition);
        hypercalls = new ChildHypercalls(handler, devices, memory, view);
        crashes = new CrashReports(hypervisor, memory, view);
    }

    InterceptHandler handler() {
        return handler;
    }

    @Override
    public boolean intercepted(InterceptMessage message, InterceptedProcessor processor, InterceptAnswer answer) {
        return switch (message.type()) {
            case HvMessage.IO_PORT -> {
                if (singleAccess(message)) {
                    ioPort(message, answer);
                } else {
                    emulate(message, processor);
                }
                yield true;
            }
            case HvMessage.UNMAPPED_GPA, HvMessage.GPA_INTERCEPT, HvMessage.LEGACY_FP_ERROR -> {
                emulate(message, processor);
                yield true;
            }
            case HvMessage.UNRECOVERABLE_EXCEPTION -> {
                handler.stopped(new VpStop(message.partition(), message.vpIndex(), VpStop.Reason.UNRECOVERABLE_EXCEPTION, "triple fault",
                        RegisterDump.of(processor.lend(devices))));
                yield false;
            }
            case HvMessage.APIC_EOI -> {
                handler.endOfInterrupt((int) message.get(HvInterceptMessage.EOI_VECTOR, 4));
                yield true;
            }
            case HvMessage.INTERRUPTION_DELIVERABLE -> {
                answer.interrupt(handler.acknowledgeExternalInterrupt());
                yield true;
            }
            case HvMessage.HYPERCALL -> {
                devices.vp = message.vpIndex();
                hypercalls.answer(message, processor, answer);
                yield true;
            }
            case HvMessage.MSR -> msr(message, processor, answer);
            default -> false;
        };
    }

    /** A write to one of the MSRs by which a guest asks for something; false for others, which nobody here has asked for. */
    private boolean msr(InterceptMessage m, InterceptedProcessor processor, InterceptAnswer answer) {
        int number = (int) m.get(HvInterceptMessage.MSR_NUMBER, 4);
        if (!m.write() || number != HvMsr.RESET && number != HvMsr.CRASH_CTL) {
            return false;
        }
        if (number == HvMsr.RESET) {
            handler.resetRequested();
        } else {
            handler.crashReported(crashes.read(m, RegisterDump.of(processor.lend(devices))));
        }
        answer.advance();
        return true;
    }

    /** IN or OUT, and no breakpoint can be on the port. */
    private static boolean singleAccess(InterceptMessage m) {
        return (m.get(HvInterceptMessage.IO_ACCESS_INFO, 1) & HvInterceptMessage.IO_STRING) == 0
                && (m.get(HvInterceptMessage.EXECUTION_STATE, 2) & HvInterceptMessage.STATE_DEBUG_ACTIVE) == 0;
    }

    /** One access: IN changes as much of RAX as it reads, four bytes clear the upper half. */
    private void ioPort(InterceptMessage m, InterceptAnswer answer) {
        int size = (int) m.get(HvInterceptMessage.IO_ACCESS_INFO, 1) & HvInterceptMessage.IO_BYTES_MOVED;
        long mask = -1L >>> 64 - 8 * size;
        long rax = m.get(HvInterceptMessage.IO_RAX, 8);
        boolean write = m.write();
        port.set(m.vpIndex(), (int) m.get(HvInterceptMessage.IO_PORT, 2), size, write, write ? (int) (rax & mask) : -1);
        handler.ioPort(port);
        if (!write) {
            answer.set(RAX, (size == 4 ? 0 : rax & ~mask) | port.data() & mask);
        }
        answer.advance();
    }

    /** The instruction at RIP, or the delivery of the event that was on its way. */
    private void emulate(InterceptMessage m, InterceptedProcessor processor) {
        devices.vp = m.vpIndex();
        InstructionEmulator emulator = emulator(m.vpIndex(), processor.lend(devices));
        if (processor.takeEvent(event)) {
            emulator.deliver(event);
        } else {
            emulator.step();
        }
    }

    private InstructionEmulator emulator(int vp, Cpu registers) {
        while (emulators.size() <= vp) {
            emulators.add(null);
        }
        InstructionEmulator known = emulators.get(vp);
        // a processor that was made anew has other registers
        if (known == null || known.registers() != registers) {
            known = new InstructionEmulator(registers);
            emulators.set(vp, known);
        }
        return known;
    }

    /** The service's devices, as an instruction of the processor under emulation reaches them. */
    private final class Devices implements DeviceAccess {
        private final MemoryIntercept access = new MemoryIntercept();
        private int vp;

        @Override
        public long read(long gpa, int size) {
            access.set(vp, gpa, size, false, -1L >>> 64 - 8 * size);
            handler.memory(access);
            return access.data();
        }

        @Override
        public void write(long gpa, int size, long value) {
            access.set(vp, gpa, size, true, value);
            handler.memory(access);
        }

        @Override
        public int in(int number, int size) {
            port.set(vp, number, size, false, -1);
            handler.ioPort(port);
            return port.data();
        }

        @Override
        public void out(int number, int size, int value) {
            port.set(vp, number, size, true, value);
            handler.ioPort(port);
        }

        @Override
        public boolean numericError() {
            return handler.legacyFpError(vp);
        }
    }
}
