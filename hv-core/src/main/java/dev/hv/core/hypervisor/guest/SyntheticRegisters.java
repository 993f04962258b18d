package dev.hv.core.hypervisor.guest;

import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvMsr;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.state.Cpu;

/**
 * Registers of a virtual processor that are no processor's (TLFS, "Virtual processor registers"): those of the hypervisor's interface, which the guest has as MSRs,
 * and what the processor waits for.
 */
public final class SyntheticRegisters {

    /** Interrupt state: behind STI or a load of SS. */
    private static final int SHADOW = 1;
    /** Interrupt state: NMIs wait for IRET. */
    private static final int NMI_MASKED = 1 << 1;

    private SyntheticRegisters() {}

    /** The MSR by which a guest has a register; 0 for none. */
    private static int msr(int name) {
        if (name >= HvRegister.SINT0 && name < HvRegister.SINT0 + 16) {
            return HvMsr.SINT0 + name - HvRegister.SINT0;
        }
        if (name >= HvRegister.STIMER0_CONFIG && name < HvRegister.STIMER0_CONFIG + 8) {
            return HvMsr.STIMER0_CONFIG + name - HvRegister.STIMER0_CONFIG;
        }
        return switch (name) {
            case HvRegister.VP_RUNTIME -> HvMsr.VP_RUNTIME;
            case HvRegister.HYPERCALL -> HvMsr.HYPERCALL;
            case HvRegister.GUEST_OS_ID -> HvMsr.GUEST_OS_ID;
            case HvRegister.VP_INDEX -> HvMsr.VP_INDEX;
            case HvRegister.TIME_REF_COUNT -> HvMsr.TIME_REF_COUNT;
            case HvRegister.VP_ASSIST_PAGE -> HvMsr.VP_ASSIST_PAGE;
            case HvRegister.REFERENCE_TSC -> HvMsr.REFERENCE_TSC;
            case HvRegister.SCONTROL -> HvMsr.SCONTROL;
            case HvRegister.SVERSION -> HvMsr.SVERSION;
            case HvRegister.SIEFP -> HvMsr.SIEFP;
            case HvRegister.SIMP -> HvMsr.SIMP;
            case HvRegister.EOM -> HvMsr.EOM;
            case HvRegister.SIRBP -> HvMsr.SIRBP;
            default -> 0;
        };
    }

    /** Reads a register; null for one that is not here. What a partition's guest may not have reads as 0. */
    public static HvRegisterValue get(VirtualProcessor vp, int name) {
        int msr = msr(name);
        if (msr != 0) {
            return HvRegisterValue.of(SyntheticMsrs.readable(vp, msr) ? SyntheticMsrs.read(vp, msr) : 0);
        }
        vp.context().store();
        Cpu c = vp.registers();
        return switch (name) {
            case HvRegister.INTERRUPT_STATE -> HvRegisterValue.of((c.shadow() != 0 ? SHADOW : 0) | (c.nmiBlocked ? NMI_MASKED : 0));
            case HvRegister.INTERNAL_ACTIVITY -> HvRegisterValue.of(vp.scheduling().activity());
            case HvRegister.DELIVERABILITY_NOTIFICATIONS -> HvRegisterValue.of((long) vp.intercepts().awaitedSints() << HvRegister.DELIVERABLE_SINTS_SHIFT);
            case HvRegister.PENDING_EVENT0, HvRegister.PENDING_EVENT1, HvRegister.INSTRUCTION_EMULATION_HINTS, HvRegister.DISPATCH_SUSPEND,
                    HvRegister.ROOT_SIGNAL_COUNT, HvRegister.DEBUG_CTL, HvRegister.SPEC_CTRL -> HvRegisterValue.of(0);
            case HvRegister.INITIAL_APIC_ID -> HvRegisterValue.of(vp.index());
            case HvRegister.TSC_ADJUST -> HvRegisterValue.of(c.tscAdjust);
            default -> null;
        };
    }

    /** Writes a register; UNKNOWN_REGISTER for one that is not here. */
    public static HvStatus set(VirtualProcessor vp, int name, HvRegisterValue value) {
        int msr = msr(name);
        long v = value.low();
        if (msr != 0) {
            if (name == HvRegister.EOM || name == HvRegister.VP_INDEX || name == HvRegister.SVERSION || name == HvRegister.VP_RUNTIME || name == HvRegister.TIME_REF_COUNT) {
                return HvStatus.SUCCESS;
            }
            boolean same = SyntheticMsrs.readable(vp, msr) ? SyntheticMsrs.read(vp, msr) == v : v == 0;
            return same || SyntheticMsrs.write(vp, msr, v) ? HvStatus.SUCCESS : HvStatus.INVALID_REGISTER_VALUE;
        }
        vp.context().store();
        Cpu c = vp.registers();
        switch (name) {
            case HvRegister.INTERRUPT_STATE -> {
                c.nmiBlocked = (v & NMI_MASKED) != 0;
                vp.context().load();
            }
            case HvRegister.TSC_ADJUST -> {
                c.tscAdjust = v;
                vp.context().load();
            }
            case HvRegister.INTERNAL_ACTIVITY, HvRegister.INSTRUCTION_EMULATION_HINTS, HvRegister.DISPATCH_SUSPEND, HvRegister.DEBUG_CTL, HvRegister.SPEC_CTRL, HvRegister.INITIAL_APIC_ID -> { }
            case HvRegister.PENDING_EVENT0, HvRegister.PENDING_EVENT1 -> {
                return v == 0 ? HvStatus.SUCCESS : HvStatus.INVALID_PARAMETER;
            }
            case HvRegister.DELIVERABILITY_NOTIFICATIONS -> {
                long sints = v >>> HvRegister.DELIVERABLE_SINTS_SHIFT;
                // NMIs and interrupts are the hypervisor's to deliver
                if (v != sints << HvRegister.DELIVERABLE_SINTS_SHIFT || sints != 0 && vp.synthetic() == null) {
                    return HvStatus.INVALID_PARAMETER;
                }
                vp.intercepts().awaitSints((int) sints);
            }
            default -> {
                return HvStatus.UNKNOWN_REGISTER;
            }
        }
        return HvStatus.SUCCESS;
    }
}
