package dev.hv.core.synic;

/** The page of a guest's memory that has its rings of port ids (SIRBP). */
public interface RingPage {

    /** Reads 1 or 4 bytes. */
    int read(int offset, int size);

    /** Writes 1 or 4 bytes. */
    void write(int offset, int size, int value);
}
