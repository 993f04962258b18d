package dev.hv.core.hypervisor.calls;

import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.partition.CpuRegisters;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.state.Reset;

/** Registers with which a virtual processor is started, HV_INITIAL_VP_CONTEXT: rip rsp rflags, segments, tables, control registers. */
final class InitialContext {

    /** Bytes of the structure. */
    static final int SIZE = 224;

    private static final int[] LEADING = {HvRegister.RIP, HvRegister.RSP, HvRegister.RFLAGS};
    private static final int[] WIDE = {
        HvRegister.CS, HvRegister.DS, HvRegister.ES, HvRegister.FS, HvRegister.GS, HvRegister.SS, HvRegister.TR, HvRegister.LDTR,
        HvRegister.IDTR, HvRegister.GDTR
    };
    private static final int[] TRAILING = {HvRegister.EFER, HvRegister.CR0, HvRegister.CR3, HvRegister.CR4, HvRegister.PAT};

    /** Starts a processor that waits for its start-up. */
    HvStatus start(VirtualProcessor vp, HypercallParameters p, int at) {
        vp.context().store();
        int offset = at;
        HvStatus status = HvStatus.SUCCESS;
        for (int name : LEADING) {
            status = set(vp, status, name, p.u64(offset), 0);
            offset += 8;
        }
        for (int name : WIDE) {
            status = set(vp, status, name, p.u64(offset), p.u64(offset + 8));
            offset += 16;
        }
        for (int name : TRAILING) {
            status = set(vp, status, name, p.u64(offset), 0);
            offset += 8;
        }
        if (!status.ok()) {
            // it waits as before: nothing of a context that is refused may stay
            Reset.init(vp.registers());
        }
        vp.context().load();
        if (status.ok()) {
            vp.scheduling().activate();
        }
        return status;
    }

    private static HvStatus set(VirtualProcessor vp, HvStatus before, int name, long low, long high) {
        return before.ok() ? CpuRegisters.set(vp.registers(), name, new HvRegisterValue(low, high)) : before;
    }
}
