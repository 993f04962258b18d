package dev.hv.cli.commands;

import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.record.Recorder;
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

    /** Who keeps the run; nobody without options. */
    RunWitness witness(LabConfig lab, RunSettings settings, Restart restart) {
        if (record == null) {
            return RunWitness.NONE;
        }
        OutputFiles.require("--record ", record);
        return new Recorder(record, lab, settings, restart);
    }
}
