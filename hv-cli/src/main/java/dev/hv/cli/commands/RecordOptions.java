package dev.hv.cli.commands;

import dev.hv.cli.config.FileRoles;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.config.Sizes;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.record.Recorder;
import dev.hv.cli.run.GuestJob;
import dev.hv.cli.run.Restart;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.run.RunWitness;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options that keep a run. */
final class RecordOptions {

    @Option(names = "--record", paramLabel = "FILE", description = "Record everything that enters from outside with its instant, so that hv replay repeats the run to the bit. "
            + "Disks' files stay as they are: what the guest writes is forgotten at the end.")
    private Path record;

    @Option(names = "--checkpoint-every", paramLabel = "N", description = "With --record: a checkpoint every so many instructions, such as 500M, in FILE.checkpoints, for hv replay --from; at most 16 "
            + "are kept, spread over the run.")
    private String every;

    /** Whether a run is to be kept. */
    boolean asked() {
        return record != null;
    }

    /** Says which file is written. */
    void files(FileRoles roles) {
        roles.write("--record ", record);
    }

    /** Who keeps the run; nobody without options. */
    RunWitness witness(LabConfig lab, RunSettings settings, Restart restart, GuestJob job) {
        if (record == null && every != null) {
            throw new UsageException("--checkpoint-every " + every + ": belongs to a recording; say --record FILE, too");
        }
        if (record == null) {
            return RunWitness.NONE;
        }
        OutputFiles.require("--record ", record);
        return new Recorder(record, lab, settings, restart, every == null ? 0 : Sizes.count("--checkpoint-every", every), 0, job);
    }
}
