package dev.hv.cli.config;

/** Bad usage or bad input: one line for the user that says what is wrong, where, and what would be right. Exit status 2. */
public class UsageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public UsageException(String message) {
        super(message, null, false, false);
    }
}
