package dev.hv.cli.run;

import dev.hv.cli.config.SeriesConfig;
import dev.hv.cli.console.Messages;
import dev.hv.cli.screen.Png;
import dev.hv.cli.screen.ScreenImage;
import dev.hv.core.machine.Clock;
import dev.hv.devices.video.Area;
import dev.hv.devices.video.ScreenListener;
import dev.hv.devices.video.SyntheticVideo;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;

/** Pictures of a screen while it changes, numbered, with the guest's time in their names. When the guest says that it has drawn is when they are taken: nothing is armed for them, and the run is the same without. */
final class ScreenSeries implements ScreenListener, AutoCloseable {

    private final SeriesConfig config;
    private final SyntheticVideo video;
    /** Seen without being noticed. */
    private final Clock clock;
    private long last = Long.MIN_VALUE;
    private int count;
    private boolean changed;
    private ScreenImage before;
    private boolean failed;

    ScreenSeries(SeriesConfig config, SyntheticVideo video, Clock clock) {
        this.config = config;
        this.video = video;
        this.clock = clock;
    }

    @Override
    public void mode() {
        drawn(Area.NONE);
    }

    @Override
    public void pointer() {
        drawn(Area.NONE);
    }

    @Override
    public void drawn(Area area) {
        changed = true;
        long now = clock.nanos();
        if (last == Long.MIN_VALUE || now - last >= config.nanos()) {
            take(now);
        }
    }

    private void take(long now) {
        changed = false;
        ScreenImage image = failed ? null : ScreenImage.of(video);
        if (image == null || before != null && before.width() == image.width() && Arrays.equals(before.pixels(), image.pixels())) {
            return;
        }
        last = now;
        before = image;
        String name = "%06d-%d.%03ds.png".formatted(++count, now / 1_000_000_000, now / 1_000_000 % 1000);
        try {
            Files.write(config.folder().resolve(name), Png.of(image));
        } catch (IOException e) {
            failed = true;
            Messages.say("--screen " + config.folder() + ": no more pictures can be written: " + e.getMessage());
        }
    }

    /** The last picture, of what was drawn since the one before it. The machine stands still. */
    @Override
    public void close() {
        if (changed) {
            take(clock.nanos());
        }
    }
}
