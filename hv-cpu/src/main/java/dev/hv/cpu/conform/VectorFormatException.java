package dev.hv.cpu.conform;

import java.io.IOException;

/** A vector file is not what it says it is; the message names the file and the line. */
public final class VectorFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public VectorFormatException(String message) {
        super(message);
    }
}
