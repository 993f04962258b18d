package dev.hv.devices.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Image files of the host's file systems. */
public final class HostFiles implements ImageFile.Store {

    private final boolean durable;

    /** Files that survive the end of the host once they are flushed. */
    public HostFiles() {
        this(true);
    }

    private HostFiles(boolean durable) {
        this.durable = durable;
    }

    /** Files whose flushes leave it to the host when it writes them: of what is made anew if the host ends before. */
    public static HostFiles lazy() {
        return new HostFiles(false);
    }

    @Override
    public ImageFile open(String name, boolean readOnly) throws DiskException {
        Path path = Path.of(name);
        return new HostImageFile(RawDisk.channel(path, readOnly), path, readOnly, durable);
    }

    @Override
    public ImageFile create(String name) throws DiskException {
        Path path = Path.of(name);
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
            RawDisk.lock(channel, path, false);
            return new HostImageFile(channel, path, false, durable);
        } catch (FileAlreadyExistsException e) {
            throw new DiskException("disk " + name + ": is there already");
        } catch (NoSuchFileException e) {
            throw new DiskException("disk " + name + ": there is no such folder");
        } catch (IOException e) {
            throw new DiskException("disk " + name + ": cannot be made: " + RawDisk.reason(e));
        }
    }

    @Override
    public String real(String name) {
        try {
            return Path.of(name).toRealPath().toString();
        } catch (IOException e) {
            // opening it will say what is wrong
            return Path.of(name).toAbsolutePath().normalize().toString();
        }
    }

    @Override
    public String relative(String file, String name) {
        return Path.of(real(file)).resolveSibling(name).normalize().toString();
    }

    @Override
    public String relation(String from, String to) {
        Path folder = Path.of(real(from)).getParent();
        return folder.relativize(Path.of(real(to))).toString();
    }
}
