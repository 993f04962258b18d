package dev.hv.devices.video;

/** Hears what happens to a screen, on the machine's thread. It looks, and changes nothing that the guest could notice. */
public interface ScreenListener {

    /** Hears nothing. */
    ScreenListener NOBODY = new ScreenListener() {
        @Override
        public void mode() {}

        @Override
        public void drawn(Area area) {}

        @Override
        public void pointer() {}
    };

    /** The screen has another mode, or none. */
    void mode();

    /** The guest says that it has drawn something. */
    void drawn(Area area);

    /** The pointer has another place or shape. */
    void pointer();
}
