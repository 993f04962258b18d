package dev.hv.devices.socket;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

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

    /** What a {@linkplain #lasting lasting} end has that is state of the machine. */
    default Passing passing() {
        return Passing.NONE;
    }

    /**
     * What is on its way between a guest and a program of the host.
     *
     * @param fromHost whether the program of the host asked for the connection
     * @param queued bytes from the guest that the program has not taken
     * @param unread bytes from the program that the guest has not taken
     * @param inlet number of the first way into the machine that it has, which the others follow; negative for none
     */
    record Passing(boolean fromHost, long queued, byte[] unread, int inlet) {
        /** Nothing. */
        public static final Passing NONE = new Passing(false, 0, new byte[0], -1);

        void save(StateWriter out) {
            out.put("from-host", fromHost);
            out.put("queued", queued);
            out.put("unread", unread, 0, unread.length);
            out.put("inlet", inlet);
        }

        static Passing restored(StateReader in) {
            return new Passing(in.takeBoolean(), in.take(), in.takeBytes(), (int) in.take());
        }
    }

    /** Whether it goes on in a run that is restored from a checkpoint; else the guest finds the connection closed there. */
    default boolean lasting() {
        return false;
    }
}
