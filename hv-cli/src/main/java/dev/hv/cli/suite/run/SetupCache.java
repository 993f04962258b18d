package dev.hv.cli.suite.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Setups kept as checkpoints in a folder, by their keys. Processes share it: who makes one holds its lock alone, who uses one shares the lock until it ends, and nobody removes what is locked. A checkpoint takes its name when it is
 * whole. When all of them are larger than the bound, those that were used least recently go.
 */
final class SetupCache implements AutoCloseable {

    /** Bytes that are kept, if no more are in use. */
    static final long BOUND = 8L << 30;

    private static final String LOCK = ".lock";

    /** Makes a setup. */
    interface Maker {
        /** Runs it and writes its end into a folder that does not exist. */
        void make(Path folder) throws SetupException, CheckpointException;
    }

    private final Path folder;
    private final long bound;
    private final Map<String, Checkpoint> open = new HashMap<>();
    /** Why those failed that did: they would again. */
    private final Map<String, String> failed = new HashMap<>();
    private final List<FileChannel> locks = new ArrayList<>();

    /** A cache in a folder, which need not exist. */
    SetupCache(Path folder, long bound) {
        this.folder = folder;
        this.bound = bound;
    }

    /**
     * The state at a setup's end; made by who asks first, in whatever process.
     *
     * @throws SetupException when it cannot be made
     */
    synchronized Checkpoint get(String key, Maker maker) throws SetupException {
        Checkpoint known = open.get(key);
        if (known != null) {
            return known;
        }
        if (failed.containsKey(key)) {
            throw new SetupException(failed.get(key));
        }
        try {
            Files.createDirectories(folder);
            Checkpoint made = locked(key, maker);
            open.put(key, made);
            return made;
        } catch (SetupException e) {
            failed.put(key, e.getMessage());
            throw e;
        } catch (CheckpointException | IOException e) {
            throw new SetupException("the state of a setup cannot be kept in " + folder + ": " + e.getMessage());
        }
    }

    private Checkpoint locked(String key, Maker maker) throws SetupException, CheckpointException, IOException {
        Path at = folder.resolve(key);
        Path lock = folder.resolve(key + LOCK);
        FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            // somebody may remove it again before it is shared
            while (true) {
                FileLock shared = channel.lock(0, Long.MAX_VALUE, true);
                if (whole(at)) {
                    break;
                }
                shared.release();
                try (FileLock alone = channel.lock()) {
                    if (!whole(at)) {
                        Folders.delete(at);
                        maker.make(at);
                        makeRoom(key);
                    }
                }
            }
            // the time of its last use
            channel.write(ByteBuffer.allocate(1), 0);
            Checkpoint made = Checkpoint.open(at);
            made.check();
            locks.add(channel);
            return made;
        } catch (SetupException | CheckpointException | IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Whether a checkpoint is there that can be read; one that cannot is made again. */
    private static boolean whole(Path at) {
        try {
            Checkpoint.open(at);
            return true;
        } catch (CheckpointException e) {
            return false;
        }
    }

    private void makeRoom(String keep) throws IOException {
        List<Path> all;
        try (var files = Files.list(folder)) {
            all = new ArrayList<>(files.filter(f -> f.getFileName().toString().endsWith(LOCK)).toList());
        }
        Map<Path, Long> used = new HashMap<>();
        for (Path f : all) {
            used.put(f, Files.getLastModifiedTime(f).toMillis());
        }
        all.sort(Comparator.comparing(used::get));
        long bytes = 0;
        for (Path f : all) {
            bytes += Folders.size(folder.resolve(key(f)));
        }
        for (Path f : all) {
            if (bytes <= bound) {
                return;
            }
            if (!key(f).equals(keep) && !open.containsKey(key(f))) {
                bytes -= remove(f);
            }
        }
    }

    private static String key(Path lock) {
        String name = lock.getFileName().toString();
        return name.substring(0, name.length() - LOCK.length());
    }

    /** Removes a setup that nobody uses; bytes that it had. */
    private long remove(Path lock) throws IOException {
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE); FileLock alone = channel.tryLock()) {
            if (alone == null) {
                return 0;
            }
            Path at = folder.resolve(key(lock));
            long bytes = Folders.size(at);
            Folders.delete(at);
            // its lock's file stays: who waits for it at this moment must not lock a file that nobody sees
            return bytes;
        }
    }

    @Override
    public synchronized void close() {
        for (FileChannel c : locks) {
            try {
                c.close();
            } catch (IOException e) {
                // its lock ends with this process
            }
        }
        locks.clear();
        open.clear();
    }
}
