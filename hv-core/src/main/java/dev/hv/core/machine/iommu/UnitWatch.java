package dev.hv.core.machine.iommu;

import java.util.function.Supplier;

/** Whom a unit tells of what happens in it. */
public final class UnitWatch {

    private final RefusalListener refusals;
    private volatile IommuWatch watch;

    /** One for refusals, and nobody who watches. */
    public UnitWatch(RefusalListener refusals) {
        this.refusals = refusals;
    }

    /** Somebody watches from now on. */
    public void watch(IommuWatch who) {
        watch = who;
    }

    /** A device's request is refused. */
    public void refused(int requester, DeviceRequest wanted, long address, String why) {
        refusals.refused(requester, address, why);
        if (watch != null) {
            watch.refused(requester, wanted, address, why);
        }
    }

    /** A command is about to be carried out. */
    public void command(Supplier<String> text) {
        if (watch != null) {
            watch.command(text.get());
        }
    }
}
