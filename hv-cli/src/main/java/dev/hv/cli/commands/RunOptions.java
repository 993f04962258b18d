package dev.hv.cli.commands;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The options of {@code hv run} (docs/cli.md), and the checks that need nothing but them. */
public final class RunOptions {

    /** Smallest memory a machine can be given. */
    static final long LEAST_MEMORY = 4L << 20;

    enum CpuVendor { INTEL, AMD }

    enum Engine { INTERPRETER, COMPILED }

    enum TimeBase { VIRTUAL, REAL }

    enum LogLevel { ERROR, WARN, INFO, DEBUG, TRACE }

    @Option(names = "--kernel", paramLabel = "FILE", description = "Linux kernel: bzImage or vmlinux.")
    Path kernel;
    @Option(names = "--initrd", paramLabel = "FILE", description = "Initial RAM disk.")
    Path initrd;
    @Option(names = "--append", paramLabel = "TEXT", defaultValue = "", description = "Kernel command line.")
    String append;
    @Option(names = "--guest-script", paramLabel = "FILE", description = "Script the guest's init runs: appended to the initrd as /etc/hv/run.sh.")
    Path guestScript;
    @Option(names = "--multiboot", paramLabel = "ELF", description = "Multiboot-1 image.")
    Path multiboot;
    @Option(names = "--module", paramLabel = "FILE", description = "Module of a multiboot image; may be repeated.")
    List<Path> modules = List.of();

    @Option(names = "--bare", description = "The image owns the machine: no hypervisor.")
    boolean bare;
    @Option(names = "--no-enlightenments", description = "The guest is not told about the hypervisor.")
    boolean noEnlightenments;
    @Option(names = "--cpu", defaultValue = "intel", description = "Processor model: intel.")
    CpuVendor cpu;
    @Option(names = "--cpus", paramLabel = "N", defaultValue = "1", description = "Processors of the guest: 1 to 64.")
    int cpus;
    @Option(names = "--memory", paramLabel = "SIZE", defaultValue = "256M", description = "Memory, such as 512M or 2G (default ${DEFAULT-VALUE}).")
    String memoryText;
    @Option(names = "--engine", defaultValue = "interpreter", description = "Execution engine: interpreter.")
    Engine engine;
    @Option(names = "--time", description = "virtual (counts instructions, skips idle time, repeatable) or real (follows the host). Default: real on a terminal, else virtual.")
    TimeBase time;
    @Option(names = "--instruction-time", paramLabel = "PS", description = "Virtual picoseconds per instruction (default ${DEFAULT-VALUE}).", defaultValue = "10000")
    long picosPerInstruction;

    @Option(names = "--serial", paramLabel = "WHERE", defaultValue = "stdio", description = "Serial console: stdio, file:F, socket:F or none.")
    String serial;
    @Option(names = "--disk", paramLabel = "FILE", description = "Not in this version.")
    List<String> disks = List.of();
    @Option(names = "--net", paramLabel = "WHAT", defaultValue = "none", description = "none (networks are not in this version).")
    String net;
    @Option(names = "--firmware", paramLabel = "FILE", description = "Not in this version.")
    Path firmware;
    @Option(names = "--test-devices", description = "Debug exit port 0xf4, pc-testdev, fw_cfg.")
    boolean testDevices;

    @Option(names = "--timeout", paramLabel = "TIME", description = "Wall time after which the run ends, such as 120s; exit status 4.")
    String timeoutText;
    @Option(names = "--max-instructions", paramLabel = "N", description = "Instructions after which the run ends; exit status 4.")
    Long maxInstructions;
    @Option(names = "--stats", paramLabel = "FILE", description = "Write counters as JSON.")
    Path stats;
    @Option(names = "--log", paramLabel = "LEVEL", defaultValue = "warn", description = "error, warn, info, debug or trace.")
    LogLevel log;
    @Option(names = "--trace", paramLabel = "WHAT", description = "Not in this version.")
    List<String> traces = List.of();
    @Option(names = "--digest", description = "Print a digest of all machine state at the end, on standard error.")
    boolean digest;

    /** Memory in bytes; {@link #check} has been called. */
    long memory;
    /** Wall-time limit. */
    long timeoutNanos = Long.MAX_VALUE;

    /** Checks everything that can be checked before files are read. */
    void check() {
        if (kernel == null && multiboot == null) {
            throw new UsageException("nothing to boot: give --kernel FILE or --multiboot ELF");
        }
        if (kernel != null && multiboot != null) {
            throw new UsageException("--kernel and --multiboot exclude each other");
        }
        if (kernel == null && initrd != null) {
            throw new UsageException("--initrd needs --kernel");
        }
        if (initrd == null && guestScript != null) {
            throw new UsageException("--guest-script needs --initrd: the script is appended to it");
        }
        if (multiboot == null && !modules.isEmpty()) {
            throw new UsageException("--module needs --multiboot");
        }
        if (cpu == CpuVendor.AMD) {
            throw new UsageException("--cpu amd: this version has the Intel model only");
        }
        if (engine == Engine.COMPILED) {
            throw new UsageException("--engine compiled: this version has the interpreter only");
        }
        if (cpus < 1 || cpus > 64) {
            throw new UsageException("--cpus " + cpus + ": from 1 to 64 processors can be given");
        }
        memory = Sizes.bytes("--memory", memoryText);
        if (memory < LEAST_MEMORY) {
            throw new UsageException("--memory " + memoryText + ": too little; a machine needs at least " + Sizes.show(LEAST_MEMORY));
        }
        long host = HostMemory.physicalBytes();
        if (memory > host) {
            throw new UsageException("--memory " + memoryText + ": more than the " + Sizes.show(host) + " this host has");
        }
        memory = memory + 0xFFF & ~0xFFFL;
        if (picosPerInstruction < 1 || picosPerInstruction > 1_000_000_000L) {
            throw new UsageException("--instruction-time " + picosPerInstruction + ": from 1 to 1000000000 picoseconds");
        }
        if (!disks.isEmpty()) {
            throw new UsageException("--disk " + disks.getFirst() + ": disks are not in this version; use an initrd");
        }
        if (!net.equals("none")) {
            throw new UsageException("--net " + net + ": networks are not in this version; say --net none");
        }
        if (firmware != null) {
            throw new UsageException("--firmware " + firmware + ": booting through firmware is not in this version; use --kernel or --multiboot");
        }
        if (!traces.isEmpty()) {
            throw new UsageException("--trace " + traces.getFirst() + ": traces are not in this version");
        }
        if (timeoutText != null) {
            timeoutNanos = Sizes.nanos("--timeout", timeoutText);
        }
        if (maxInstructions != null && maxInstructions < 1) {
            throw new UsageException("--max-instructions " + maxInstructions + ": at least 1");
        }
        if (!serial.equals("stdio") && !serial.equals("none") && !serial.matches("(file|socket):.+")) {
            throw new UsageException("--serial " + serial + ": one of stdio, file:F, socket:F, none");
        }
    }

    /** Whether the clock follows the host. */
    boolean realTime(boolean terminal) {
        return time == null ? terminal : time == TimeBase.REAL;
    }

    /** The log level's name. */
    String logLevel() {
        return log.name().toLowerCase(Locale.ROOT);
    }
}
