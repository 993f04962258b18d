package dev.hv.core.hypervisor.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Vector;
import dev.hv.cpu.svm.SvmExitCode;
import dev.hv.cpu.svm.Vmcb;
import dev.hv.cpu.svm.VmcbField;

/** Reads a VMCB's exit information into neutral terms (APM vol. 2, 15.6 to 15.14, appendix C). */
final class SvmExitDecoder {

    private static final int DEBUG_CONDITIONS = 0xE00F;
    private static final int EXCEPTIONS = 32;

    private SvmExitDecoder() {}

    /** @param cpu the logical processor, which has the guest's RCX */
    static void decode(Vmcb vmcb, Cpu cpu, VmExit exit) {
        long code = vmcb.get(VmcbField.EXIT_CODE);
        exit.reason = (int) code;
        exit.rip = vmcb.get(VmcbField.RIP);
        exit.length = (int) (vmcb.get(VmcbField.NEXT_RIP) - vmcb.get(VmcbField.RIP));
        if (code == SvmExitCode.INVALID) {
            exit.kind = VmExit.Kind.ENTRY_FAILED;
            exit.detail = "VMRUN refused the guest's state";
            return;
        }
        if (code >= SvmExitCode.EXCEPTION && code < SvmExitCode.EXCEPTION + EXCEPTIONS) {
            exit.kind = exception(vmcb, exit, (int) code - SvmExitCode.EXCEPTION);
            return;
        }
        exit.kind = switch ((int) code) {
            case SvmExitCode.INTR, SvmExitCode.NMI -> VmExit.Kind.PHYSICAL_INTERRUPT;
            case SvmExitCode.INIT -> VmExit.Kind.INIT;
            case SvmExitCode.SHUTDOWN -> VmExit.Kind.TRIPLE_FAULT;
            case SvmExitCode.VINTR -> VmExit.Kind.INTERRUPT_WINDOW;
            case SvmExitCode.CPUID -> VmExit.Kind.CPUID;
            case SvmExitCode.HLT -> VmExit.Kind.HLT;
            case SvmExitCode.PAUSE -> VmExit.Kind.PAUSE;
            case SvmExitCode.VMMCALL -> VmExit.Kind.HYPERCALL;
            case SvmExitCode.IO -> io(vmcb, exit);
            case SvmExitCode.MSR -> msr(vmcb, cpu, exit);
            case SvmExitCode.NESTED_PAGE_FAULT -> nested(vmcb, exit);
            case SvmExitCode.FERR_FREEZE -> {
                exit.event.set(EventKind.EXCEPTION, Vector.MF, false, 0, 0);
                exit.parameter = 0;
                yield VmExit.Kind.EXCEPTION;
            }
            // everything else is an instruction that the child's model does not have, or that is carried out in software
            default -> VmExit.Kind.EMULATE;
        };
    }

    private static VmExit.Kind exception(Vmcb vmcb, VmExit exit, int vector) {
        boolean withCode = Vector.hasErrorCode(vector);
        boolean own = vector == Vector.BP || vector == Vector.OF;
        exit.event.set(own ? EventKind.SOFTWARE_EXCEPTION : EventKind.EXCEPTION, vector, withCode, withCode ? (int) vmcb.get(VmcbField.EXIT_INFO1) : 0,
                own ? exit.length : 0);
        exit.parameter = switch (vector) {
            case Vector.PF -> vmcb.get(VmcbField.EXIT_INFO2);
            case Vector.DB -> vmcb.get(VmcbField.DR6) & DEBUG_CONDITIONS;
            default -> 0;
        };
        return VmExit.Kind.EXCEPTION;
    }

    private static VmExit.Kind io(Vmcb vmcb, VmExit exit) {
        int info = (int) vmcb.get(VmcbField.EXIT_INFO1);
        exit.size = info >>> IO_SIZE_SHIFT & 7;
        exit.in = (info & IO_IN) != 0;
        exit.string = (info & IO_STRING) != 0;
        exit.repeated = (info & IO_REPEATED) != 0;
        exit.port = info >>> IO_PORT_SHIFT;
        exit.length = (int) (vmcb.get(VmcbField.EXIT_INFO2) - vmcb.get(VmcbField.RIP));
        return VmExit.Kind.IO;
    }

    private static VmExit.Kind msr(Vmcb vmcb, Cpu cpu, VmExit exit) {
        exit.msr = (int) cpu.gpr(Cpu.RCX);
        return vmcb.get(VmcbField.EXIT_INFO1) == 0 ? VmExit.Kind.MSR_READ : VmExit.Kind.MSR_WRITE;
    }

    private static VmExit.Kind nested(Vmcb vmcb, VmExit exit) {
        long error = vmcb.get(VmcbField.EXIT_INFO1);
        exit.gpa = vmcb.get(VmcbField.EXIT_INFO2);
        // the hardware does not tell it
        exit.linear = 0;
        exit.linearValid = false;
        exit.translated = (error & FAULT_FINAL) != 0;
        exit.access = (error & FAULT_WRITE) != 0 ? Mem.WRITE : (error & FAULT_FETCH) != 0 ? Mem.FETCH : Mem.READ;
        if ((error & FAULT_RESERVED) != 0) {
            exit.detail = "reserved bits in a nested page-table entry for 0x%x".formatted(exit.gpa);
            return VmExit.Kind.UNSUPPORTED;
        }
        return VmExit.Kind.NESTED_PAGE_FAULT;
    }
}
