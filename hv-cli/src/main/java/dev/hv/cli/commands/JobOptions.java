package dev.hv.cli.commands;

import dev.hv.cli.config.FileName;
import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.run.GuestJob;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** The options that have the agent in the guest do something. */
final class JobOptions {

    private static final int MOST_INPUT = 64 << 20;
    private static final long MOST_FILE = 1L << 30;

    @Option(names = "--exec", paramLabel = "COMMAND", description = "Run a command in the guest's shell once the guest is up, through the agent that is added to the initrd, and power off. Its output is hv's, and so is its exit status "
            + "(125: it could not be run to its end, or a file failed). The guest's console goes nowhere then, unless --serial says where.")
    private String command;
    @Option(names = "--exec-stdin", description = "Give hv's standard input, up to its end, to the command.")
    private boolean input;
    @Option(names = "--put", paramLabel = "FILE:PATH", description = "Put a file into the guest, with its permission bits, before the command runs; may be repeated.")
    private List<String> puts = List.of();
    @Option(names = "--get", paramLabel = "PATH:FILE", description = "Fetch a file from the guest when the command has ended, whole or not at all; may be repeated.")
    private List<String> gets = List.of();

    /** The first option that was given; null when none was. */
    String given() {
        return command != null ? "--exec" : !puts.isEmpty() ? "--put" : !gets.isEmpty() ? "--get" : input ? "--exec-stdin" : null;
    }

    /** What is to be done; null when nothing is. Files that are read are read here. */
    GuestJob job() {
        if (given() == null) {
            return null;
        }
        if (input && command == null) {
            throw new UsageException("--exec-stdin: there is no command that could read it; say --exec COMMAND, too");
        }
        if (command != null && command.isBlank()) {
            throw new UsageException("--exec: an empty command; say what is to run");
        }
        return new GuestJob(command, input ? standardInput() : new byte[0], puts.stream().map(JobOptions::put).toList(), gets.stream().map(JobOptions::get).toList());
    }

    private static byte[] standardInput() {
        try {
            @SuppressWarnings("resource") // the process's own
            InputStream in = System.in;
            byte[] all = in.readNBytes(MOST_INPUT + 1);
            if (all.length > MOST_INPUT) {
                throw new UsageException("--exec-stdin: more than 64M; put a file with --put");
            }
            return all;
        } catch (IOException e) {
            throw new UsageException("--exec-stdin: standard input cannot be read: " + e.getMessage());
        }
    }

    private static GuestJob.Put put(String text) {
        int colon = text.lastIndexOf(":/");
        if (colon < 1) {
            throw new UsageException("--put " + text + ": FILE:PATH is needed, with a path from the guest's root, as in --put test.sh:/tmp/test.sh");
        }
        Path from = FileName.of(text.substring(0, colon));
        String problem = !Files.exists(from) ? "no such file" : !Files.isRegularFile(from) ? "no regular file" : !Files.isReadable(from) ? "cannot be read: permission denied" : null;
        try {
            if (problem == null && Files.size(from) > MOST_FILE) {
                problem = "larger than 1G";
            }
            if (problem != null) {
                throw new UsageException("--put " + from + ": " + problem);
            }
            return new GuestJob.Put(from, Files.readAllBytes(from), text.substring(colon + 1), mode(from));
        } catch (IOException e) {
            throw new UsageException("--put " + from + ": cannot be read: " + e.getMessage());
        }
    }

    private static int mode(Path file) throws IOException {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return 0644;
        }
        Set<PosixFilePermission> set = Files.getPosixFilePermissions(file);
        int mode = 0;
        // from the owner's read, the highest of the nine bits, on
        for (PosixFilePermission p : PosixFilePermission.values()) {
            mode = mode << 1 | (set.contains(p) ? 1 : 0);
        }
        return mode;
    }

    private static GuestJob.Get get(String text) {
        int colon = text.indexOf(':');
        if (!text.startsWith("/") || colon < 0 || colon == text.length() - 1) {
            throw new UsageException("--get " + text + ": PATH:FILE is needed, with a path from the guest's root, as in --get /tmp/log:guest.log");
        }
        Path to = FileName.of(text.substring(colon + 1));
        OutputFiles.require("--get ", to);
        return new GuestJob.Get(text.substring(0, colon), to);
    }
}
