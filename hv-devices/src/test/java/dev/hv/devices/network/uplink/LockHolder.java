package dev.hv.devices.network.uplink;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Another process that holds a file lock until its standard input ends. */
public final class LockHolder {

    private LockHolder() {}

    /** Arguments: the file. */
    public static void main(String[] arguments) throws Exception {
        try (var channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.CREATE, StandardOpenOption.WRITE); var lock = channel.lock()) {
            System.out.println(lock.isValid() ? "held" : "lost");
            System.in.read();
        }
    }
}
