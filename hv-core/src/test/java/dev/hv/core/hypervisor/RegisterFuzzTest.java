package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.machine.Clock;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.VpStop;
import dev.hv.cpu.state.Reset;
import org.junit.jupiter.api.AfterEach;

/** A guest gives itself random registers (HvCallSetVpRegisters) and goes on: it may crash, the hypervisor may not. */
class RegisterFuzzTest {

    private static final int[] NAMES = {
        HvRegister.RIP, HvRegister.RFLAGS, HvRegister.CR0, HvRegister.CR3, HvRegister.CR4, HvRegister.CR8, HvRegister.XFEM, HvRegister.DR7, HvRegister.EFER,
        HvRegister.CS, HvRegister.SS, HvRegister.DS, HvRegister.TR, HvRegister.LDTR, HvRegister.GDTR, HvRegister.IDTR, HvRegister.PAT, HvRegister.APIC_BASE,
        HvRegister.TSC, HvRegister.KERNEL_GS_BASE, HvRegister.STAR, HvRegister.MTRR_DEF_TYPE, HvRegister.MTRR_PHYS_BASE0, HvRegister.MTRR_PHYS_MASK0,
        HvRegister.APIC_REGISTERS + 0x30, HvRegister.APIC_REGISTERS + 0x32, HvRegister.APIC_REGISTERS + 0x38, HvRegister.RSP, HvRegister.XMM0
    };
    private static final int MOST_REGISTERS = 6;

    private Rig rig;
    private Rig.Child child;
    private Clock.Timer end;

    private VirtualProcessor prepare() {
        if (rig == null || child.stop != null || child.done) {
            close();
            rig = new Rig().start();
            child = rig.child(4 << 20, HvPrivilege.CHILD);
            end = rig.clock.timer("end", rig.machine::powerOff);
        }
        var vp = rig.hypervisor.partitions().get(child.id).processors().get(0);
        Reset.init(vp.registers());
        vp.context().load();
        // inc eax; xsave [0x6000]; mov cr3,ebx; out 0x80,al; jmp back
        child.code(true, 0x40, 0x0F, 0xAE, 0x25, 0x00, 0x60, 0x00, 0x00, 0x0F, 0x22, 0xDB, 0xE6, 0x80, 0xEB, 0xF1).go();
        vp.scheduling().activate();
        return vp;
    }

    @FuzzTest
    void noRegisterHarmsTheHypervisor(FuzzedDataProvider data) {
        VirtualProcessor vp = prepare();
        for (int i = 0; i < MOST_REGISTERS && data.remainingBytes() > 0; i++) {
            int name = data.consumeInt(0, 9) == 0 ? data.consumeInt() : NAMES[data.consumeInt(0, NAMES.length - 1)];
            long value = data.consumeBoolean() ? data.consumeLong() : 1L << data.consumeInt(0, 63) | data.consumeInt(0, 0xFFF);
            vp.registerFile().set(name, new HvRegisterValue(value, data.consumeBoolean() ? data.consumeLong() : 0));
        }
        // a guest that halts for ever does not use its instructions up
        end.arm(rig.clock.nanos() + 1_000_000);
        rig.run(300);
        assertThat(child.stop == null ? null : child.stop.reason()).as(() -> child.stop.detail()).isNotEqualTo(VpStop.Reason.INTERNAL_ERROR);
    }

    @AfterEach
    void close() {
        if (rig != null) {
            rig.memory.close();
        }
    }
}
