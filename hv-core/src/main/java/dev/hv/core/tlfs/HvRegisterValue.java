package dev.hv.core.tlfs;

/**
 * A register value, HV_REGISTER_VALUE: 16 bytes.
 *
 * @param low bytes 7:0
 * @param high bytes 15:8; 0 for registers of 64 bits
 */
public record HvRegisterValue(long low, long high) {

    /** A value of up to 64 bits. */
    public static HvRegisterValue of(long value) {
        return new HvRegisterValue(value, 0);
    }

    /**
     * A segment register: base, limit, selector, attributes (type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15).
     *
     * @param limit in bytes, whatever the granularity
     */
    public static HvRegisterValue segment(int selector, long base, int limit, int attributes) {
        return new HvRegisterValue(base, limit & 0xFFFF_FFFFL | (selector & 0xFFFFL) << 32 | (attributes & 0xFFFFL) << 48);
    }

    /** A descriptor table register: limit in bytes 7:6, base in bytes 15:8. */
    public static HvRegisterValue table(long base, int limit) {
        return new HvRegisterValue((limit & 0xFFFFL) << 48, base);
    }

    /** Selector of a segment value. */
    public int selector() {
        return (int) (high >>> 32) & 0xFFFF;
    }

    /** Limit of a segment value, in bytes. */
    public int limit() {
        return (int) high;
    }

    /** Attributes of a segment value. */
    public int attributes() {
        return (int) (high >>> 48);
    }

    /** Limit of a table value, in bytes. */
    public int tableLimit() {
        return (int) (low >>> 48);
    }
}
