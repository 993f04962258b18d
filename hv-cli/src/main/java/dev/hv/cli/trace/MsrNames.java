package dev.hv.cli.trace;

import dev.hv.core.tlfs.HvMsr;
import dev.hv.cpu.instructions.Msrs;

/** Names of MSRs for people: those of the SDM and the APM, and of the TLFS. */
final class MsrNames {

    private static final int X2APIC_LAST = 0x8FF;

    private MsrNames() {}

    /** An MSR's name; of one without a name, its number. */
    static String of(int msr) {
        if (msr >= Msrs.X2APIC && msr <= X2APIC_LAST) {
            return "IA32_X2APIC_" + x2apic(msr - Msrs.X2APIC);
        }
        if (msr >>> 16 == HvMsr.BASE >>> 16) {
            return synthetic(msr);
        }
        return switch (msr) {
            case Msrs.TSC -> "IA32_TIME_STAMP_COUNTER";
            case Msrs.APIC_BASE -> "IA32_APIC_BASE";
            case Msrs.FEATURE_CONTROL -> "IA32_FEATURE_CONTROL";
            case Msrs.TSC_ADJUST -> "IA32_TSC_ADJUST";
            case Msrs.SPEC_CTRL -> "IA32_SPEC_CTRL";
            case Msrs.PRED_CMD -> "IA32_PRED_CMD";
            case Msrs.BIOS_UPDATE_TRIGGER -> "IA32_BIOS_UPDT_TRIG";
            case Msrs.BIOS_SIGN_ID -> "IA32_BIOS_SIGN_ID";
            case Msrs.PLATFORM_INFO -> "MSR_PLATFORM_INFO";
            case Msrs.UMWAIT_CONTROL -> "IA32_UMWAIT_CONTROL";
            case Msrs.MTRR_CAP -> "IA32_MTRRCAP";
            case Msrs.ARCH_CAPABILITIES -> "IA32_ARCH_CAPABILITIES";
            case Msrs.SYSENTER_CS -> "IA32_SYSENTER_CS";
            case Msrs.SYSENTER_ESP -> "IA32_SYSENTER_ESP";
            case Msrs.SYSENTER_EIP -> "IA32_SYSENTER_EIP";
            case Msrs.MCG_CAP -> "IA32_MCG_CAP";
            case Msrs.MCG_STATUS -> "IA32_MCG_STATUS";
            case Msrs.MISC_ENABLE -> "IA32_MISC_ENABLE";
            case Msrs.DEBUGCTL -> "IA32_DEBUGCTL";
            case Msrs.PAT -> "IA32_PAT";
            case Msrs.MTRR_DEF_TYPE -> "IA32_MTRR_DEF_TYPE";
            case Msrs.TSC_DEADLINE -> "IA32_TSC_DEADLINE";
            case Msrs.PKRS -> "IA32_PKRS";
            case Msrs.XSS -> "IA32_XSS";
            case Msrs.EFER -> "IA32_EFER";
            case Msrs.STAR -> "IA32_STAR";
            case Msrs.LSTAR -> "IA32_LSTAR";
            case Msrs.CSTAR -> "IA32_CSTAR";
            case Msrs.FMASK -> "IA32_FMASK";
            case Msrs.FS_BASE -> "IA32_FS_BASE";
            case Msrs.GS_BASE -> "IA32_GS_BASE";
            case Msrs.KERNEL_GS_BASE -> "IA32_KERNEL_GS_BASE";
            case Msrs.TSC_AUX -> "IA32_TSC_AUX";
            default -> "0x" + Integer.toHexString(msr);
        };
    }

    /** TLFS, appendix "Synthetic MSRs". */
    private static String synthetic(int msr) {
        if (msr >= HvMsr.SINT0 && msr < HvMsr.SINT0 + 16) {
            return "HV_X64_MSR_SINT" + (msr - HvMsr.SINT0);
        }
        if (msr >= HvMsr.STIMER0_CONFIG && msr < HvMsr.STIMER0_CONFIG + 8) {
            int n = msr - HvMsr.STIMER0_CONFIG;
            return "HV_X64_MSR_STIMER" + n / 2 + (n % 2 == 0 ? "_CONFIG" : "_COUNT");
        }
        if (msr >= HvMsr.CRASH_P0 && msr < HvMsr.CRASH_CTL) {
            return "HV_X64_MSR_CRASH_P" + (msr - HvMsr.CRASH_P0);
        }
        return switch (msr) {
            case HvMsr.GUEST_OS_ID -> "HV_X64_MSR_GUEST_OS_ID";
            case HvMsr.HYPERCALL -> "HV_X64_MSR_HYPERCALL";
            case HvMsr.VP_INDEX -> "HV_X64_MSR_VP_INDEX";
            case HvMsr.RESET -> "HV_X64_MSR_RESET";
            case HvMsr.VP_RUNTIME -> "HV_X64_MSR_VP_RUNTIME";
            case HvMsr.TIME_REF_COUNT -> "HV_X64_MSR_TIME_REF_COUNT";
            case HvMsr.REFERENCE_TSC -> "HV_X64_MSR_REFERENCE_TSC";
            case HvMsr.TSC_FREQUENCY -> "HV_X64_MSR_TSC_FREQUENCY";
            case HvMsr.APIC_FREQUENCY -> "HV_X64_MSR_APIC_FREQUENCY";
            case HvMsr.EOI -> "HV_X64_MSR_EOI";
            case HvMsr.ICR -> "HV_X64_MSR_ICR";
            case HvMsr.TPR -> "HV_X64_MSR_TPR";
            case HvMsr.VP_ASSIST_PAGE -> "HV_X64_MSR_VP_ASSIST_PAGE";
            case HvMsr.SCONTROL -> "HV_X64_MSR_SCONTROL";
            case HvMsr.SVERSION -> "HV_X64_MSR_SVERSION";
            case HvMsr.SIEFP -> "HV_X64_MSR_SIEFP";
            case HvMsr.SIMP -> "HV_X64_MSR_SIMP";
            case HvMsr.EOM -> "HV_X64_MSR_EOM";
            case HvMsr.GUEST_IDLE -> "HV_X64_MSR_GUEST_IDLE";
            case HvMsr.CRASH_CTL -> "HV_X64_MSR_CRASH_CTL";
            default -> "0x" + Integer.toHexString(msr);
        };
    }

    /** SDM vol. 3A, table 11-6. */
    private static String x2apic(int register) {
        if (register >= 0x10 && register < 0x28) {
            return (register < 0x18 ? "ISR" : register < 0x20 ? "TMR" : "IRR") + (register & 7);
        }
        return switch (register) {
            case 0x02 -> "APICID";
            case 0x03 -> "VERSION";
            case 0x08 -> "TPR";
            case 0x0A -> "PPR";
            case 0x0B -> "EOI";
            case 0x0D -> "LDR";
            case 0x0F -> "SIVR";
            case 0x28 -> "ESR";
            case 0x2F -> "LVT_CMCI";
            case 0x30 -> "ICR";
            case 0x32 -> "LVT_TIMER";
            case 0x33 -> "LVT_THERMAL";
            case 0x34 -> "LVT_PMI";
            case 0x35 -> "LVT_LINT0";
            case 0x36 -> "LVT_LINT1";
            case 0x37 -> "LVT_ERROR";
            case 0x38 -> "INIT_COUNT";
            case 0x39 -> "CUR_COUNT";
            case 0x3E -> "DIV_CONF";
            case 0x3F -> "SELF_IPI";
            default -> "0x" + Integer.toHexString(register);
        };
    }
}
