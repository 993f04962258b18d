package dev.hv.cli.config;

import dev.hv.core.machine.StateDigest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;

/**
 * Files that a user names: read whole, or refused with one line. Only regular files and block devices are read: they have an end, and
 * say beforehand how far it is.
 */
public final class InputFiles {

    private static final int PIECE = 1 << 16;
    /** A Java array holds no more. */
    private static final long LARGEST = Integer.MAX_VALUE - 16;
    /** The type in a Unix file's mode (stat(2)). */
    private static final int TYPE = 0xF000;
    private static final int BLOCK_DEVICE = 0x6000;
    private static final int CHARACTER_DEVICE = 0x2000;
    private static final int PIPE = 0x1000;

    private InputFiles() {}

    /**
     * Contents of a file that goes into a guest's memory. What cannot fit is refused before it is read: the heap might not hold it either.
     *
     * @param guestMemory the guest's memory in bytes
     */
    public static byte[] read(String option, Path file, long guestMemory) {
        try (FileChannel channel = channel(option, file)) {
            long size = channel.size();
            if (size > LARGEST) {
                throw new UsageException(named(option, file) + ": larger than 2 GiB");
            }
            if (size > guestMemory) {
                throw new UsageException("%s: its %s do not fit in the guest's %s of memory; give it more with --memory"
                        .formatted(named(option, file), Sizes.show(size), Sizes.show(guestMemory)));
            }
            return read(channel, (int) size);
        } catch (IOException e) {
            throw new UsageException(named(option, file) + ": cannot be read: " + reason(e));
        }
    }

    /** Contents of a file that is not larger than it can sensibly be; {@code what} says what it was taken for. */
    public static byte[] readSmall(Path file, int largest, String what) {
        try (FileChannel channel = channel("", file)) {
            if (channel.size() > largest) {
                throw new UsageException(file + ": larger than " + Sizes.show(largest) + "; not " + what);
            }
            return read(channel, (int) channel.size());
        } catch (IOException e) {
            throw new UsageException(file + ": cannot be read: " + reason(e));
        }
    }

    /**
     * A file to be read as it is needed; whoever opens it closes it.
     *
     * @throws IOException when the host fails
     */
    public static InputStream open(String option, Path file) throws IOException {
        return Channels.newInputStream(channel(option, file));
    }

    private static FileChannel channel(String option, Path file) throws IOException {
        require(option, file);
        FileChannel channel = FileChannel.open(file);
        if (channel.size() == 0) {
            channel.close();
            throw new UsageException(named(option, file) + ": the file is empty");
        }
        return channel;
    }

    /** At most so many bytes, however the file changes meanwhile. */
    private static byte[] read(FileChannel channel, int size) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(size);
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
            // a read may end early
        }
        return bytes.hasRemaining() ? Arrays.copyOf(bytes.array(), bytes.position()) : bytes.array();
    }

    /** Checks a file without reading it. */
    public static void require(String option, Path file) {
        String problem = problem(file);
        if (problem != null) {
            throw new UsageException(named(option, file) + ": " + problem);
        }
        try {
            if (Files.isRegularFile(file) && Files.size(file) == 0) {
                throw new UsageException(named(option, file) + ": the file is empty");
            }
        } catch (IOException e) {
            throw new UsageException(named(option, file) + ": cannot be read: " + reason(e));
        }
    }

    /** Checks a regular file that may be empty, of at most so many bytes. */
    static void requireCopy(String option, Path file, long most) {
        String problem = problem(file);
        try {
            if (problem == null && !Files.isRegularFile(file)) {
                problem = "no regular file";
            } else if (problem == null && Files.size(file) > most) {
                problem = "larger than " + Sizes.show(most);
            }
        } catch (IOException e) {
            problem = "cannot be read: " + reason(e);
        }
        if (problem != null) {
            throw new UsageException(named(option, file) + ": " + problem);
        }
    }

    /** Why nothing can be read from a file; null when it is a regular file or a block device that may be read. */
    static String problem(Path file) {
        if (file.toString().isEmpty()) {
            return "an empty name; a file is needed";
        }
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            String kind = attributes.isRegularFile() ? null : attributes.isDirectory() ? "a directory" : special(file);
            if (kind != null) {
                return kind + "; a file is needed";
            }
            return Files.isReadable(file) ? null : "cannot be read: permission denied";
        } catch (NoSuchFileException e) {
            return Files.isSymbolicLink(file) ? "a symbolic link to a file that is not there" : "no such file";
        } catch (AccessDeniedException e) {
            return "cannot be read: permission denied";
        } catch (IOException e) {
            return Files.isSymbolicLink(file) ? "a symbolic link that leads back to itself" : "cannot be read: " + reason(e);
        }
    }

    /** What a file is that is neither a regular file nor a directory; null for a block device. */
    private static String special(Path file) throws IOException {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return "a special file";
        }
        return switch ((Integer) Files.getAttribute(file, "unix:mode") & TYPE) {
            case BLOCK_DEVICE -> null;
            case CHARACTER_DEVICE -> "a character device, which has no end";
            case PIPE -> "a pipe, which does not say how much it holds";
            default -> "a socket";
        };
    }

    private static String named(String option, Path file) {
        return (option + " " + file).strip();
    }

    /** Why the host refused, without the file's name. */
    static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        String reason = e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName() : reason;
    }

    /** Digest of a file's contents, as {@link StateDigest} makes it of pieces of 64 KiB, in hexadecimal: what files are told apart by, fast. */
    public static String digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            var digest = new StateDigest();
            byte[] piece = new byte[PIECE];
            for (int n = in.readNBytes(piece, 0, PIECE); n > 0; n = in.readNBytes(piece, 0, PIECE)) {
                digest.put(piece, 0, n);
            }
            return digest.hex();
        }
    }
}
