package dev.hv.cli.config;

import dev.hv.cli.yaml.Keys;
import dev.hv.cpu.events.MachineError;
import dev.hv.devices.input.InputEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Something done to a virtual machine at a time of its own, {@code 30s:shutdown}, or when its console has printed something,
 * {@code console=login:shutdown}.
 *
 * @param when when it is done
 * @param action what is done
 * @param text the action as it was given
 * @param base folder that relative names in it count from
 */
public record ScheduledAction(When when, Action action, String text, Path base) {

    /** When something is done. */
    public sealed interface When {
        /** A time since power-on, in the guest's time. */
        record At(long nanos) implements When {}

        /** The first serial port has printed a text, from now on. */
        record Printed(String text) implements When {}
    }

    /** What can be done to a running virtual machine. */
    public sealed interface Action {
        /** Whether it goes over VMBus, which a guest without enlightenments does not have. */
        default boolean needsBus() {
            return true;
        }

        /** Whether it is done at the machine's screen, keyboard or mouse. */
        default boolean needsScreen() {
            return this instanceof Input || this instanceof Screenshot;
        }

        /** Whether it only looks at the machine, which goes on as it would have. */
        default boolean looks() {
            return this instanceof Inspect || this instanceof Dump || this instanceof Screenshot;
        }

        /** Whether it can be done to a machine without a hypervisor. */
        default boolean suitsBare() {
            return this instanceof Checkpoint || this instanceof Link || this instanceof MachineCheck;
        }

        /** Asks the guest's integration components to power off. */
        record Shutdown() implements Action {}

        /** Attaches a disk to the first SCSI controller. */
        record AddDisk(DiskConfig disk) implements Action {}

        /** Takes the disk with this number (in the order of attachment, from 0) away. */
        record RemoveDisk(int disk) implements Action {}

        /** Presses the button of the DVD drive with this number. */
        record Eject(int disk) implements Action {}

        /** Puts another disc into the DVD drive with this number. */
        record Insert(int disk, DiskConfig disc) implements Action {}

        /** Attaches a network adapter. */
        record AddNet(NetworkConfig network) implements Action {}

        /** Takes the adapter with this number (in the order of attachment, from 0) away. */
        record RemoveNet(int adapter) implements Action {}

        /** Plugs the cable of the adapter with this number in or out; {@link #ALL} for those of all. */
        record Link(boolean up, int adapter) implements Action {
            /** All adapters. */
            public static final int ALL = -1;

            @Override
            public boolean needsBus() {
                return false;
            }
        }

        /** Sends the guest the host's time, to be set at once. */
        record SyncTime() implements Action {}

        /** Asks the guest's integration components for something. */
        record Integration(IntegrationAction what) implements Action {}

        /** Does something at the machine's keyboard or mouse. */
        record Input(List<InputEvent> events) implements Action {}

        /** Writes what the machine's screen shows as PNG. */
        record Screenshot(Path file) implements Action {}

        /** Has something go wrong. */
        record Inject(Fault fault) implements Action {
            @Override
            public boolean needsBus() {
                return fault.needsBus();
            }
        }

        /** Has the machine's memory come to so many bytes; {@link #AUTOMATIC} for what it needs. */
        record Memory(long bytes) implements Action {
            /** As the guest needs it. */
            public static final long AUTOMATIC = -1;
        }

        /** Done to the machine's hardware, whatever the guest is. */
        sealed interface Hardware extends Action {
            @Override
            default boolean needsBus() {
                return false;
            }
        }

        /** A non-maskable interrupt. */
        record Nmi() implements Hardware {}

        /** An error of the machine, logged in a bank and, when it is not corrected, #MC. */
        record MachineCheck(MachineError error) implements Hardware {}

        /** A break on the first serial port and then a key: Linux' way to its emergency functions. */
        record SysRq(char key) implements Hardware {}

        /** Keeps the guest's processors from running. */
        record Pause() implements Hardware {}

        /** Lets them go on. */
        record Resume() implements Hardware {}

        /** Done with the whole run, whatever machines it has. */
        sealed interface WithRun extends Hardware {}

        /** Shows what a path of the tree of objects names. */
        record Inspect(String path) implements WithRun {}

        /** The hardware reset line. */
        record Reset() implements Hardware {}

        /** Writes a core file of the machine. */
        record Dump(Path file) implements WithRun {}

        /**
         * Writes a checkpoint of the whole run.
         *
         * @param folder where to
         * @param stop whether the run ends then
         * @param compress whether memory is compressed
         * @param production whether guests freeze their file systems meanwhile
         */
        record Checkpoint(Path folder, boolean stop, boolean compress, boolean production) implements WithRun {}
    }

    private static final String CONSOLE = "console=";
    private static final String HEAL = "heal";
    private static final Set<String> CHECKPOINT_KEYS = new LinkedHashSet<>(List.of("stop", "compress", "production"));
    /** Names of actions that have a value. */
    private static final Set<String> VALUED = Set.of("mce", "add-disk", "remove-disk", "eject", "insert", "add-net", "remove-net", "link", "sysrq", "checkpoint", "inspect",
            "dump", "memory", "type", "key", "click", "screenshot");

    private static final String KNOWN = "shutdown, reset, pause, resume, nmi, mce=KIND, sysrq=KEY, add-disk=F, remove-disk=N, eject=N, insert=N,FILE, add-net=NET, remove-net=N, link=up|down, sync-time, "
            + IntegrationAction.KNOWN + ", memory=SIZE|auto, inspect=PATH, dump=FILE, screenshot=FILE, type=TEXT, key=KEY, click=X,Y, checkpoint=DIR[,stop][,compress][,production], or a fault: "
            + String.join(", ", FaultKeys.ALL.stream().map(Keys::name).toList());
    private static final Pattern LINK = Pattern.compile("(up|down)(?:,(\\d{1,3}))?");
    /** Actions that are complete with their names. */
    private static final Map<String, Action> ALONE = Map.of("shutdown", new Action.Shutdown(), "sync-time", new Action.SyncTime(), "nmi", new Action.Nmi(),
            "pause", new Action.Pause(), "resume", new Action.Resume(), "reset", new Action.Reset(), HEAL, new Action.Inject(new Fault.Heal()),
            "cancel-copy", new Action.Integration(new IntegrationAction.CancelCopy()));

    /**
     * An action as written after {@code --at}.
     *
     * @param where place for messages
     * @param base folder that relative names count from
     */
    public static ScheduledAction parse(String where, String text, Path base) {
        boolean printed = text.startsWith(CONSOLE);
        int colon = printed ? consoleEnd(text) : text.indexOf(':');
        if (colon <= (printed ? CONSOLE.length() : 0)) {
            throw new UsageException("%s %s: %s is needed, as in %s".formatted(where, text, printed ? "console=TEXT:ACTION" : "TIME:ACTION",
                    printed ? "console=login:shutdown" : "30s:shutdown"));
        }
        When when = printed ? new When.Printed(text.substring(CONSOLE.length(), colon)) : new When.At(Sizes.nanos(where, text.substring(0, colon)));
        String rest = text.substring(colon + 1);
        int equals = rest.indexOf('=');
        String name = equals < 0 ? rest : rest.substring(0, equals);
        String value = equals < 0 ? "" : rest.substring(equals + 1);
        Action alone = ALONE.get(name);
        if (alone != null && equals >= 0) {
            throw new UsageException("%s %s: %s takes no value".formatted(where, text, name));
        }
        return new ScheduledAction(when, alone != null ? alone : action(where, text, name, value, base), text, base.toAbsolutePath());
    }

    /** The colon that ends the text to wait for, which may have colons itself: the first with an action behind it. -1 when there is none. */
    private static int consoleEnd(String text) {
        int last = -1;
        for (int i = text.indexOf(':'); i >= 0; i = text.indexOf(':', i + 1)) {
            String rest = text.substring(i + 1);
            int equals = rest.indexOf('=');
            if (equals < 0 ? ALONE.containsKey(rest) : valued(rest.substring(0, equals))) {
                return i;
            }
            last = i;
        }
        return last;
    }

    private static boolean valued(String name) {
        return VALUED.contains(name) || IntegrationAction.VALUED.contains(name) || !name.equals(HEAL) && FaultKeys.of(name) != null;
    }

    private static Action action(String where, String text, String name, String value, Path base) {
        return switch (name) {
            case "dump" -> new Action.Dump(output(where, text, name, value, base));
            case "screenshot" -> new Action.Screenshot(output(where, text, name, value, base));
            case "type", "key", "click" -> new Action.Input(InputActions.parse(where, name, value));
            case "add-disk" -> new Action.AddDisk(DiskConfig.parse(where + " " + name, value, base));
            case "remove-disk" -> new Action.RemoveDisk(number(where, text, name, value));
            case "eject" -> new Action.Eject(number(where, text, name, value));
            case "insert" -> insert(where, text, value, base);
            case "mce" -> new Action.MachineCheck(MachineErrorReader.parse(where + " mce", value));
            case "inspect" -> new Action.Inspect(value);
            case "checkpoint" -> checkpoint(where, value, base);
            case "memory" -> new Action.Memory(value.equals("auto") ? Action.Memory.AUTOMATIC : Sizes.bytes(where + " memory", value));
            case "add-net" -> addNet(where, name, value, base);
            case "remove-net" -> new Action.RemoveNet(number(where, text, name, value));
            case "link" -> link(where, text, value);
            case "sysrq" -> {
                if (!value.matches("[!-~]")) {
                    throw new UsageException("%s %s: sysrq=KEY needs one key, as in sysrq=c".formatted(where, text));
                }
                yield new Action.SysRq(value.charAt(0));
            }
            default -> IntegrationAction.VALUED.contains(name) ? new Action.Integration(IntegrationAction.parse(where, text, name, value, base)) : fault(where, text, name, value);
        };
    }

    private static Action fault(String where, String text, String name, String value) {
        if (FaultKeys.of(name) != null) {
            return new Action.Inject(FaultReader.parse(where, name, value));
        }
        throw new UsageException("%s %s: the action is one of %s".formatted(where, text, KNOWN));
    }

    private static Action checkpoint(String where, String value, Path base) {
        Attributes a = Attributes.parse(where + " checkpoint", value, CHECKPOINT_KEYS);
        Path folder = FileName.in(base, a.subject()).toAbsolutePath().normalize();
        if (folder.getParent() == null || !Files.isDirectory(folder.getParent())) {
            throw a.bad("there is no folder to make it in");
        }
        if (Files.exists(folder) && !Files.exists(folder.resolve("manifest.json"))) {
            throw a.bad("is there already, and no checkpoint that could be replaced");
        }
        return new Action.Checkpoint(folder, a.flag("stop"), a.flag("compress"), a.flag("production"));
    }

    private static Action insert(String where, String text, String value, Path base) {
        int comma = value.indexOf(',');
        if (comma < 0) {
            throw new UsageException("%s %s: insert=N,FILE needs the number of a drive, from 0, and a file".formatted(where, text));
        }
        return new Action.Insert(number(where, text, "insert", value.substring(0, comma)), DiskConfig.parse(where + " insert", value.substring(comma + 1) + ",dvd", base));
    }

    private static Path output(String where, String text, String name, String value, Path base) {
        Path file = FileName.in(base, value).toAbsolutePath().normalize();
        if (value.isEmpty() || file.getParent() == null || !Files.isDirectory(file.getParent()) || Files.isDirectory(file)) {
            throw new UsageException("%s %s: %s=FILE needs a file in a folder that is there".formatted(where, text, name));
        }
        return file;
    }

    private static Action addNet(String where, String name, String value, Path base) {
        if (value.isEmpty() || value.equals("none")) {
            throw new UsageException("%s %s=%s: an adapter is needed, as in %s=switch:lab".formatted(where, name, value, name));
        }
        NetworkConfig network = NetworkConfig.parse(where + " " + name, value, base);
        if (network.onPci()) {
            throw new UsageException("%s %s=%s: an adapter on PCI Express is there before the guest starts; say --net, or leave model=%s out".formatted(where, name, value, network.model().text()));
        }
        return new Action.AddNet(network);
    }

    private static Action link(String where, String text, String value) {
        Matcher m = LINK.matcher(value);
        if (!m.matches()) {
            throw new UsageException("%s %s: link=up or link=down is needed, or for one adapter its number behind it, from 0, as in link=down,1".formatted(where, text));
        }
        return new Action.Link(m.group(1).equals("up"), m.group(2) == null ? Action.Link.ALL : Integer.parseInt(m.group(2)));
    }

    private static int number(String where, String text, String name, String value) {
        if (!value.matches("\\d{1,3}")) {
            throw new UsageException("%s %s: %s=N needs a number, from 0".formatted(where, text, name));
        }
        return Integer.parseInt(value);
    }
}
