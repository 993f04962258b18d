package dev.hv.devices.disk;

/** A disk cannot be opened; the message is one line for whoever named it. */
public final class DiskException extends Exception {

    private static final long serialVersionUID = 1;

    /** A reason, with the name of the file in it. */
    public DiskException(String message) {
        super(message);
    }
}
