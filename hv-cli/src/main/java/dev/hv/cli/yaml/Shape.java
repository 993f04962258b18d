package dev.hv.cli.yaml;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** What a value can be. One truth for what is read and for the schema. */
public sealed interface Shape {

    /** What would be right, in words: {@code a duration such as 30s}. */
    String what();

    /**
     * A single value.
     *
     * @param pattern all of it must fit, in a form that JSON Schema has, too; null for any
     * @param problem what is wrong with one that fits the pattern, or null; itself null when nothing can be
     */
    record Text(String what, Pattern pattern, UnaryOperator<String> problem) implements Shape {}

    /** One of some words. */
    record Choice(List<String> words) implements Shape {
        @Override
        public String what() {
            return "one of " + String.join(", ", words);
        }
    }

    /** True or false. */
    record Flag() implements Shape {
        @Override
        public String what() {
            return "true or false";
        }
    }

    /** Nothing, for a key that says all by being there: empty, or true. */
    record Nothing() implements Shape {
        @Override
        public String what() {
            return "no value, or true";
        }
    }

    /** A whole number. */
    record Whole(long least, long most) implements Shape {
        @Override
        public String what() {
            return most == Long.MAX_VALUE ? "a whole number, at least " + least : "a whole number from " + least + " to " + most;
        }
    }

    /** A number. */
    record Real(double least, double most) implements Shape {
        @Override
        public String what() {
            return least == Double.NEGATIVE_INFINITY ? "a number" : "a number from " + least + " to " + most;
        }
    }

    /** A list. */
    record ListOf(Shape item, int least, int most) implements Shape {
        @Override
        public String what() {
            return "a list of at least " + least + ", each " + item.what();
        }
    }

    /** Keys that the file's author chooses, each with a value. */
    record MapOf(Text key, Shape value) implements Shape {
        @Override
        public String what() {
            return "names, each with " + value.what();
        }
    }

    /** Keys with values. */
    record Table(Keys keys) implements Shape {
        @Override
        public String what() {
            return keys.what();
        }
    }

    /** One of several shapes, which differ in being a single value, a list or a mapping. */
    record Either(String what, List<Shape> shapes) implements Shape {}

    /** Keys with values, of one of several kinds: the first key of exactly one of them must be there. */
    record Kinds(String what, List<Keys> kinds) implements Shape {}
}
