package dev.hv.cli.run;

import java.util.List;

/**
 * A row of the table "kvm-unit-tests" in docs/conformance.md: a program with its arguments, and what it comes to on each vendor's model.
 *
 * @param name entry in the suite's {@code x86/unittests.cfg}, or nearly so
 * @param bare on the bare machine; else in an enlightened child
 * @param program image without its suffix
 * @param memory of the machine
 * @param options further ones of {@code hv run}
 * @param without features that the model is without, as {@code --cpu} takes them: ",-npt,-avic"; empty for the model as it is
 * @param withoutOnIntel what else the Intel model is without
 * @param withoutOnAmd what else the AMD model is without
 * @param slow more than seconds
 * @param intel what is expected of {@code --cpu intel}
 * @param amd what is expected of {@code --cpu amd}
 */
record KvmUnitTestRow(String name, boolean bare, String program, String arguments, int processors, String memory, List<String> options, String without,
        String withoutOnIntel, String withoutOnAmd, boolean slow, Result intel, Result amd) {

    /** What a program comes to. */
    sealed interface Result {

        /** It says so many tests, of which some are skipped, and ends well. */
        record Passes(int tests, int skipped, String why) implements Result {
            @Override
            public String toString() {
                return skipped == 0 ? tests + " pass" : "%d pass, %d skipped (%s)".formatted(tests - skipped, skipped, why);
            }
        }

        /** It has no summary, and ends well. */
        record Ends() implements Result {
            @Override
            public String toString() {
                return "ends";
            }
        }

        /** It looks for what the model is without, and skips itself. */
        record Skips(String why) implements Result {
            @Override
            public String toString() {
                return "skips itself: " + why;
            }
        }

        /** It is not run. */
        record Left(String why) implements Result {
            @Override
            public String toString() {
                return "not run: " + why;
            }
        }
    }

    static Result passes(int tests) {
        return new Result.Passes(tests, 0, "");
    }

    static Result passes(int tests, int skipped, String why) {
        return new Result.Passes(tests, skipped, why);
    }

    static Result ends() {
        return new Result.Ends();
    }

    static Result skips(String why) {
        return new Result.Skips(why);
    }

    static Result left(String why) {
        return new Result.Left(why);
    }

    /** A row of the bare machine with 1 GiB and one processor. */
    static KvmUnitTestRow bare(String name, String program, String arguments, Result intel, Result amd) {
        return new KvmUnitTestRow(name, true, program, arguments, 1, "1024M", List.of(), "", "", "", false, intel, amd);
    }

    /** A row of a child. */
    static KvmUnitTestRow child(String name, String program, String arguments, Result both) {
        return new KvmUnitTestRow(name, false, program, arguments, 1, "1024M", List.of(), "", "", "", false, both, both);
    }

    KvmUnitTestRow processors(int count) {
        return new KvmUnitTestRow(name, bare, program, arguments, count, memory, options, without, withoutOnIntel, withoutOnAmd, slow, intel, amd);
    }

    KvmUnitTestRow memory(String size) {
        return new KvmUnitTestRow(name, bare, program, arguments, processors, size, options, without, withoutOnIntel, withoutOnAmd, slow, intel, amd);
    }

    KvmUnitTestRow options(String... more) {
        return new KvmUnitTestRow(name, bare, program, arguments, processors, memory, List.of(more), without, withoutOnIntel, withoutOnAmd, slow, intel, amd);
    }

    KvmUnitTestRow without(String features) {
        return new KvmUnitTestRow(name, bare, program, arguments, processors, memory, options, features, withoutOnIntel, withoutOnAmd, slow, intel, amd);
    }

    /** As {@link #without}, by vendor. */
    KvmUnitTestRow withoutOn(String ofIntel, String ofAmd) {
        return new KvmUnitTestRow(name, bare, program, arguments, processors, memory, options, without, ofIntel, ofAmd, slow, intel, amd);
    }

    /** A row that takes more than seconds. */
    KvmUnitTestRow takesLong() {
        return new KvmUnitTestRow(name, bare, program, arguments, processors, memory, options, without, withoutOnIntel, withoutOnAmd, true, intel, amd);
    }

    /** What {@code --cpu} is given. */
    String cpu(String model) {
        return model + without + (model.equals("intel") ? withoutOnIntel : withoutOnAmd);
    }

    Result on(String model) {
        return model.equals("intel") ? intel : amd;
    }

    /** The row as the document has it. */
    String text() {
        return "| `%s` | %s | %d | %s | %s |".formatted(name, bare ? "bare" : "child", processors, intel, amd);
    }

    @Override
    public String toString() {
        return name;
    }
}
