package dev.hv.cli.commands;

import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.SeriesConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VncConfig;
import picocli.CommandLine.Option;

/** The options that show a guest's screen while it runs. */
final class ScreenOptions {

    @Option(names = "--vnc", paramLabel = "PORT|unix:PATH[,password=FILE]", description = "Serve screen, keyboard and mouse of the guest to VNC viewers, on a port of the loopback (0: any) or a Unix socket. At a port a password is needed: "
            + "the first line of FILE, or one that is said on standard error. In a lab each machine with a screen has a port, one behind the other, or a socket PATH-NAME.")
    private String vnc;

    @Option(names = "--screen", paramLabel = "DIR[,every=TIME]", description = "Write pictures of the guest's screen (PNG) while it changes, one a second of the guest's time at most unless TIME says otherwise. In a lab each machine with a screen has a folder of its name in DIR.")
    private String series;

    /** Where viewers connect; null for nowhere. */
    VncConfig vnc(LabConfig lab) {
        check("--vnc", vnc, lab);
        return vnc == null ? null : VncConfig.parse("--vnc", vnc);
    }

    /** Where pictures go; null for nowhere. */
    SeriesConfig series(LabConfig lab) {
        check("--screen", series, lab);
        return series == null ? null : SeriesConfig.parse("--screen", series);
    }

    private static void check(String option, String given, LabConfig lab) {
        if (given != null && lab.machines().stream().allMatch(m -> m.screen() == null)) {
            throw new UsageException("%s %s: %s".formatted(option, given, lab.machines().size() > 1 ? "no machine of the lab has a screen; give one the key video" : "the guest has no screen; say --video"));
        }
    }
}
