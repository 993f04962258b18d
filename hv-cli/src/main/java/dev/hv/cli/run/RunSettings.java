package dev.hv.cli.run;

import dev.hv.cli.checkpoint.Conditions;
import dev.hv.cpu.execute.EngineKind;
import java.nio.file.Path;
import java.util.List;

/**
 * What a run is, whatever runs in it.
 *
 * @param bare whether the only image owns the machine
 * @param realTime whether the clock follows the host
 * @param cpu processor model, as the option --cpu says it
 * @param processors logical processors of the machine under the hypervisor
 * @param parallel whether they run at the same time
 * @param picosPerInstruction virtual time an instruction takes
 * @param seed of the random numbers that RDRAND, RDSEED and the firmware give
 * @param timeoutNanos wall time after which the run ends
 * @param maxInstructions instructions after which the run ends
 * @param terminal whether standard input is a terminal
 * @param stats file for counters, or null
 * @param trace file for a trace of VMBus, "-" for standard error, or null
 * @param digest whether the digest of all state at the end is asked for
 * @param digestsAt counts of instructions at which it is asked for, too, from the run's beginning on, in rising order
 * @param reboot whether a machine that is reset boots again; else it is over
 * @param resetAtTripleFault whether a triple fault resets the machine; else it is a crash
 * @param engine how code is executed
 * @param codeCache bytes of machine code to keep
 * @param keepDisks whether what a run keeps in layers over disks is written into their files at the end
 */
public record RunSettings(boolean bare, boolean realTime, String cpu, int processors, boolean parallel, long picosPerInstruction, long seed, long timeoutNanos, long maxInstructions,
        boolean terminal, Path stats, String trace, boolean digest, List<Long> digestsAt, boolean reboot, boolean resetAtTripleFault, EngineKind engine, long codeCache, boolean keepDisks) {

    /** What machine it is. */
    public Conditions conditions() {
        return new Conditions(bare, realTime, cpu, processors, parallel, picosPerInstruction, seed);
    }
}
