package dev.hv.cli.suite.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.hv.cli.suite.Plan;
import dev.hv.cli.suite.Suites;
import dev.hv.cli.yaml.Key;
import dev.hv.cli.yaml.Keys;
import dev.hv.cli.yaml.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Suites with the keys that suites have, and values that are nearly right: each is a suite, or all that is wrong with it is told at its place. */
class RandomSuitesTest {

    private static final int SUITES = Integer.getInteger("hv.random.suites", 800);
    private static final String[] ODD = {"", "null", "~", "true", "0", "-1", "1", "63", "64", "99999999999", "1e400", "0x10", "1s", "-5s", "0s", "9999999h", "512M", "16E", "256M,maximum=1G", "k", "i", "root.img", "root.img,snapshot",
        "'root.img,format=vhdx,ro'", "nowhere", "/a", "/", "a", "b", "none", "booted", "intel", "amd", "'intel,+x,-y'", "power-off", "any", "tap", "sint 2", "vector 80", "irq 40", "[]", "[a, a]", "[[]]", "{}", "{a: 1}", "{matches: '('}",
        "{matches: '(a+)+$', number: x}", "switch:lab", "user", "nmi", "sysrq=c", "'at 1s:nmi'", "\"\\u0000\"", "'\u001b'", "'[x]'", "'a/b'", "100-50", "&x [1]", "'\ud83d\ude00'"};

    @TempDir
    private Path temp;

    private final Random random = new Random();

    private String odd() {
        return ODD[random.nextInt(ODD.length)];
    }

    private String value(Shape shape, int depth) {
        if (depth > 9 || random.nextInt(12) == 0) {
            return odd();
        }
        return switch (shape) {
            case Shape.Choice c -> c.words().get(random.nextInt(c.words().size()));
            case Shape.Flag _ -> Boolean.toString(random.nextBoolean());
            case Shape.Nothing _ -> "true";
            case Shape.Whole w -> Long.toString(random.nextBoolean() ? w.least() : w.least() + random.nextInt(70));
            case Shape.Real _ -> Double.toString(random.nextDouble());
            case Shape.Text _ -> odd();
            case Shape.ListOf l -> {
                List<String> all = new ArrayList<>();
                for (int n = random.nextInt(4); n > 0; n--) {
                    all.add(value(l.item(), depth + 1));
                }
                yield "[" + String.join(", ", all) + "]";
            }
            case Shape.MapOf m -> "{booted: " + value(m.value(), depth + 1) + ", none2: " + value(m.value(), depth + 1) + "}";
            case Shape.Table t -> table(t.keys(), depth);
            case Shape.Either e -> value(e.shapes().get(random.nextInt(e.shapes().size())), depth + 1);
            case Shape.Kinds k -> table(k.kinds().get(random.nextInt(k.kinds().size())), depth);
        };
    }

    private String table(Keys keys, int depth) {
        List<String> all = new ArrayList<>();
        for (Key k : keys.all()) {
            if (k.required() ? random.nextInt(20) != 0 : random.nextInt(depth == 0 ? 2 : 4) == 0) {
                all.add((random.nextInt(200) == 0 ? k.name() + "x" : k.name()) + ": " + value(k.shape(), depth + 1));
            }
        }
        return "{" + String.join(", ", all) + "}";
    }

    /** A suite; some have a machine and a case that are right, so that what is odd in the rest is all that can be wrong. */
    private String suite() {
        if (random.nextInt(3) != 0) {
            return table(SuiteKeys.SUITE, 0);
        }
        Shape step = ((Shape.ListOf) SuiteKeys.CASE.find("steps").shape()).item();
        return "{machine: {kernel: k, initrd: i}, cases: [{name: a, steps: [" + value(step, 3) + (random.nextBoolean() ? ", " + value(step, 3) : "") + "]}]"
                + (random.nextBoolean() ? ", platform: " + value(SuiteKeys.SUITE.find("platform").shape(), 2) : "") + "}";
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void eachIsReadOrToldAllThatIsWrong(long seed) throws Exception {
        random.setSeed(seed);
        var suites = new Suites(temp);
        int read = 0;
        for (int n = 0; n < SUITES; n++) {
            String text = suite();
            try {
                Plan.of(List.of(suites.read(text)));
                read++;
            } catch (SuiteException e) {
                assertThat(e.problems()).as(text).isNotEmpty().allMatch(p -> p.place().line() >= 1 && p.place().column() >= 1 && !p.toString().contains("\n"));
            } catch (RuntimeException | StackOverflowError e) {
                fail("seed " + seed + ", suite " + n + ": " + text, e);
            }
        }
        assertThat(read).as("suites that are right").isBetween(1, SUITES - 1);
    }
}
