package dev.hv.cli.suite.run;

import dev.hv.cli.agent.GuestAgent;
import dev.hv.cli.run.DrivenLab;

/** The agents that hv's own guests have. */
enum DrivenAgents implements Agents {
    /** The one way to them. */
    INSTANCE;

    @Override
    public GuestAgent of(DrivenLab lab, String machine) {
        return lab.agent(machine);
    }
}
