package dev.hv.cli.coverage;

import java.io.IOException;

/** A file is no ELF image, or its debugging information is damaged; the message is a sentence that says what and where. */
public final class DwarfException extends IOException {

    private static final long serialVersionUID = 1L;

    /** An exception with a sentence for people. */
    public DwarfException(String message) {
        super(message);
    }
}
