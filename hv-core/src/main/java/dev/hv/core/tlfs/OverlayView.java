package dev.hv.core.tlfs;

/**
 * Where overlay pages hide a partition's own memory (TLFS, "Overlay pages"): for services of the root that access that memory
 * as its guest does.
 */
public interface OverlayView {

    /** First overlaid guest page at or after {@code gpn}; {@link Long#MAX_VALUE} when there is none. */
    long next(long gpn);

    /** System address of the page that the guest sees at an overlaid page. */
    long page(long gpn);

    /** Whether the guest may write to an overlaid page. */
    boolean writable(long gpn);
}
