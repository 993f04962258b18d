package dev.hv.devices.socket;

/** The host's end of a connection: what becomes of it. All methods are called on the machine's thread. */
public interface SocketPeer {

    /** The guest has taken the connection; {@link SocketConnection#write} works from now on. */
    void opened();

    /** Bytes from the guest; the array is the caller's. Called only while {@link #ready}. */
    void data(byte[] bytes, int offset, int length);

    /** Whether it takes bytes now; when that changes to yes, it calls {@link SocketConnection#resume}. */
    default boolean ready() {
        return true;
    }

    /** There is room for {@link SocketConnection#write} again after it did not take everything. */
    default void writable() {}

    /** The guest sends no more bytes. It may still receive. */
    default void finished() {}

    /** The connection is over: closed by the guest, refused, broken, or gone with its guest. Nothing follows. */
    void closed();

    /** Whether it goes on in a run that is restored from a checkpoint; else the guest finds the connection closed there. */
    default boolean lasting() {
        return false;
    }
}
