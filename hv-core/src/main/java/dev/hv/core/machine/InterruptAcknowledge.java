package dev.hv.core.machine;

/** The legacy controller's answer to an interrupt acknowledge cycle (ExtINT delivery). */
public interface InterruptAcknowledge {

    /** Whether the INTR output is high. */
    boolean requesting();

    /** Acknowledges: moves the highest request to in-service and returns its vector (the spurious vector if none is left). */
    int acknowledge();
}
