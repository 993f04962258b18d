package dev.hv.core.machine.iommu;

import java.util.ArrayList;
import java.util.List;

/** Local APICs that only note what comes. */
public final class SeenInterrupts {

    /** A message. */
    public record Seen(boolean wide, int destination, boolean logical, int mode, int vector, boolean level) {}

    public final List<Seen> all = new ArrayList<>();

    public LocalApics apics() {
        return new LocalApics((d, l, m, v, t) -> all.add(new Seen(false, d, l, m, v, t)), (d, l, m, v, t) -> all.add(new Seen(true, d, l, m, v, t)));
    }
}
