package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.rep;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.guest.SyntheticRegisters;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;

/**
 * Hypercalls about registers of virtual processors, the caller's own and those of its children (TLFS, "Virtual processors"). Input:
 * partition 0, processor 8, trust level 12.
 */
final class RegisterCalls {

    private final Targets targets;
    private VirtualProcessor target;

    RegisterCalls(Targets targets) {
        this.targets = targets;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(
                rep(HvCallCode.GET_VP_REGISTERS, "HvCallGetVpRegisters", HvPrivilege.VP_REGISTERS, 16, 4, 16, this::get),
                rep(HvCallCode.SET_VP_REGISTERS, "HvCallSetVpRegisters", HvPrivilege.VP_REGISTERS, 16, 32, 0, this::set).endingWith(this::setAll));
    }

    /** Finds {@link #target}. */
    private HvStatus find(Caller c, HypercallParameters p) {
        Partition partition = targets.any(c, p);
        if (partition == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        // the bytes behind the trust level are reserved here, where those of other calls are padding
        if (Targets.badVtl(p.u8(12)) || p.u32(12) >>> 8 != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        target = Targets.processor(c, partition, p.u32(8));
        if (target == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        target.statePages().take();
        return HvStatus.SUCCESS;
    }

    /** Element: name; element of the output: value. */
    private HvStatus get(Caller c, HypercallParameters p, int repetition) {
        HvStatus status = find(c, p);
        if (!status.ok()) {
            return status;
        }
        int name = p.u32(p.element(repetition));
        HvRegisterValue value = target.partition() == c.partition() ? null : suspension(name);
        if (value == null) {
            value = target.registerFile().get(name);
        }
        if (value == null) {
            value = SyntheticRegisters.get(target, name);
        }
        if (value == null) {
            return HvStatus.INVALID_PARAMETER;
        }
        p.put(p.outputAt(repetition), 8, value.low());
        p.put(p.outputAt(repetition) + 8, 8, value.high());
        return HvStatus.SUCCESS;
    }

    /** What keeps the processor of a child from running; null for other registers. */
    private HvRegisterValue suspension(int name) {
        return switch (name) {
            case HvRegister.EXPLICIT_SUSPEND -> HvRegisterValue.of(target.scheduling().suspended() ? 1 : 0);
            case HvRegister.DISPATCH_SUSPEND -> HvRegisterValue.of(target.scheduling().dispatch().suspended() ? 1 : 0);
            case HvRegister.ROOT_SIGNAL_COUNT -> HvRegisterValue.of(target.scheduling().dispatch().signals());
            case HvRegister.INTERCEPT_SUSPEND -> HvRegisterValue.of(target.scheduling().interceptSuspended() ? 1 : 0);
            default -> null;
        };
    }

    /** Element: name 0, reserved 4, value 16. */
    private HvStatus set(Caller c, HypercallParameters p, int repetition) {
        HvStatus status = find(c, p);
        int at = p.element(repetition);
        if (status.ok() && (p.u32(at + 4) != 0 || p.u64(at + 8) != 0)) {
            status = HvStatus.INVALID_PARAMETER;
        }
        if (!status.ok()) {
            return status;
        }
        int name = p.u32(at);
        if (target.partition() != c.partition() && parents(name, p.u64(at + 16))) {
            return HvStatus.SUCCESS;
        }
        var value = new HvRegisterValue(p.u64(at + 16), p.u64(at + 24));
        status = target.registerFile().set(name, value);
        if (status == HvStatus.UNKNOWN_REGISTER) {
            status = SyntheticRegisters.set(target, name, value);
        }
        return status == HvStatus.UNKNOWN_REGISTER ? HvStatus.INVALID_PARAMETER : status;
    }

    /** A parent that sees the registers in a page sees there what it has set. */
    private void setAll(Caller c, HypercallParameters p) {
        if (find(c, p).ok()) {
            target.statePages().update();
        }
    }

    /** Writes what is another thing for a parent: what keeps a child's processor from running, and its time; false for other registers. */
    private boolean parents(int name, long value) {
        switch (name) {
            case HvRegister.TSC -> target.partition().properties().setTsc(target, value);
            case HvRegister.EXPLICIT_SUSPEND -> target.scheduling().setSuspended((value & 1) != 0);
            case HvRegister.DISPATCH_SUSPEND -> target.scheduling().dispatch().setSuspended((value & 1) != 0);
            case HvRegister.INTERNAL_ACTIVITY -> target.scheduling().setActivity(value);
            case HvRegister.INTERCEPT_SUSPEND -> {
                if ((value & 1) != 0) {
                    target.intercepts().suspend();
                } else {
                    target.intercepts().end();
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }
}
