package dev.hv.cpu.state;

/**
 * What the SVM instructions do, once mode, privilege and intercepts are known: the part of AMD-V that its instructions need of a
 * processor's {@link Virtualization} unit (APM vol. 2, chapter 15).
 */
public interface SvmOperations {

    /** Number of address-space identifiers; 0 is the host's. */
    int ASIDS = 1 << 15;

    /** Whether a physical address is one that VMRUN, VMLOAD and VMSAVE take: of a page that the processor can address. */
    boolean validAddress(long vmcb);

    /**
     * VMRUN; {@link Cpu#rip} is where the host goes on afterwards. The processor is in guest state then, or in that of the host when the
     * VMCB was refused.
     *
     * @param vmcb system-physical address, {@link #validAddress}
     */
    void vmrun(long vmcb);

    /**
     * VMLOAD. In guest operation the address is guest-physical where the hypervisor virtualises the instruction.
     *
     * @throws VmExitSignal from second-level paging, before anything changes
     */
    void vmload(long vmcb);

    /** VMSAVE; as {@link #vmload}. */
    void vmsave(long vmcb);

    /** STGI. */
    void stgi();

    /** CLGI. */
    void clgi();

    /** INVLPGA: drops the translations of one linear address under an ASID, those of 0 being the host's. */
    void invlpga(long linear, int asid);
}
