package dev.hv.cli.root.worker;

/** A virtual machine could not be made or changed as asked; the message says what the hypervisor refused. */
public final class WorkerException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public WorkerException(String message) {
        super(message);
    }
}
