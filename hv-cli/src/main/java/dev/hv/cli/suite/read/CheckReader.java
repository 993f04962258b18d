package dev.hv.cli.suite.read;

import dev.hv.cli.suite.Bounds;
import dev.hv.cli.suite.Check;
import dev.hv.cli.yaml.Checker;
import dev.hv.cli.yaml.Problems;
import dev.hv.cli.yaml.Values;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads checks of texts and numbers. */
final class CheckReader {

    private final Problems problems;

    CheckReader(Problems problems) {
        this.problems = problems;
    }

    /** A check of a key's value: its keys, or a text that must be a part; {@link Check#ANY} when it is not there. */
    Check check(Values values, String key) {
        Node node = values.get(key);
        if (node == null) {
            return Check.ANY;
        }
        if (node instanceof ScalarNode s) {
            return new Check(null, s.getValue(), null, null, null, null);
        }
        Values v = new Checker(problems).table(node, StepKeys.CHECK);
        if (v.keys().names().stream().noneMatch(v::says)) {
            problems.add(node, key + ": checks nothing; give a key such as contains");
        }
        if (v.has("number") && !v.says("min") && !v.says("max")) {
            problems.add(v.at("number"), "number: says where a number is, not what it may be; give min or max, too");
        }
        boolean bounded = v.has("min") || v.has("max");
        return new Check(v.text("equals", null), v.text("contains", null), v.text("lacks", null), expression(v, "matches"), expression(v, "number"), bounded ? bounds(v) : null);
    }

    /** Bounds of keys min and max. */
    Bounds bounds(Values v) {
        double least = v.real("min", Double.NEGATIVE_INFINITY);
        double most = v.real("max", Double.POSITIVE_INFINITY);
        if (least > most) {
            problems.add(v.at("min"), "min is above max: no number is right");
        }
        return new Bounds(least, most);
    }

    private static Pattern expression(Values v, String key) {
        return v.has(key) ? Pattern.compile(v.text(key, "")) : null;
    }
}
