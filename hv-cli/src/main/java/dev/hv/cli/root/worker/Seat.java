package dev.hv.cli.root.worker;

import dev.hv.core.vid.Vid;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.chipset.PciConfigSpace;
import dev.hv.devices.chipset.PciHost;
import dev.hv.devices.input.InputEvent;
import dev.hv.devices.input.SyntheticKeyboard;
import dev.hv.devices.input.SyntheticMouse;
import dev.hv.devices.video.Area;
import dev.hv.devices.video.Resolution;
import dev.hv.devices.video.ScreenListener;
import dev.hv.devices.video.SyntheticVideo;
import dev.hv.devices.video.VideoMode;
import dev.hv.vmbus.Vmbus;
import dev.hv.vmbus.channel.Offering;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Where somebody sits at one virtual machine: its screen, keyboard and mouse, providers on its VMBus. */
public final class Seat implements Saveable {

    private static final int STATE_VERSION = 1;
    /** The display adapter of a Hyper-V machine on bus 0: Linux' hyperv_fb looks for it on a PC without EFI, and that is all that it is for. */
    private static final int ADAPTER_SLOT = 6;
    private static final int MICROSOFT = 0x1414;
    private static final int VIDEO = 0x5353;
    private static final int VGA = 0x03_0000;

    private final Resolution resolution;
    private final VideoRam memory;
    private final PciConfigSpace adapter = new PciConfigSpace(MICROSOFT, VIDEO, VGA, 0);
    private final SyntheticVideo video;
    private final SyntheticKeyboard keyboard = new SyntheticKeyboard();
    private final SyntheticMouse mouse = new SyntheticMouse();
    private final Map<String, Offering> offers;
    private final List<ScreenListener> listeners = new ArrayList<>();

    /**
     * Offers all three.
     *
     * @param highEnd where the partition's memory ends, if there is some above 4 GiB
     * @param pci where its display adapter is plugged in
     */
    Seat(Vid vid, long partition, long highEnd, Resolution resolution, Vmbus bus, PciHost pci) {
        pci.add(ADAPTER_SLOT, 0, adapter);
        this.resolution = resolution;
        memory = new VideoRam(vid, partition, SyntheticVideo.memory(resolution.width(), resolution.height()), highEnd);
        video = new SyntheticVideo(memory, resolution.width(), resolution.height());
        video.observe(new ScreenListener() {
            @Override
            public void mode() {
                tell(ScreenListener::mode);
            }

            @Override
            public void drawn(Area area) {
                tell(l -> l.drawn(area));
            }

            @Override
            public void pointer() {
                tell(ScreenListener::pointer);
            }
        });
        offers = Map.of("video", new Offering(bus, video.offer(), video), "keyboard", new Offering(bus, keyboard.offer(), keyboard), "mouse", new Offering(bus, mouse.offer(), mouse));
    }

    VideoRam memory() {
        return memory;
    }

    /** The screen. */
    public SyntheticVideo video() {
        return video;
    }

    /** The keyboard. */
    public SyntheticKeyboard keyboard() {
        return keyboard;
    }

    /** The mouse. */
    public SyntheticMouse mouse() {
        return mouse;
    }

    /**
     * Takes the offer of a device back, or makes it again.
     *
     * @param name of it: video, keyboard or mouse
     * @return false when there is no such device, or it was so already
     */
    public boolean offer(String name, boolean there) {
        Offering of = offers.get(name);
        return of != null && of.offer(there);
    }

    /** Adds somebody who hears what happens to the screen. On the machine's thread, or before it runs. */
    public void watch(ScreenListener listener) {
        listeners.add(listener);
    }

    private void tell(Consumer<ScreenListener> what) {
        listeners.forEach(what);
    }

    /** Somebody does something. On the machine's thread; false when a driver does not listen, or too much waits already: the rest is dropped then. */
    public boolean input(List<InputEvent> events) {
        return events.stream().allMatch(e -> switch (e) {
            case InputEvent.Key(int key, boolean down) -> keyboard.key(key, down);
            case InputEvent.Pointer(int x, int y, int buttons, int wheel) -> {
                VideoMode mode = video.mode();
                yield mouse.report(place(x, mode == null ? resolution.width() : mode.width()), place(y, mode == null ? resolution.height() : mode.height()), buttons, wheel);
            }
        });
    }

    /** The middle of a pixel, as a place on a screen of {@link SyntheticMouse#MOST} + 1 places. */
    private static int place(int pixel, int pixels) {
        return (int) Math.clamp((2L * pixel + 1) * (SyntheticMouse.MOST + 1) / (2L * pixels), 0, SyntheticMouse.MOST);
    }

    /** The virtual machine is reset, and its bus has been. */
    void reset() {
        video.reset();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("seat", STATE_VERSION);
        for (String name : List.of("video", "keyboard", "mouse")) {
            out.put(name + "-offered", offers.get(name).there());
        }
        adapter.save(out);
        memory.save(out);
        video.save(out);
        keyboard.save(out);
        mouse.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("seat", STATE_VERSION);
        for (String name : List.of("video", "keyboard", "mouse")) {
            offers.get(name).restored(in.takeBoolean());
        }
        adapter.restore(in);
        memory.restore(in);
        video.restore(in);
        keyboard.restore(in);
        mouse.restore(in);
        in.end();
    }
}
