package dev.hv.cli.commands;

import dev.hv.cli.suite.Plan;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.read.SuiteFile;
import dev.hv.cli.suite.run.CaseWorker;
import dev.hv.cli.suite.run.WorkerPool;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** A worker of {@code hv test}, which begins it; for nobody else. */
@Command(name = SuiteWorkerCommand.NAME, hidden = true, description = "A worker of hv test.")
public final class SuiteWorkerCommand implements Callable<Integer> {

    /** Name of the command, which help and manual do not have. */
    static final String NAME = "suite-worker";

    @Override
    public Integer call() throws IOException {
        new CaseWorker(new BufferedInputStream(new FileInputStream(FileDescriptor.in)), new FileOutputStream(FileDescriptor.out), SuiteWorkerCommand::plan).run();
        return ExitStatus.OK;
    }

    private static List<PlannedCase> plan(List<Path> files) {
        return Plan.of(SuiteFile.read(files));
    }

    /** A pool of workers that are this program, with this one's options of the JVM. */
    static WorkerPool pool() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.hv.cli.Main", NAME));
        return new WorkerPool(command, SuiteWorkerCommand::plan);
    }
}
