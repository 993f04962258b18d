package dev.hv.core.machine.vtd;

/** Why a request is refused (VT-d specification, appendix A), as far as requests without a PASID from devices without a translation cache can be. */
enum FaultReason {
    ROOT_NOT_PRESENT(0x1, false, "no root entry"),
    CONTEXT_NOT_PRESENT(0x2, true, "no context entry"),
    CONTEXT_INVALID(0x3, true, "a context entry of no use"),
    BEYOND_WIDTH(0x4, true, "an address beyond the domain's width"),
    NO_WRITE(0x5, true, "no right to write"),
    NO_READ(0x6, true, "no right to read"),
    TABLE_ACCESS(0x7, true, "a page table where there is no memory"),
    ROOT_ACCESS(0x8, false, "a root table where there is no memory"),
    CONTEXT_ACCESS(0x9, false, "a context table where there is no memory"),
    ROOT_RESERVED(0xA, false, "reserved bits in a root entry"),
    CONTEXT_RESERVED(0xB, true, "reserved bits in a context entry"),
    TABLE_RESERVED(0xC, true, "reserved bits in a page-table entry"),
    INTERRUPT_OUTPUT(0xE, true, "a page at the interrupt controllers' addresses"),
    REQUEST_RESERVED(0x20, false, "reserved bits in an interrupt request"),
    INDEX_BEYOND(0x21, false, "an interrupt beyond the table"),
    IRTE_NOT_PRESENT(0x22, true, "no interrupt-remapping entry"),
    IRTE_ACCESS(0x23, false, "an interrupt-remapping table where there is no memory"),
    IRTE_RESERVED(0x24, true, "reserved bits in an interrupt-remapping entry"),
    COMPATIBILITY_BLOCKED(0x25, false, "an interrupt in compatibility format"),
    SOURCE_INVALID(0x26, true, "an interrupt of another device");

    private final int code;
    private final boolean qualified;
    private final String text;

    /**
     * A reason.
     *
     * @param qualified whether the entry in question can say that it is not to be recorded (fault processing disable)
     */
    FaultReason(int code, boolean qualified, String text) {
        this.code = code;
        this.qualified = qualified;
        this.text = text;
    }

    int code() {
        return code;
    }

    boolean qualified() {
        return qualified;
    }

    String text() {
        return text;
    }
}
