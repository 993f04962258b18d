package dev.hv.devices.storage;

/**
 * Where a unit is on a controller.
 *
 * @param target 0 or 1: guests look at no others
 * @param lun 0 to 63
 */
public record ScsiAddress(int target, int lun) implements Comparable<ScsiAddress> {

    /** Targets of a controller. */
    public static final int TARGETS = 2;
    /** Units of a target. */
    public static final int LUNS = 64;
    /** Units of a controller. */
    public static final int PLACES = TARGETS * LUNS;

    /** Checks the limits. */
    public ScsiAddress {
        if (target < 0 || target >= TARGETS || lun < 0 || lun >= LUNS) {
            throw new IllegalArgumentException("target " + target + ", LUN " + lun + ": targets 0 to 1 and LUNs 0 to 63 are possible");
        }
    }

    @Override
    public int compareTo(ScsiAddress other) {
        return target != other.target ? Integer.compare(target, other.target) : Integer.compare(lun, other.lun);
    }

    @Override
    public String toString() {
        return target + ":" + lun;
    }
}
