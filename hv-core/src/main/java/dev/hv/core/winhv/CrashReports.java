package dev.hv.core.winhv;

import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.CrashReport;
import dev.hv.core.tlfs.GpaView;
import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvMsr;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.InterceptMessage;
import java.nio.charset.StandardCharsets;

/** Reads what a child's guest says when it reports a crash: parameters, which are registers, and words in its memory (TLFS, "Guest Crash Enlightenment"). */
final class CrashReports {

    private static final int MESSAGE_LIMIT = 4096;
    private static final int MESSAGE_GPA = 3;
    private static final int MESSAGE_LENGTH = 4;
    private static final int PARAMETERS = HvRegister.GUEST_CRASH_P4 - HvRegister.GUEST_CRASH_P0 + 1;

    private final WinHv hypervisor;
    private final SystemMemory memory;
    private final GpaView view;

    /**
     * Of a child.
     *
     * @param memory the root's memory
     * @param view the child's memory in it
     */
    CrashReports(WinHv hypervisor, SystemMemory memory, GpaView view) {
        this.hypervisor = hypervisor;
        this.memory = memory;
        this.view = view;
    }

    /**
     * The report of a guest that has written to CRASH_CTL.
     *
     * @param registers register dump for people
     */
    CrashReport read(InterceptMessage m, String registers) {
        var text = new StringBuilder("the guest reports a crash:");
        var value = new HvRegisterValue[1];
        long[] parameters = new long[PARAMETERS];
        for (int i = 0; i < PARAMETERS; i++) {
            if (hypervisor.getVpRegister(m.partition(), m.vpIndex(), HvRegister.GUEST_CRASH_P0 + i, value).ok()) {
                parameters[i] = value[0].low();
            }
            text.append(" %#x".formatted(parameters[i]));
        }
        long control = m.get(HvInterceptMessage.MSR_RDX, 8) << 32 | m.get(HvInterceptMessage.MSR_RAX, 4);
        if ((control & HvMsr.CRASH_MESSAGE) != 0) {
            text.append(System.lineSeparator()).append(words(parameters[MESSAGE_GPA], parameters[MESSAGE_LENGTH]));
        }
        return new CrashReport(m.partition(), m.vpIndex(), text.toString(), registers);
    }

    /** The guest's words, as far as its memory has them; what is not printable is left out. */
    private String words(long gpa, long length) {
        int n = (int) Math.min(Math.max(length, 0), MESSAGE_LIMIT);
        byte[] bytes = new byte[n];
        int count = 0;
        for (int i = 0; i < n; i++) {
            long system = view.translate(gpa + i, HvMapFlags.READABLE);
            if (system < 0) {
                break;
            }
            long value = memory.read(system, 1);
            if (value == '\n' || value >= ' ' && value != 0x7F) {
                bytes[count++] = (byte) value;
            }
        }
        return new String(bytes, 0, count, StandardCharsets.UTF_8).strip();
    }
}
