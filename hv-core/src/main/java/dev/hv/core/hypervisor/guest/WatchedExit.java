package dev.hv.core.hypervisor.guest;

import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.cpu.state.Mem;
import java.util.Locale;

/** An exit as a watch sees it. */
public record WatchedExit(VmExit exit, HardwareContext context) implements GuestWatch.Exit {

    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final long LOW = 0xFFFF_FFFFL;

    @Override
    public GuestWatch.Kind kind() {
        return switch (exit.kind) {
            case HYPERCALL -> GuestWatch.Kind.HYPERCALL;
            case MSR_READ -> GuestWatch.Kind.MSR_READ;
            case MSR_WRITE -> GuestWatch.Kind.MSR_WRITE;
            default -> GuestWatch.Kind.OTHER;
        };
    }

    @Override
    public String reason() {
        return exit.kind.name().toLowerCase(Locale.ROOT).replace('_', '-') + " (" + exit.reason + ")";
    }

    @Override
    public String details() {
        return switch (exit.kind) {
            case CPUID -> " leaf " + hex(gpr(RAX) & LOW) + " subleaf " + hex(gpr(RCX) & LOW);
            case IO -> (exit.in ? " in " : " out ") + hex(exit.port) + " size " + exit.size + (exit.string ? " string" : "") + (exit.repeated ? " repeated" : "")
                    + (exit.in || exit.string ? "" : " value " + hex(gpr(RAX) & LOW >>> 32 - 8 * exit.size));
            case NESTED_PAGE_FAULT -> (exit.access == Mem.WRITE ? " write " : exit.access == Mem.FETCH ? " fetch " : " read ") + hex(exit.gpa) + (exit.linearValid ? " linear " + hex(exit.linear) : "");
            case EXCEPTION, DELIVER_EVENT -> " vector " + exit.event.vector();
            case ENTRY_FAILED, UNSUPPORTED -> " " + exit.detail;
            default -> "";
        };
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    @Override
    public long rip() {
        return exit.rip;
    }

    @Override
    public int msr() {
        return exit.msr;
    }

    @Override
    public long gpr(int index) {
        return context.gpr(index);
    }

    @Override
    public boolean longMode() {
        return context.longMode();
    }

    @Override
    public boolean underWay() {
        return exit.kind == VmExit.Kind.HYPERCALL && exit.underWay;
    }

    @Override
    public boolean eventQueued() {
        return context.queued().present();
    }
}
