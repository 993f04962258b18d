package dev.hv.cli.commands;

import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.coverage.RunCoverage;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options that ask which lines of the guest's kernel a run reached. */
final class CoverageOptions {

    @Option(names = "--coverage", paramLabel = "FILE", description = "Write which lines of the guest's kernel were executed, as lcov's tracefile, which genhtml makes pages of. Needs --vmlinux.")
    private Path coverage;
    @Option(names = "--vmlinux", paramLabel = "ELF", description = "The kernel as it was linked, with line tables (CONFIG_DEBUG_INFO). One that was moved at boot (KASLR) is found.")
    private Path vmlinux;

    /** Coverage that is asked for; null for none. */
    RunCoverage coverage(LabConfig lab) {
        if (coverage == null && vmlinux == null) {
            return null;
        }
        if (coverage == null) {
            throw new UsageException("--vmlinux " + vmlinux + ": is for --coverage FILE");
        }
        if (vmlinux == null) {
            throw new UsageException("--coverage " + coverage + ": needs --vmlinux ELF, the kernel with its line tables");
        }
        if (lab.machines().size() > 1) {
            throw new UsageException("--coverage " + coverage + ": is one machine's, and there are " + lab.machines().size());
        }
        return RunCoverage.open(coverage, vmlinux);
    }
}
