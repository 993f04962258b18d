package dev.hv.core.hypervisor.vmx;

import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.vmx.ExitReason;
import dev.hv.cpu.vmx.VmcsField;
import dev.hv.cpu.vmx.VmcsFormat;
import dev.hv.cpu.vmx.VmxUnit;

/** Reads the exit information of the current VMCS into neutral terms (SDM vol. 3C, 27.2, and vol. 3D, appendix C). */
final class VmxExitDecoder {

    private final VmxUnit vmx;
    private final Cpu cpu;

    VmxExitDecoder(VmxUnit vmx, Cpu cpu) {
        this.vmx = vmx;
        this.cpu = cpu;
    }

    void decode(VmExit exit) {
        int reason = (int) vmx.field(VmcsField.EXIT_REASON);
        exit.reason = reason & 0xFFFF;
        exit.rip = vmx.field(VmcsField.GUEST_RIP);
        exit.length = (int) vmx.field(VmcsField.EXIT_INSTRUCTION_LENGTH);
        if ((reason & ExitReason.ENTRY_FAILURE) != 0) {
            exit.kind = VmExit.Kind.ENTRY_FAILED;
            exit.detail = "VM entry refused the guest's state: reason %d, qualification %d".formatted(exit.reason,
                    vmx.field(VmcsField.EXIT_QUALIFICATION));
            return;
        }
        exit.kind = switch (exit.reason) {
            case ExitReason.EXTERNAL_INTERRUPT -> VmExit.Kind.PHYSICAL_INTERRUPT;
            case ExitReason.EXCEPTION_OR_NMI -> exception(exit);
            case ExitReason.TRIPLE_FAULT -> VmExit.Kind.TRIPLE_FAULT;
            case ExitReason.INIT -> VmExit.Kind.INIT;
            case ExitReason.SIPI -> VmExit.Kind.SIPI;
            case ExitReason.INTERRUPT_WINDOW -> VmExit.Kind.INTERRUPT_WINDOW;
            case ExitReason.NMI_WINDOW -> VmExit.Kind.NMI_WINDOW;
            case ExitReason.CPUID -> VmExit.Kind.CPUID;
            case ExitReason.HLT -> VmExit.Kind.HLT;
            case ExitReason.PAUSE -> VmExit.Kind.PAUSE;
            case ExitReason.VMCALL -> VmExit.Kind.HYPERCALL;
            case ExitReason.IO -> io(exit);
            case ExitReason.RDMSR -> msr(exit, VmExit.Kind.MSR_READ);
            case ExitReason.WRMSR -> msr(exit, VmExit.Kind.MSR_WRITE);
            case ExitReason.EPT_VIOLATION -> violation(exit);
            case ExitReason.PREEMPTION_TIMER -> VmExit.Kind.TIMER;
            case ExitReason.EPT_MISCONFIGURATION -> unsupported(exit, "EPT misconfiguration at 0x%x"
                    .formatted(vmx.field(VmcsField.GUEST_PHYSICAL_ADDRESS)));
            // everything else is an instruction that exits whatever the controls say, or that the child's model does not have
            default -> VmExit.Kind.EMULATE;
        };
    }

    /** Qualification of I/O instructions (table 27-5): size − 1 in 2:0, IN 3, string 4, REP 5, immediate 6, port 31:16. */
    private VmExit.Kind io(VmExit exit) {
        int q = (int) vmx.field(VmcsField.EXIT_QUALIFICATION);
        exit.size = (q & 7) + 1;
        exit.in = (q & 1 << 3) != 0;
        exit.string = (q & 1 << 4) != 0;
        exit.repeated = (q & 1 << 5) != 0;
        exit.port = q >>> 16;
        return VmExit.Kind.IO;
    }

    private VmExit.Kind exception(VmExit exit) {
        VmcsFormat.read((int) vmx.field(VmcsField.EXIT_INTERRUPTION_INFO), (int) vmx.field(VmcsField.EXIT_INTERRUPTION_ERROR_CODE), exit.length, exit.event);
        exit.parameter = vmx.field(VmcsField.EXIT_QUALIFICATION);
        return exit.event.kind() == EventKind.NMI ? VmExit.Kind.PHYSICAL_INTERRUPT : VmExit.Kind.EXCEPTION;
    }

    /** Qualification of EPT violations (table 27-7): read 0, write 1, fetch 2, linear address valid 7, of its own page and not of its tables 8. */
    private VmExit.Kind violation(VmExit exit) {
        int q = (int) vmx.field(VmcsField.EXIT_QUALIFICATION);
        exit.gpa = vmx.field(VmcsField.GUEST_PHYSICAL_ADDRESS);
        exit.linear = vmx.field(VmcsField.GUEST_LINEAR_ADDRESS);
        exit.linearValid = (q & 1 << 7) != 0;
        exit.translated = exit.linearValid && (q & 1 << 8) != 0;
        exit.access = (q & 1 << 1) != 0 ? Mem.WRITE : (q & 1 << 2) != 0 ? Mem.FETCH : Mem.READ;
        return VmExit.Kind.NESTED_PAGE_FAULT;
    }

    private VmExit.Kind msr(VmExit exit, VmExit.Kind kind) {
        exit.msr = (int) cpu.gpr(Cpu.RCX);
        return kind;
    }

    private static VmExit.Kind unsupported(VmExit exit, String detail) {
        exit.detail = detail;
        return VmExit.Kind.UNSUPPORTED;
    }
}
