package dev.hv.cli.commands;

import dev.hv.cli.config.FileRoles;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.coverage.RunCoverage;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that ask which lines of the guest's kernel and its modules a run reached. */
final class CoverageOptions {

    @Option(names = "--coverage", paramLabel = "FILE", description = "Write which lines of the guest's kernel and modules were executed, as lcov's tracefile, which genhtml makes pages of. Needs --vmlinux or --kernel-module.")
    private Path coverage;
    @Option(names = "--vmlinux", paramLabel = "ELF", description = "The kernel as it was linked, with line tables (CONFIG_DEBUG_INFO). One that was moved at boot (KASLR) is found.")
    private Path vmlinux;
    @Option(names = "--kernel-module", paramLabel = "FILE|DIR", description = "A module of the guest's kernel with line tables (.ko, .ko.xz), or a folder with such files, of which those are read whose module is loaded. May be repeated.")
    private List<Path> modules = List.of();

    /** Says which files are read and written. */
    void files(FileRoles roles) {
        if (vmlinux != null) {
            roles.read("--vmlinux", vmlinux);
        }
        modules.forEach(m -> roles.read("--kernel-module", m));
        roles.write("--coverage ", coverage);
    }

    /** Coverage that is asked for; null for none. */
    RunCoverage coverage(LabConfig lab) {
        if (coverage == null) {
            if (vmlinux != null || !modules.isEmpty()) {
                throw new UsageException((vmlinux != null ? "--vmlinux " + vmlinux : "--kernel-module " + modules.getFirst()) + ": is for --coverage FILE");
            }
            return null;
        }
        if (vmlinux == null && modules.isEmpty()) {
            throw new UsageException("--coverage " + coverage + ": needs --vmlinux ELF, the kernel with its line tables, or --kernel-module FILE, a module with its");
        }
        if (lab.machines().size() > 1) {
            throw new UsageException("--coverage " + coverage + ": is one machine's, and there are " + lab.machines().size());
        }
        return RunCoverage.open(coverage, vmlinux, modules);
    }
}
