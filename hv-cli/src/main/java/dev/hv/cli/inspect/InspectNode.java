package dev.hv.cli.inspect;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A place in the tree of everything that can be looked at: a value, or a branch with places of their own below. */
public sealed interface InspectNode {

    /**
     * A value.
     *
     * @param value a Long (64 bits, signed as Java has them), a Double, a Boolean, a String, a byte[] or null
     */
    record Value(Object value) implements InspectNode {

        /** Numbers up to here are decimal in texts; larger and negative ones are addresses, masks and registers more often than not. */
        private static final long DECIMAL = 1_000_000;

        /** As people read it: numbers below a million in decimal, others in hexadecimal with 0x; bytes as digits. */
        public String text() {
            return switch (value) {
                case null -> "none";
                case Long n when n >= 0 && n < DECIMAL -> Long.toString(n);
                case Long n -> "0x" + Long.toHexString(n);
                case byte[] bytes -> HexFormat.of().formatHex(bytes);
                default -> value.toString();
            };
        }

        /** Whether it is a whole number. */
        public boolean whole() {
            return value instanceof Long;
        }

        /** It as a number: truth values are 0 and 1; what is no number is refused with an IllegalStateException. */
        public double number() {
            return switch (value) {
                case Number n -> n.doubleValue();
                case Boolean b -> b ? 1 : 0;
                case null, default -> throw new IllegalStateException(text() + " is no number");
            };
        }
    }

    /** A branch: what is below it by name, in the order in which it came. */
    final class Branch implements InspectNode {

        private final Map<String, InspectNode> children = new LinkedHashMap<>();

        /** The child of a name; null when there is none. */
        public InspectNode child(String name) {
            return children.get(name);
        }

        /** Names of what is below. */
        public List<String> names() {
            return new ArrayList<>(children.keySet());
        }

        /** What is below, by name. */
        public Map<String, InspectNode> children() {
            return Collections.unmodifiableMap(children);
        }

        /** The branch of this name, which is made when it is not there; a value of the name becomes the branch's child 0. */
        public Branch branch(String name) {
            InspectNode there = children.get(name);
            if (there instanceof Branch b) {
                return b;
            }
            var made = new Branch();
            if (there != null) {
                made.children.put("0", there);
            }
            children.put(name, made);
            return made;
        }

        /** Puts something below; several of one name become 0, 1 and so on of a branch of that name. */
        public void add(String name, InspectNode node) {
            InspectNode there = children.get(name);
            if (there == null) {
                children.put(name, node);
                return;
            }
            Branch several = list(there) ? (Branch) there : new Branch();
            if (several != there) {
                several.children.put("0", there);
                children.put(name, several);
            }
            several.children.put(Integer.toString(several.children.size()), node);
        }

        /** Puts maps, lists and values below, names as they are. */
        public void putAll(Map<?, ?> all) {
            all.forEach((name, value) -> {
                switch (value) {
                    case Map<?, ?> map -> branch(name.toString()).putAll(map);
                    case List<?> list -> {
                        Map<String, Object> places = new LinkedHashMap<>();
                        list.forEach(v -> places.put(Integer.toString(places.size()), v));
                        branch(name.toString()).putAll(places);
                    }
                    case null, default -> put(name.toString(), value);
                }
            });
        }

        /** Puts a value below, as {@link #add} does. */
        public void put(String name, Object value) {
            add(name, new Value(value instanceof Integer n ? Long.valueOf(n) : value));
        }

        private static boolean list(InspectNode n) {
            return n instanceof Branch b && !b.children.isEmpty() && b.children.keySet().iterator().next().equals("0");
        }
    }
}
