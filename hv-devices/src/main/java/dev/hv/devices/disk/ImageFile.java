package dev.hv.devices.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The file that a virtual disk is kept in: bytes that can be read at any place, written, made durable, and given back to the host. */
public interface ImageFile extends AutoCloseable {

    /** Its name, for messages and for finding files that it names. */
    String name();

    /** Whether it was opened for reading only. */
    boolean readOnly();

    /** Its length in bytes. */
    long size() throws IOException;

    /** When it was written last, in seconds since 1970. */
    long modified() throws IOException;

    /**
     * Reads bytes; any threads may do so at once.
     *
     * @throws java.io.EOFException when the file ends before
     */
    void read(long offset, byte[] to, int at, int length) throws IOException;

    /**
     * Reads as many bytes as the buffer has room for; any threads may do so at once. A direct buffer saves the host's files a copy.
     *
     * @throws java.io.EOFException when the file ends before
     */
    default void read(long offset, ByteBuffer to) throws IOException {
        byte[] bytes = new byte[to.remaining()];
        read(offset, bytes, 0, bytes.length);
        to.put(bytes);
    }

    /** These bytes, for who reads them into scattered memory; null where that is not done. */
    default FilePart part(long offset, long length) {
        return null;
    }

    /** Writes bytes; behind the end it makes the file longer, with zeroes up to there. They survive the end of this process, and after {@link #flush} that of the host. */
    void write(long offset, byte[] from, int at, int length) throws IOException;

    /** As {@link #write(long, byte[], int, int)}, what is left in the buffer. A direct one saves the host's files a copy. */
    default void write(long offset, ByteBuffer from) throws IOException {
        byte[] bytes = new byte[from.remaining()];
        from.get(bytes);
        write(offset, bytes, 0, bytes.length);
    }

    /** Makes everything written before durable, the file's length too. */
    void flush() throws IOException;

    /** Makes the file longer, by zeroes, or shorter. */
    void resize(long size) throws IOException;

    /** Gives the room of bytes back to the host; they read as zero from then on. False when the host does not do that, and nothing has changed. */
    boolean punch(long offset, long length);

    /** Where the next byte that may be other than zero is, from {@code offset} on; the file's length when there is none. */
    long nextData(long offset) throws IOException;

    @Override
    void close();

    /** Sets bytes to zero, by giving back their room where the host does that. */
    default void zero(long offset, long length) throws IOException {
        if (length > 0 && !punch(offset, length)) {
            byte[] zeroes = new byte[(int) Math.min(length, 1 << 18)];
            for (long done = 0; done < length; done += zeroes.length) {
                write(offset + done, zeroes, 0, (int) Math.min(zeroes.length, length - done));
            }
        }
    }

    /** Opens image files: the host's, or a test's. */
    interface Store {
        /**
         * Opens and locks a file.
         *
         * @throws DiskException when it is missing, in use, or may not be opened so
         */
        ImageFile open(String name, boolean readOnly) throws DiskException;

        /**
         * Makes a file of length 0.
         *
         * @throws DiskException when it is there already, or cannot be made
         */
        ImageFile create(String name) throws DiskException;

        /** The one name of a file, whatever way leads to it. */
        String real(String name);

        /** What a name in a file means: relative names count from its folder. */
        String relative(String file, String name);

        /** How the first file would name the second in the same file system: the opposite of {@link #relative}. */
        String relation(String from, String to);
    }
}
