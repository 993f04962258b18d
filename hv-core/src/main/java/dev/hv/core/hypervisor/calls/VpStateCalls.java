package dev.hv.core.hypervisor.calls;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.synic.SyntheticTimers;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.HvVpState;
import dev.hv.cpu.apic.ApicPage;
import dev.hv.cpu.instructions.XsaveImage;
import dev.hv.core.machine.SystemMemory;
import java.util.List;

/** Hypercalls about the state of a child's virtual processor that registers do not have ({@link HvVpState}). The variable part of the input has page numbers or data. */
final class VpStateCalls {

    private final Targets targets;
    private final SystemMemory memory;
    private VirtualProcessor target;
    private final byte[] page = new byte[SystemMemory.PAGE];

    VpStateCalls(Targets targets, SystemMemory memory) {
        this.targets = targets;
        this.memory = memory;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(
                new HypercallContract<>(HvCallCode.GET_VP_STATE, "HvCallGetVpState", HvPrivilege.CREATE_PARTITIONS, HvVpState.INPUT_SIZE, HvVpState.TIMERS_SIZE, true, false, 0, 0,
                        this::get, (c, p) -> { }),
                HypercallContract.variable(HvCallCode.SET_VP_STATE, "HvCallSetVpState", HvPrivilege.CREATE_PARTITIONS, HvVpState.INPUT_SIZE, this::set));
    }

    /** Finds {@link #target}, which must stand still. */
    private HvStatus find(Caller c, HypercallParameters in) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        target = p.processors().get(in.u32(8));
        if (target == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        if (Targets.badVtl(in.u8(12))) {
            return HvStatus.INVALID_PARAMETER;
        }
        target.statePages().take();
        target.context().store();
        return HvStatus.SUCCESS;
    }

    private HvStatus get(Caller c, HypercallParameters in, int repetition) {
        HvStatus status = find(c, in);
        if (!status.ok()) {
            return status;
        }
        in.clearOutput(HvVpState.TIMERS_SIZE);
        switch (in.u32(HvVpState.TYPE)) {
            case HvVpState.LOCAL_APIC -> {
                byte[] all = new byte[ApicPage.SIZE];
                ApicPage.read(target.apic(), all);
                return store(c, in, all, all.length);
            }
            case HvVpState.XSAVE -> {
                byte[] all = XsaveImage.read(target.registers());
                return store(c, in, all, all.length);
            }
            case HvVpState.MESSAGE_PAGE, HvVpState.EVENT_PAGE -> {
                if (target.synthetic() == null) {
                    return HvStatus.INVALID_PARAMETER;
                }
                target.synic().copyOut(in.u32(HvVpState.TYPE) == HvVpState.MESSAGE_PAGE, page);
                return store(c, in, page, page.length);
            }
            case HvVpState.TIMERS -> {
                for (int i = 0; target.synthetic() != null && i < SyntheticTimers.TIMERS; i++) {
                    in.put(HvVpState.TIMER_SIZE * i + HvVpState.TIMER_CONFIG, 8, target.synthetic().timers().config(i));
                    in.put(HvVpState.TIMER_SIZE * i + HvVpState.TIMER_COUNT, 8, target.synthetic().timers().count(i));
                }
                return HvStatus.SUCCESS;
            }
            default -> {
                return HvStatus.INVALID_PARAMETER;
            }
        }
    }

    /** Puts data into the caller's pages, as many as it needs: the rest of them is zero. */
    private HvStatus store(Caller c, HypercallParameters in, byte[] data, int length) {
        int pages = in.variableSize() / 8;
        if ((long) pages * SystemMemory.PAGE < length) {
            return HvStatus.INVALID_PARAMETER;
        }
        for (int i = 0; i < pages; i++) {
            if (at(c, in, i, HvMapFlags.WRITABLE) < 0) {
                return HvStatus.INVALID_PARAMETER;
            }
        }
        for (int i = 0; i < pages; i++) {
            long to = at(c, in, i, HvMapFlags.WRITABLE);
            memory.clearPage(to);
            int from = i * SystemMemory.PAGE;
            if (from < length) {
                memory.copyIn(data, from, to, Math.min(SystemMemory.PAGE, length - from));
            }
        }
        return HvStatus.SUCCESS;
    }

    private static long at(Caller c, HypercallParameters in, int i, int rights) {
        long gpn = in.u64(in.variableAt() + 8 * i);
        return gpn < 0 || gpn >= 1L << Long.SIZE - 1 - 12 ? -1 : c.page(gpn, rights);
    }

    private HvStatus set(Caller c, HypercallParameters in, int repetition) {
        HvStatus status = find(c, in);
        if (!status.ok()) {
            return status;
        }
        int type = in.u32(HvVpState.TYPE);
        if (type == HvVpState.TIMERS) {
            return setTimers(in);
        }
        if (in.variableSize() != 8 || !memory.isRam(at(c, in, 0, HvMapFlags.READABLE))) {
            return HvStatus.INVALID_PARAMETER;
        }
        memory.copyOut(at(c, in, 0, HvMapFlags.READABLE), page, 0, page.length);
        switch (type) {
            case HvVpState.LOCAL_APIC -> ApicPage.write(target.apic(), page);
            case HvVpState.XSAVE -> {
                if (!XsaveImage.write(target.registers(), page)) {
                    return HvStatus.INVALID_PARAMETER;
                }
                target.context().load();
            }
            case HvVpState.MESSAGE_PAGE, HvVpState.EVENT_PAGE -> {
                if (target.synthetic() == null) {
                    return HvStatus.INVALID_PARAMETER;
                }
                target.synic().copyIn(type == HvVpState.MESSAGE_PAGE, page);
            }
            default -> {
                return HvStatus.INVALID_PARAMETER;
            }
        }
        return HvStatus.SUCCESS;
    }

    private HvStatus setTimers(HypercallParameters in) {
        if (in.variableSize() < HvVpState.TIMER_SIZE * SyntheticTimers.TIMERS || target.synthetic() == null) {
            return HvStatus.INVALID_PARAMETER;
        }
        for (int i = 0; i < SyntheticTimers.TIMERS; i++) {
            int at = in.variableAt() + HvVpState.TIMER_SIZE * i;
            SyntheticTimers timers = target.synthetic().timers();
            long config = in.u64(at + HvVpState.TIMER_CONFIG);
            long count = in.u64(at + HvVpState.TIMER_COUNT);
            if (config == timers.config(i) && count == timers.count(i)) {
                continue;
            }
            if (!timers.setConfig(i, config)) {
                return HvStatus.INVALID_PARAMETER;
            }
            timers.setCount(i, count);
        }
        return HvStatus.SUCCESS;
    }
}
