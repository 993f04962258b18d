package dev.hv.cli.suite.read;

import dev.hv.cli.config.FaultKeys;
import dev.hv.cli.config.Shapes;
import dev.hv.cli.suite.Step;
import dev.hv.cli.yaml.Key;
import dev.hv.cli.yaml.Keys;
import dev.hv.cli.yaml.Shape;
import dev.hv.devices.integration.FileCopy;
import dev.hv.devices.integration.KeyValuePairs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/** The keys of every kind of step. The first key of a kind is the one that it is known by. */
final class StepKeys {

    private static final int MOST_ITEMS = 1000;
    private static final int MOST_NUMBER = 255;

    static final Shape.Text ABSOLUTE = new Shape.Text("an absolute path in the guest", Pattern.compile("/[^\\u0000]{0,4095}"), null);
    static final Shape.Text EXPRESSION = new Shape.Text("a regular expression (java.util.regex)", null, StepKeys::badExpression);
    private static final Shape.Text WORD = new Shape.Text("a name of letters, digits, '-', '_' and '.', at most 64", Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"), null);
    private static final Shape.Text MODE = new Shape.Text("permission bits in octal, such as '0755'", Pattern.compile("[0-7]{1,4}"), null);
    private static final Shape.Whole STATUS = new Shape.Whole(0, MOST_NUMBER);
    private static final Shape.Choice RESULTS = Shapes.words(Step.Results.values());
    static final String ANY = "any";

    static final Keys CHECK = new Keys("check", "a check of a text", List.of(
            Key.of("equals", Shapes.TEXT, "all of it, white space at its end apart"),
            Key.of("contains", Shapes.TEXT, "a part of it"),
            Key.of("lacks", Shapes.TEXT, "what must be no part of it"),
            Key.of("matches", EXPRESSION, "a regular expression that fits a part of it; `(?m)` makes `^` and `$` those of lines"),
            Key.of("number", EXPRESSION, "where a number is: the first group of this expression, or without a group all of it; without this key the first number"),
            Key.of("min", new Shape.Real(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY), "least that the number may be"),
            Key.of("max", new Shape.Real(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY), "most that the number may be")));
    private static final Shape CHECKED = new Shape.Either("a text that must be a part, or a check with keys such as matches", List.of(Shapes.TEXT, new Shape.Table(CHECK)));

    static final List<Key> COMMON = List.of(
            Key.of("machine", Shapes.TEXT, "name of the machine it is about; without it the first"),
            Key.of("name", Shapes.TEXT, "what reports call it"),
            Key.of("timeout", Shapes.DURATION, "guest time that it may take"));

    static final Keys RUN = keys("run", Key.needed("run", new Shape.Either("a line for the shell, or a list of a program and its arguments", List.of(Shapes.TEXT, new Shape.ListOf(Shapes.TEXT, 1, MOST_ITEMS))),
                    "runs a program in the guest: a line for its shell, or a list of program and arguments"),
            Key.of("status", new Shape.Either("a status from 0 to 255, a list of them, or any", List.of(STATUS, new Shape.Choice(List.of(ANY)), new Shape.ListOf(STATUS, 1, MOST_NUMBER + 1))),
                    "its exit status, several of them, or `any`; without it 0"),
            Key.of("output", CHECKED, "its standard output"),
            Key.of("error", CHECKED, "its standard error"),
            Key.of("input", Shapes.TEXT, "its standard input"),
            Key.of("env", new Shape.MapOf(new Shape.Text("a variable's name", Pattern.compile("[A-Za-z_][A-Za-z0-9_]*"), null), Shapes.TEXT), "environment"),
            Key.of("folder", ABSOLUTE, "where it is started"),
            Key.of("results", RESULTS, "`tap`: its output is TAP or KTAP, and each subtest is reported"));
    static final Keys CONSOLE = keys("console", Key.needed("console", CHECKED, "waits until the console has printed this"),
            Key.of("refuse", CHECKED, "fails as soon as this is printed"),
            Key.of("results", RESULTS, "`tap`: what is printed is TAP or KTAP, and each subtest is reported"));
    static final Keys SEND = keys("send", Key.needed("send", Shapes.TEXT, "types a text at the console, as it is"));
    static final Keys PRESS = keys("press", Key.needed("press", Shapes.listOf(new Shape.Choice(List.copyOf(ConsoleKeys.NAMES.keySet())), MOST_ITEMS), "presses keys at the console: `" + String.join("`, `", ConsoleKeys.NAMES.keySet()) + "`"));
    static final Keys FILE = keys("file", Key.needed("file", ABSOLUTE, "checks a file of the guest; with a timeout it is waited for"),
            Key.of("exists", new Shape.Flag(), "whether it must be there"),
            Key.of("content", CHECKED, "what it holds"));
    static final Keys PUT = keys("put", Key.needed("put", Shapes.FILE, "copies a file of the host into the guest"),
            Key.needed("to", ABSOLUTE, "its path there"), Key.of("mode", MODE, "its permission bits; without it 0644"));
    static final Keys WRITE = keys("write", Key.needed("write", ABSOLUTE, "writes a file in the guest"),
            Key.needed("content", Shapes.TEXT, "what it holds"), Key.of("mode", MODE, "its permission bits; without it 0644"));
    static final Keys GET = keys("get", Key.needed("get", ABSOLUTE, "fetches a file of the guest into the case's artefacts"), Key.of("as", WORD, "its name there"));
    static final Keys COPY = keys("copy", Key.needed("copy", Shapes.FILE, "copies a file of the host into the guest as Hyper-V does, through the guest's file copy daemon"),
            Key.needed("to", ABSOLUTE, "its path there"), Key.of("overwrite", new Shape.Flag(), "replaces a file that is there"), Key.of("create-path", new Shape.Flag(), "makes folders that are not there"),
            Key.of("refused", Shapes.words(FileCopy.Refusal.values()), "how the guest must refuse it"));
    static final Keys KVP = keys("kvp", Key.needed("kvp", Shapes.TEXT, "a key of the key-value exchange: read from the guest"), Key.of("value", CHECKED, "what its value is"),
            Key.of("pool", Shapes.words(KeyValuePairs.Pool.values()), "the pool that it is in; without it where a guest may have it"),
            Key.of("set", Shapes.TEXT, "writes this value for the guest instead"));
    static final Keys INSPECT = keys("inspect", Key.needed("inspect", Shapes.TEXT, "a path of the tree that `hv inspect` shows, such as `vm/NAME/config/memory`"), Key.needed("value", CHECKED, "what is there"));
    static final Keys COUNTER = keys("counter", Key.needed("counter", Shapes.TEXT, "a number of `--stats`, by its names with dots between"),
            Key.of("min", new Shape.Real(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY), "least"), Key.of("max", new Shape.Real(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY), "most"),
            Key.of("change", new Shape.Flag(), "what it grew by since the case began counts"));
    static final Keys WAIT = keys("wait", Key.needed("wait", Shapes.DURATION, "lets guest time pass"));
    static final Keys DO = keys("do", Key.needed("do", Shapes.TEXT, "an action as after `--at`: `nmi`, `sysrq=c`, `reset`, `shutdown`, `link=down`, `type=root\\n`, `key=alt+f2`, `click=400,300`, … "
            + "A picture (`screenshot=login.png`) goes into the case's folder"));
    static final Keys SAVE = keys("save", Key.needed("save", WORD, "keeps the state of all machines under a name"));
    static final Keys RESTORE = keys("restore", Key.needed("restore", WORD, "goes back to a state that was kept earlier in the case"));
    static final Keys ENDS = keys("ends", Key.needed("ends", Shapes.words(Step.EndKind.values()), "waits until the machine is over in this way"),
            Key.of("status", new Shape.Whole(0, 511), "exit status that `hv run` would have; with `exit`"),
            Key.of("reason", CHECKED, "what is said about it"));

    static final Keys KILL = keys("kill-worker", Key.needed("kill-worker", new Shape.Nothing(), "the process that runs the case is killed"));
    static final List<Keys> DOING = List.of(RUN, CONSOLE, SEND, PRESS, FILE, PUT, WRITE, GET, COPY, KVP, INSPECT, COUNTER, WAIT, DO, SAVE, RESTORE, ENDS);
    static final List<Keys> FAULTS = Stream.concat(FaultKeys.ALL.stream().map(k -> keys(k.name(), k.all().toArray(Key[]::new))), Stream.of(KILL)).toList();
    static final Shape.Kinds STEP = new Shape.Kinds("a step", Stream.concat(DOING.stream(), FAULTS.stream()).toList());

    private StepKeys() {}

    private static Keys keys(String name, Key... own) {
        List<Key> all = new ArrayList<>(List.of(own));
        all.addAll(COMMON);
        return new Keys(name, "a step " + name, List.copyOf(all));
    }

    private static String badExpression(String text) {
        try {
            Pattern.compile(text);
            return null;
        } catch (PatternSyntaxException e) {
            return "not a regular expression: " + e.getDescription() + " at character " + (e.getIndex() + 1) + " of " + text;
        } catch (StackOverflowError e) {
            return "not a regular expression: nested too deep";
        }
    }
}
