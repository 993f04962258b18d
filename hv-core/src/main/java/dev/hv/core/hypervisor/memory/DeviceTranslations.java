package dev.hv.core.hypervisor.memory;

/** What an IOMMU holds of a guest-physical space for devices that its partition has. */
public interface DeviceTranslations {

    /** The partition has no devices. */
    DeviceTranslations NONE = new DeviceTranslations() {
        @Override
        public void forget() {}

        @Override
        public void end() {}

        @Override
        public boolean unmarked() {
            return false;
        }
    };

    /** Mappings have been taken away or restricted: no device may use old ones any more. */
    void forget();

    /** The space is about to be no more: its devices reach nothing from now on. */
    void end();

    /** Whether devices may write to all that they are let write to, and the structures do not say so. */
    boolean unmarked();
}
