package dev.hv.cpu.vmx;

import dev.hv.cpu.state.VmxOperations;

/** VM-instruction error numbers (SDM vol. 3C, table 30-1), and the two outcomes that have none. */
public final class VmxError {
    /** VMfailInvalid: there is no current VMCS to hold an error number. */
    public static final int INVALID = VmxOperations.FAIL_INVALID;
    /** VMsucceed. */
    public static final int NONE = VmxOperations.SUCCEED;
    public static final int VMCALL_IN_ROOT = 1;
    public static final int VMCLEAR_ADDRESS = 2;
    public static final int VMCLEAR_VMXON_POINTER = 3;
    public static final int VMLAUNCH_NOT_CLEAR = 4;
    public static final int VMRESUME_NOT_LAUNCHED = 5;
    public static final int ENTRY_CONTROLS = 7;
    public static final int ENTRY_HOST_STATE = 8;
    public static final int VMPTRLD_ADDRESS = 9;
    public static final int VMPTRLD_VMXON_POINTER = 10;
    public static final int VMPTRLD_REVISION = 11;
    public static final int UNSUPPORTED_FIELD = 12;
    public static final int READ_ONLY_FIELD = 13;
    public static final int VMXON_IN_ROOT = 15;
    public static final int ENTRY_MOV_SS = 26;
    public static final int INVALID_OPERAND = 28;

    private VmxError() {}
}
