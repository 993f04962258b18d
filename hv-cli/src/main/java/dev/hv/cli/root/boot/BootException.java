package dev.hv.cli.root.boot;

/** An image or a combination of options cannot be booted; the message is one line for the user, with what would be right. */
public final class BootException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public BootException(String message) {
        super(message);
    }
}
