package dev.hv.core.machine;

/** Gives devices their views of memory. An IOMMU stands here: it translates for each requester by itself, or refuses. */
@FunctionalInterface
public interface DmaBus {

    /** Memory as a device sees it; asked once, used for as long as the device is there. */
    DmaView view(DmaRequester requester);
}
