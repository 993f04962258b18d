package dev.hv.cli.guest;

/** A guest could not be built; the message is one line for the user. */
public final class GuestException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public GuestException(String message) {
        super(message);
    }
}
