package dev.hv.core.winhv;

import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypercall.MmioInput;
import dev.hv.core.hypercall.RetargetInput;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.DeviceAccess;
import dev.hv.core.tlfs.GpaView;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvHypercall;
import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.InterceptAnswer;
import dev.hv.core.tlfs.InterceptHandler;
import dev.hv.core.tlfs.InterceptMessage;
import dev.hv.core.tlfs.InterceptedProcessor;
import dev.hv.cpu.state.Cpu;

/**
 * Answers hypercalls of a child that the hypervisor leaves to its parent: those about devices. The hypervisor has checked them, but their input may
 * lie in memory that the guest can change since: it is copied and checked again.
 */
final class ChildHypercalls {

    private static final int RAX = 0;
    private static final int RDX = 2;
    private static final long LOW = 0xFFFF_FFFFL;
    /** Input of a fast call: two general registers, then XMM registers. */
    private static final int GENERAL_BYTES = 16;
    private static final int FAST_LIMIT = GENERAL_BYTES + 16 * HvInterceptMessage.HYPERCALL_XMM_COUNT;

    private final InterceptHandler handler;
    private final DeviceAccess devices;
    private final SystemMemory memory;
    private final GpaView view;
    private final HypercallParameters p = new HypercallParameters();

    /**
     * For a child.
     *
     * @param devices its devices
     * @param memory the root's memory
     * @param view the child's memory in it
     */
    ChildHypercalls(InterceptHandler handler, DeviceAccess devices, SystemMemory memory, GpaView view) {
        this.handler = handler;
        this.devices = devices;
        this.memory = memory;
        this.view = view;
    }

    void answer(InterceptMessage m, InterceptedProcessor processor, InterceptAnswer answer) {
        boolean wide = (m.get(HvInterceptMessage.EXECUTION_STATE, 2) & HvInterceptMessage.STATE_LONG_MODE) != 0
                && (m.get(HvInterceptMessage.CS + 14, 2) & HvInterceptMessage.ATTRIBUTES_LONG) != 0;
        HvStatus status = carryOut(m, wide, processor);
        answer.set(RAX, status.code());
        if (!wide) {
            answer.set(RDX, 0);
        }
        answer.advance();
    }

    private HvStatus carryOut(InterceptMessage m, boolean wide, InterceptedProcessor processor) {
        long control = wide ? m.get(HvInterceptMessage.HYPERCALL_RCX, 8)
                : pair(m, HvInterceptMessage.HYPERCALL_RDX, HvInterceptMessage.HYPERCALL_RAX);
        boolean fast = (control & HvHypercall.FAST) != 0;
        int variable = ((int) (control >>> HvHypercall.VARIABLE_SHIFT) & HvHypercall.VARIABLE_MASK) * 8;
        return switch ((int) control & 0xFFFF) {
            case HvCallCode.RETARGET_DEVICE_INTERRUPT -> fetch(m, wide, fast, RetargetInput.SIZE, variable) && !RetargetInput.bad(p)
                    ? handler.retargetInterrupt(RetargetInput.device(p), RetargetInput.address(p), RetargetInput.data(p), RetargetInput.vector(p),
                            RetargetInput.multicast(p), RetargetInput.processors(p)) : HvStatus.INVALID_PARAMETER;
            case HvCallCode.MMIO_READ -> fetch(m, wide, fast, MmioInput.READ_SIZE, 0) && !MmioInput.bad(p) ? read(m, wide, fast, processor) : HvStatus.INVALID_PARAMETER;
            case HvCallCode.MMIO_WRITE -> {
                if (!fetch(m, wide, fast, MmioInput.WRITE_SIZE, 0) || MmioInput.bad(p)) {
                    yield HvStatus.INVALID_PARAMETER;
                }
                devices.write(MmioInput.gpa(p), MmioInput.size(p), MmioInput.data(p));
                yield HvStatus.SUCCESS;
            }
            default -> HvStatus.INVALID_HYPERCALL_CODE;
        };
    }

    private static long pair(InterceptMessage m, int high, int low) {
        return m.get(high, 8) << 32 | m.get(low, 8) & LOW;
    }

    private static long first(InterceptMessage m, boolean wide) {
        return wide ? m.get(HvInterceptMessage.HYPERCALL_RDX, 8) : pair(m, HvInterceptMessage.HYPERCALL_RBX, HvInterceptMessage.HYPERCALL_RCX);
    }

    private static long second(InterceptMessage m, boolean wide) {
        return wide ? m.get(HvInterceptMessage.HYPERCALL_R8, 8) : pair(m, HvInterceptMessage.HYPERCALL_RDI, HvInterceptMessage.HYPERCALL_RSI);
    }

    /** Copies the input out of registers or the child's memory; false when it is not there. */
    private boolean fetch(InterceptMessage m, boolean wide, boolean fast, int fixed, int variable) {
        int bytes = fixed + variable;
        if (!p.begin(fixed, variable) || fast && bytes > FAST_LIMIT) {
            return false;
        }
        if (fast) {
            p.putInput(0, first(m, wide));
            p.putInput(8, second(m, wide));
            for (int at = GENERAL_BYTES; at < bytes; at += 8) {
                p.putInput(at, m.get(HvInterceptMessage.HYPERCALL_XMM + at - GENERAL_BYTES, 8));
            }
            return true;
        }
        long system = view.translate(first(m, wide), HvMapFlags.READABLE);
        for (int at = 0; system >= 0 && at < bytes; at += 8) {
            p.putInput(at, memory.read(system + at, 8));
        }
        return system >= 0;
    }

    /** A device's register, into the output page or the XMM registers behind those of the input. */
    private HvStatus read(InterceptMessage m, boolean wide, boolean fast, InterceptedProcessor processor) {
        long system = fast ? 0 : view.translate(second(m, wide), HvMapFlags.WRITABLE);
        if (system < 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        long value = MmioInput.truncated(p, devices.read(MmioInput.gpa(p), MmioInput.size(p)));
        if (fast) {
            Cpu registers = processor.lend(devices);
            for (int half = 0; half < MmioInput.DATA_BYTES / 8; half++) {
                registers.xmm(half, half == 0 ? value : 0);
            }
        } else {
            for (int at = 0; at < MmioInput.DATA_BYTES; at += 8) {
                memory.write(system + at, 8, at == 0 ? value : 0);
            }
        }
        return HvStatus.SUCCESS;
    }
}
