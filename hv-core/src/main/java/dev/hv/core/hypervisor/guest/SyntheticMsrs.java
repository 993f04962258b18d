package dev.hv.core.hypervisor.guest;

import dev.hv.core.hypervisor.partition.GuestInterface;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.synic.Synic;
import dev.hv.core.synic.SyntheticTimers;
import dev.hv.core.tlfs.HvMsr;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvSynic;
import dev.hv.cpu.Processor;

/** The synthetic MSRs as a table: number, privilege, what reading and writing do. What is not here, or not allowed, is #GP. */
public final class SyntheticMsrs {

    /** Reads a register. */
    @FunctionalInterface
    private interface Read {
        long read(VirtualProcessor vp);
    }

    /** Writes a register; false raises #GP. */
    @FunctionalInterface
    private interface Write {
        boolean write(VirtualProcessor vp, long value);
    }

    /**
     * A register.
     *
     * @param read null for a write-only one
     * @param write null for a read-only one
     */
    private record Msr(long privilege, Read read, Write write) {}

    private static final Msr[] TABLE = table();

    private SyntheticMsrs() {}

    private static Msr[] table() {
        Msr[] t = new Msr[HvMsr.END - HvMsr.BASE];
        put(t, HvMsr.GUEST_OS_ID, HvPrivilege.HYPERCALL_MSRS, vp -> shared(vp).guestOsId(), (vp, v) -> shared(vp).setGuestOsId(v));
        put(t, HvMsr.HYPERCALL, HvPrivilege.HYPERCALL_MSRS, vp -> shared(vp).hypercall(), (vp, v) -> shared(vp).setHypercall(v));
        put(t, HvMsr.VP_INDEX, HvPrivilege.VP_INDEX, VirtualProcessor::index, null);
        put(t, HvMsr.RESET, HvPrivilege.RESET, vp -> 0, (vp, v) -> true);
        put(t, HvMsr.VP_RUNTIME, HvPrivilege.VP_RUNTIME, vp -> vp.scheduling().runtimeNanos() / 100, null);
        put(t, HvMsr.TIME_REF_COUNT, HvPrivilege.TIME_REF_COUNT, vp -> shared(vp).time().now(), null);
        put(t, HvMsr.REFERENCE_TSC, HvPrivilege.REFERENCE_TSC, vp -> shared(vp).referenceTsc(), (vp, v) -> shared(vp).setReferenceTsc(v));
        put(t, HvMsr.TSC_FREQUENCY, HvPrivilege.FREQUENCY_MSRS, vp -> vp.partition().model().tscHz(), null);
        put(t, HvMsr.APIC_FREQUENCY, HvPrivilege.FREQUENCY_MSRS, vp -> 1_000_000_000L / Processor.APIC_NANOS_PER_TICK, null);
        put(t, HvMsr.EOI, HvPrivilege.APIC_MSRS, null, (vp, v) -> {
            vp.apic().endOfInterrupt();
            return true;
        });
        put(t, HvMsr.ICR, HvPrivilege.APIC_MSRS, vp -> vp.apic().icr(), (vp, v) -> {
            vp.apic().setIcr(v);
            return true;
        });
        put(t, HvMsr.TPR, HvPrivilege.APIC_MSRS, vp -> vp.apic().tpr(), (vp, v) -> {
            vp.apic().setTpr((int) v & 0xFF);
            return true;
        });
        put(t, HvMsr.VP_ASSIST_PAGE, HvPrivilege.APIC_MSRS, vp -> vp.synthetic().assistPage(), (vp, v) -> vp.synthetic().setAssistPage(v));
        put(t, HvMsr.GUEST_IDLE, HvPrivilege.GUEST_IDLE, vp -> {
            vp.scheduling().idle();
            return 0;
        }, null);
        synic(t);
        crash(t);
        return t;
    }

    private static void synic(Msr[] t) {
        put(t, HvMsr.SCONTROL, HvPrivilege.SYNIC, vp -> vp.synic().control(), (vp, v) -> {
            vp.synic().setControl(v);
            return true;
        });
        put(t, HvMsr.SVERSION, HvPrivilege.SYNIC, vp -> Synic.VERSION, null);
        put(t, HvMsr.SIEFP, HvPrivilege.SYNIC, vp -> vp.synic().eventPage(), (vp, v) -> vp.synic().setEventPage(v));
        put(t, HvMsr.SIMP, HvPrivilege.SYNIC, vp -> vp.synic().messagePage(), (vp, v) -> vp.synic().setMessagePage(v));
        put(t, HvMsr.EOM, HvPrivilege.SYNIC, vp -> 0, (vp, v) -> {
            vp.synic().endOfMessage();
            return true;
        });
        put(t, HvMsr.SIRBP, HvPrivilege.CREATE_PARTITIONS, vp -> vp.synic().ringPage(), (vp, v) -> vp.synic().setRingPage(v));
        for (int i = 0; i < HvSynic.SINTS; i++) {
            int n = i;
            put(t, HvMsr.SINT0 + i, HvPrivilege.SYNIC, vp -> vp.synic().sint(n), (vp, v) -> vp.synic().setSint(n, v));
        }
        for (int i = 0; i < SyntheticTimers.TIMERS; i++) {
            int n = i;
            put(t, HvMsr.STIMER0_CONFIG + 2 * i, HvPrivilege.SYNTHETIC_TIMERS, vp -> vp.synthetic().timers().config(n),
                    (vp, v) -> vp.synthetic().timers().setConfig(n, v));
            put(t, HvMsr.STIMER0_COUNT + 2 * i, HvPrivilege.SYNTHETIC_TIMERS, vp -> vp.synthetic().timers().count(n), (vp, v) -> {
                vp.synthetic().timers().setCount(n, v);
                return true;
            });
        }
    }

    private static void crash(Msr[] t) {
        for (int i = 0; i < GuestInterface.CRASH_PARAMETERS; i++) {
            int n = i;
            put(t, HvMsr.CRASH_P0 + i, 0, vp -> shared(vp).crash(n), (vp, v) -> shared(vp).setCrash(n, v));
        }
        put(t, HvMsr.CRASH_CTL, 0, vp -> HvMsr.CRASH_NOTIFY | HvMsr.CRASH_MESSAGE, (vp, v) -> true);
    }

    private static void put(Msr[] t, int number, long privilege, Read read, Write write) {
        t[number - HvMsr.BASE] = new Msr(privilege, read, write);
    }

    private static GuestInterface shared(VirtualProcessor vp) {
        return vp.partition().guestInterface();
    }

    private static Msr find(VirtualProcessor vp, int number) {
        int index = number - HvMsr.BASE;
        if (!vp.partition().enlightened() || index < 0 || index >= TABLE.length || TABLE[index] == null) {
            return null;
        }
        return vp.partition().has(TABLE[index].privilege) ? TABLE[index] : null;
    }

    /**
     * Whether a write asks whoever owns the partition for something that the hypervisor does not do: a reset, or to hear of a crash. There is no message of
     * its own for either: such a write is intercepted as one to an MSR (HvMessageTypeX64MsrIntercept). The crash parameters are registers.
     */
    public static boolean ownersWrite(VirtualProcessor vp, int number, long value) {
        boolean asks = number == HvMsr.RESET && (value & HvMsr.RESET_REQUEST) != 0 || number == HvMsr.CRASH_CTL && (value & HvMsr.CRASH_NOTIFY) != 0;
        return asks && find(vp, number) != null;
    }

    /** Whether the guest may read a register. */
    public static boolean readable(VirtualProcessor vp, int number) {
        Msr m = find(vp, number);
        return m != null && m.read != null;
    }

    /** Reads a register that is {@link #readable}. */
    public static long read(VirtualProcessor vp, int number) {
        return find(vp, number).read.read(vp);
    }

    /** Writes a register; false raises #GP. */
    public static boolean write(VirtualProcessor vp, int number, long value) {
        Msr m = find(vp, number);
        return m != null && m.write != null && m.write.write(vp, value);
    }
}
