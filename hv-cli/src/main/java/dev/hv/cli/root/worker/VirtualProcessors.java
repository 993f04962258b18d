package dev.hv.cli.root.worker;

import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.winhv.WinHv;
import java.util.function.BiConsumer;

/** The virtual processors of one virtual machine, as its worker makes and starts them. */
public final class VirtualProcessors {

    private static final int SPURIOUS = HvRegister.APIC_REGISTERS + 0x0F;
    private static final int LVT_LINT0 = HvRegister.APIC_REGISTERS + 0x35;
    private static final int LVT_LINT1 = HvRegister.APIC_REGISTERS + 0x36;
    private static final int APIC_ENABLED = 0x1FF;
    private static final int EXT_INT = 0x700;
    private static final int NMI = 0x400;

    private final WinHv hypervisor;
    private final long partition;
    private final int made;
    private final int most;
    private final BiConsumer<HvStatus, String> check;

    /**
     * None yet.
     *
     * @param made how many the worker makes
     * @param most how many there are when the guest has made its own
     * @param check is told what came of each call, and what was tried; throws where it failed
     */
    VirtualProcessors(WinHv hypervisor, long partition, int made, int most, BiConsumer<HvStatus, String> check) {
        this.hypervisor = hypervisor;
        this.partition = partition;
        this.made = made;
        this.most = most;
        this.check = check;
    }

    /** Makes those that the guest does not make itself, suspended. */
    void create() {
        for (int i = 0; i < made; i++) {
            check.accept(hypervisor.createVp(partition, i), "create a virtual processor");
        }
    }

    /** Takes all of them away. */
    void delete() {
        for (int i = made; i < most; i++) {
            hypervisor.deleteVp(partition, i);
        }
        for (int i = 0; i < made; i++) {
            check.accept(hypervisor.deleteVp(partition, i), "delete a virtual processor");
        }
    }

    /** Lets all of them run. */
    void start() {
        for (int i = 0; i < made; i++) {
            check.accept(hypervisor.startVp(partition, i), "start a virtual processor");
        }
        for (int i = made; i < most; i++) {
            hypervisor.startVp(partition, i);
        }
    }

    /** Keeps all of them from running. */
    void stop() {
        for (int i = 0; i < made; i++) {
            check.accept(hypervisor.stopVp(partition, i), "stop a virtual processor");
        }
        for (int i = made; i < most; i++) {
            hypervisor.stopVp(partition, i);
        }
    }

    /** The same where some of them may not be there. */
    void halt() {
        for (int i = 0; i < most; i++) {
            hypervisor.stopVp(partition, i);
        }
    }

    /** Sets registers of a processor before it starts; names and values in step. */
    public void set(int vp, int[] names, HvRegisterValue... values) {
        check.accept(hypervisor.setVpRegisters(partition, vp, names, values), "set registers");
    }

    /** A register of a processor, by its name in the TLFS. */
    public HvRegisterValue register(int vp, int name) {
        var value = new HvRegisterValue[1];
        check.accept(hypervisor.getVpRegister(partition, vp, name, value), "read a register");
        return value[0];
    }

    /** Leaves the first processor's local APIC as firmware does: enabled, the 8259 wired through LINT0, NMI on LINT1. */
    public void initialiseApic() {
        set(0, new int[] {SPURIOUS, LVT_LINT0, LVT_LINT1}, HvRegisterValue.of(APIC_ENABLED), HvRegisterValue.of(EXT_INT), HvRegisterValue.of(NMI));
    }

    /** Whether a system has told the hypervisor what it is, and has not taken that back. */
    boolean named() {
        var value = new HvRegisterValue[1];
        return hypervisor.getVpRegister(partition, 0, HvRegister.GUEST_OS_ID, value).ok() && value[0].low() != 0;
    }
}
