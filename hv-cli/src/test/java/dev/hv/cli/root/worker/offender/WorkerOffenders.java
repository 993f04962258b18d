package dev.hv.cli.root.worker.offender;

import dev.hv.cli.run.LabRun;
import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.hypervisor.partition.Partition;
import java.io.FileInputStream;
import java.io.IOException;

/** Services of a partition that break rules of the architecture; never run. */
public final class WorkerOffenders {

    private WorkerOffenders() {}

    public static final class SeesTheHypervisor {
        Hypervisor hypervisor;
    }

    public static final class SeesAPartition {
        Partition partition;
    }

    public static final class SeesARun {
        LabRun run;
    }

    public static final class OpensAFile {
        int first() throws IOException {
            try (var in = new FileInputStream("x")) {
                return in.read();
            }
        }
    }

    public static final class Exits {
        void end() {
            System.exit(0);
        }
    }
}
