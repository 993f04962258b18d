package dev.hv.cpu.vmx;

import dev.hv.cpu.state.Cpu;

/** RDMSR and WRMSR at privilege level 0, for the MSR areas of VM entries and exits. */
public interface MsrAccess {

    /**
     * Reads an MSR.
     *
     * @throws dev.hv.cpu.state.GuestFault where RDMSR would raise #GP
     */
    long read(Cpu c, int msr);

    /**
     * Writes an MSR.
     *
     * @throws dev.hv.cpu.state.GuestFault where WRMSR would raise #GP
     */
    void write(Cpu c, int msr, long value);
}
