package dev.hv.cli.run;

import dev.hv.cli.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Path;

/** Checkpoints of a run in which the agent does something: what it does is kept beside them. */
record JobCheckpoints(RunCheckpoints machine, GuestJob doing) implements RunWitness.Checkpoints {

    @Override
    public boolean possible() {
        return machine.possible() && doing.saved();
    }

    @Override
    public byte[] job() {
        return doing.state();
    }

    @Override
    public void write(Path folder) throws CheckpointException, IOException {
        machine.write(folder);
    }
}
