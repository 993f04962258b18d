package dev.hv.cli.guest;

/**
 * Which guest a folder holds.
 *
 * @param name the guest, in words
 * @param version of its files, one word: another one of the same guest may replace it
 */
public record GuestLabel(String name, String version) {

    /** Counts up when what is built changes, so that guests of older versions are built again. */
    private static final int FORMAT = 9;
    /** The same of guests with the kernel for all machines, which have more. */
    private static final int GENERIC_FORMAT = 12;
    /** In the place of the version while files are written. */
    private static final String UNFINISHED = "unfinished";

    /**
     * A guest of Debian's own packages.
     *
     * @param release suite
     * @param arch Debian architecture
     * @param generic whether it has the kernel for all machines
     */
    public static GuestLabel debian(String release, String arch, boolean generic) {
        return new GuestLabel("debian " + release + " " + arch + (generic ? " generic" : ""), Integer.toString(generic ? GENERIC_FORMAT : FORMAT));
    }

    /**
     * A Linux that can be a parent partition.
     *
     * @param kernel a word that names its kernel
     */
    static GuestLabel linuxParent(String kernel) {
        return new GuestLabel("linux-parent", kernel + "-" + FORMAT);
    }

    GuestLabel unfinished() {
        return new GuestLabel(name, UNFINISHED);
    }

    /** As it stands in a folder. */
    String line() {
        return name + " " + version;
    }

    /** Whether a line names this guest, in whatever version. */
    boolean names(String line) {
        return name(line).equals(name);
    }

    /** The guest that a line names. */
    static String name(String line) {
        return line.substring(0, Math.max(line.lastIndexOf(' '), 0));
    }
}
