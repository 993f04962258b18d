package dev.hv.cli.debug;

/** Where members of a kernel's structures are. */
public interface StructLayout {

    /** There is no such member. */
    int NONE = -1;

    /** Bytes from a structure's beginning to a member; {@link #NONE} when that is not known. */
    int offset(String structure, String member);
}
