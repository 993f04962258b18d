package dev.hv.cli.commands;

import dev.hv.cli.config.EngineOption;
import dev.hv.cli.config.UsageException;
import java.util.ArrayList;
import java.util.List;

/** What options can be given that know their values: for help, for completion, and for what is checked. */
final class Candidates {

    private Candidates() {}

    /**
     * Refuses a value that is none of those that serve.
     *
     * @throws UsageException with those that do
     */
    static void require(String option, String value, List<String> known) {
        if (!known.contains(value)) {
            throw new UsageException(option + " " + value + ": " + (known.size() == 1 ? known.getFirst() + " is the only one of this version" : "one of " + String.join(", ", known)));
        }
    }

    /** Processor models. */
    static final class CpuModels extends ArrayList<String> {
        CpuModels() {
            super(dev.hv.cpu.state.CpuModels.names());
        }
    }

    /** Kinds of guests that are parents. */
    static final class Parents extends ArrayList<String> {
        Parents() {
            super(List.of("l1vh", "root"));
        }
    }

    /** Who runs the processors of guests' partitions. */
    static final class Schedulers extends ArrayList<String> {
        Schedulers() {
            super(List.of("core", "root"));
        }
    }

    /** Execution engines. */
    static final class Engines extends ArrayList<String> {
        Engines() {
            super(EngineOption.NAMES);
        }
    }

    /** What executes the instructions of vectors. */
    static final class VectorEngines extends ArrayList<String> {
        VectorEngines() {
            super(List.of("interpreter", "single-stepper", "machine-code", "machine-code-warm", "machine-code-middle"));
        }
    }

    /** What comes of a triple fault. */
    static final class TripleFaults extends ArrayList<String> {
        TripleFaults() {
            super(List.of(CRASH, RESET));
        }

        static final String CRASH = "crash";
        static final String RESET = "reset";
    }

    /** What the machine's time follows. */
    static final class TimeBases extends ArrayList<String> {
        TimeBases() {
            super(List.of("virtual", "real"));
        }
    }

    /** How much is logged. */
    static final class LogLevels extends ArrayList<String> {
        LogLevels() {
            super(List.of("error", "warn", "info", "debug", "trace"));
        }
    }

    /** Where a serial port goes; names of files follow. */
    static final class Serials extends ArrayList<String> {
        Serials() {
            super(List.of("stdio", "none", "file:", "socket:"));
        }
    }

    /** What an adapter is connected to; names follow. */
    static final class Networks extends ArrayList<String> {
        Networks() {
            super(List.of("none", "user", "switch:", "socket:"));
        }
    }

    /** Systems that guests can be built of. */
    static final class Systems extends ArrayList<String> {
        Systems() {
            super(List.of(DEBIAN, LINUX_PARENT, DEBIAN_PARENT));
        }

        static final String DEBIAN = "debian";
        static final String LINUX_PARENT = "linux-parent";
        static final String DEBIAN_PARENT = "debian-parent";
    }

    /** Releases of Debian. */
    static final class Releases extends ArrayList<String> {
        Releases() {
            super(List.of("bookworm", "trixie", "sid"));
        }
    }

    /** Architectures of Debian. */
    static final class Architectures extends ArrayList<String> {
        Architectures() {
            super(List.of("amd64", "i386"));
        }
    }

    /** Kernels of Debian. */
    static final class Kernels extends ArrayList<String> {
        Kernels() {
            super(List.of("cloud", "generic"));
        }
    }

    /** Shells that complete. */
    static final class Shells extends ArrayList<String> {
        Shells() {
            super(List.of("bash", "zsh", "fish"));
        }
    }
}
