package dev.hv.cli.suite.run;

import dev.hv.cli.agent.GuestAgent;
import dev.hv.cli.run.DrivenLab;

/** Where the agents of machines are found. */
@FunctionalInterface
interface Agents {

    /** The agent of a machine, which may or may not come to listen. */
    GuestAgent of(DrivenLab lab, String machine);
}
