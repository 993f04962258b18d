package dev.hv.cli.run;

import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.root.worker.Seat;
import dev.hv.cli.screen.Png;
import dev.hv.cli.screen.ScreenImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Screens of machines as pictures. */
final class Screens {

    private Screens() {}

    /** The seat of a machine; null without. */
    static Seat seat(RunningVm vm) {
        return vm.devices == null ? null : vm.devices.seat();
    }

    /**
     * What a machine's screen shows, as PNG. On the machine's thread.
     *
     * @throws IOException with a sentence when there is nothing to show
     */
    static ScreenImage image(RunningVm vm) throws IOException {
        Seat seat = seat(vm);
        if (seat == null) {
            throw new IOException("machine " + vm.config.name() + " has no screen; say --video");
        }
        ScreenImage image = ScreenImage.of(seat.video());
        if (image == null) {
            throw new IOException("the screen of " + vm.config.name() + " shows nothing: the guest's driver is not loaded, or not yet");
        }
        return image;
    }

    /** Writes what a machine's screen shows; what came of that, for people. On the machine's thread. */
    static String write(RunningVm vm, Path file) {
        byte[] picture;
        try {
            picture = Png.of(image(vm));
        } catch (IOException e) {
            return e.getMessage();
        }
        try {
            OutputFiles.<IOException>whole(file, "rw-r--r--", part -> Files.write(part, picture));
            return "written";
        } catch (IOException e) {
            vm.unwritten.add("the picture " + file);
            return "picture " + file + ": cannot be written: " + e.getMessage();
        }
    }
}
