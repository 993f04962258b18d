package dev.hv.cli.yaml;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Text as a tree of nodes with places. Whatever the text is, the tree is bounded: in depth, which is looked at before nodes are built by recursion, and in size with every alias counted as often
 * as it is used, so that anchors can neither unfold without end nor contain themselves.
 */
public final class YamlText {

    private static final int MOST_NODES = 200_000;

    private YamlText() {}

    /**
     * The root of a file's tree.
     *
     * @param deepest how deep nodes may be nested
     * @param what a file of this kind, as in {@code a lab has machines}
     * @return null when it is no YAML or too large, which is then among the problems
     */
    public static Node root(Path file, byte[] bytes, int deepest, String what, Problems problems) {
        Place begin = new Place(file, 1, 1);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            var settings = LoadSettings.builder().setLabel(file.toString()).build();
            if (!shallow(settings, text, deepest, what, problems)) {
                return null;
            }
            Optional<Node> root = new Compose(settings).composeString(text);
            if (root.isEmpty()) {
                problems.add(begin, "empty; " + what);
                return null;
            }
            return new Walk(problems, deepest).fits(root.get(), 0) ? root.get() : null;
        } catch (MarkedYamlEngineException e) {
            problems.add(problems.place(e.getProblemMark()), e.getProblem());
        } catch (YamlEngineException e) {
            problems.add(begin, "not YAML: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        } catch (CharacterCodingException e) {
            problems.add(begin, "cannot be read as UTF-8 text");
        }
        return null;
    }

    private static boolean shallow(LoadSettings settings, String text, int deepest, String what, Problems problems) {
        int depth = 0;
        for (Event e : new Parse(settings).parseString(text)) {
            depth += switch (e.getEventId()) {
                case MappingStart, SequenceStart -> 1;
                case MappingEnd, SequenceEnd -> -1;
                default -> 0;
            };
            if (depth > deepest) {
                problems.add(problems.place(e.getStartMark()), "nested more than " + deepest + " deep; " + what);
                return false;
            }
        }
        return true;
    }

    /** Counts nodes, aliases as often as they are used. */
    private static final class Walk {
        private final Problems problems;
        private final int deepest;
        private int count;

        Walk(Problems problems, int deepest) {
            this.problems = problems;
            this.deepest = deepest;
        }

        boolean fits(Node node, int depth) {
            if (++count > MOST_NODES) {
                problems.add(node, "more than " + MOST_NODES + " values, those of aliases counted as often as they are used; use fewer aliases");
                return false;
            }
            if (depth > deepest) {
                problems.add(node, "an alias is nested more than " + deepest + " deep or contains itself");
                return false;
            }
            if (node instanceof SequenceNode list) {
                return list.getValue().stream().allMatch(n -> fits(n, depth + 1));
            }
            if (node instanceof MappingNode mapping) {
                for (NodeTuple t : mapping.getValue()) {
                    if (!fits(t.getKeyNode(), depth + 1) || !fits(t.getValueNode(), depth + 1)) {
                        return false;
                    }
                }
            }
            return true;
        }
    }
}
