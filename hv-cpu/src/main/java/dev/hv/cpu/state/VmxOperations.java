package dev.hv.cpu.state;

/**
 * What the VMX instructions do, once mode, privilege and operands are known: the part of VT-x that its instructions need of a processor's
 * {@link Virtualization} unit. Methods named after instructions return {@link #SUCCEED}, {@link #FAIL_INVALID} or an error number, which is
 * then in the VM-instruction error field too (SDM vol. 3C, 30.2).
 */
public interface VmxOperations {

    /** VMsucceed. */
    int SUCCEED = 0;
    /** VMfailInvalid: there is no current VMCS to hold an error number. */
    int FAIL_INVALID = -1;

    /** Whether the processor is in VMX operation, root or non-root. */
    boolean inVmxOperation();

    /** Whether CR0 and CR4 hold values that VMX operation supports. */
    boolean canStart();

    /** VMXON with a region whose first word is the revision identifier; CR4.VMXE must be set. */
    int vmxon(long region);

    /** VMXOFF. */
    int vmxoff();

    /** VMCLEAR of a region; its launch state becomes clear and, if it was current, none is. */
    int vmclear(long region);

    /** VMPTRLD. */
    int vmptrld(long region);

    /** VMPTRST: address of the current VMCS, or -1. */
    long vmptrst();

    /** Whether VMREAD and VMWRITE of an encoding succeed; what they fail with otherwise. */
    int checkField(long encoding);

    /**
     * VMREAD.
     *
     * @throws IllegalArgumentException when there is no current VMCS or no such field: {@link #checkField} says so before
     */
    long vmread(int field);

    /** VMWRITE. Read-only data fields can be written too, as IA32_VMX_MISC says. */
    int vmwrite(int field, long value);

    /** VMLAUNCH. On success the processor is in guest state, or in that of the host when the entry failed on guest state or MSR loading. */
    int launch();

    /** VMRESUME; see {@link #launch}. */
    int resume();

    /** VMFUNC, of a function that {@link Intercepts} made no exit of. */
    void vmfunc();

    /** VMCALL in root operation. */
    int vmcallInRoot();

    /** INVEPT: type 1 single context (bits 51:12 of the pointer count), 2 all contexts; the descriptor's high half must be 0. */
    int invept(long type, long pointer, long reserved);

    /** INVVPID: type 0 one address, 1 single context, 2 all contexts, 3 single context but global translations. */
    int invvpid(long type, long vpid, long linear);
}
