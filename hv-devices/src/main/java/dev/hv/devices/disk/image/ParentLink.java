package dev.hv.devices.disk.image;

import java.util.List;

/**
 * What a differencing disk says of its parent.
 *
 * @param identity the parent's {@link VirtualDisk#identity} when the child was made
 * @param names where it may be, the best first; relative names count from the child's folder
 */
public record ParentLink(String identity, List<String> names) {}
