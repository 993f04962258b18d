package dev.hv.cli.junit;

import dev.hv.cli.suite.Plan;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.Suite;
import dev.hv.cli.suite.read.SuiteException;
import dev.hv.cli.suite.read.SuiteFile;
import dev.hv.cli.suite.run.LiveCase;
import dev.hv.cli.yaml.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** What {@link HvTest} does. */
final class HvTestExtension implements ParameterResolver, AfterEachCallback {

    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(HvTestExtension.class);
    private static final Pattern PROPERTY = Pattern.compile("\\$\\{([^}]+)}");
    private static final int LONGEST_NAME = 120;

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == HvLab.class && context.getTestMethod().isPresent();
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        HvTest test = context.getTestMethod().flatMap(m -> AnnotationSupport.findAnnotation(m, HvTest.class)).or(() -> AnnotationSupport.findAnnotation(context.getRequiredTestClass(), HvTest.class))
                .orElseThrow();
        String text = PROPERTY.matcher(test.value()).replaceAll(m -> Matcher.quoteReplacement(System.getProperty(m.group(1), m.group())));
        Path place = Path.of(context.getRequiredTestClass().getSimpleName() + ".yaml");
        String name = name(context);
        PlannedCase planned = planned(place, text, test.setup(), name, "{wait: 1ns}");
        try {
            var live = new LiveCase(planned, Path.of(test.setups()).toAbsolutePath(), Path.of(test.artefacts()).toAbsolutePath(), test.seed());
            List<String> written = new ArrayList<>();
            context.getStore(OURS).put(LiveCase.class, new Live(live, written, steps -> suite(place, text, test.setup(), name, steps), whole -> planned(place, whole)));
            return new HvLab(planned, live, yaml -> step(place, text, test.setup(), name, yaml), planned.testbed().machines().getFirst().name(), written);
        } catch (IOException e) {
            throw new AssertionError("the machines of " + name + ": " + e.getMessage());
        }
    }

    /** Names of cases have bounds that those of methods and their invocations do not. */
    private static String name(ExtensionContext context) {
        String all = (context.getRequiredTestMethod().getName() + " " + context.getDisplayName()).replaceAll("[/\\[\\]{}'\\p{Cntrl}]", "_");
        return all.length() <= LONGEST_NAME ? all : all.substring(0, LONGEST_NAME - 9) + "-" + Integer.toHexString(all.hashCode());
    }

    private static Step step(Path place, String text, String setup, String name, String yaml) {
        return planned(place, text, setup, name, yaml).spec().steps().getFirst();
    }

    /**
     * A test that runs.
     *
     * @param written its steps until now
     * @param suite the text of a suite whose case has such steps
     * @param plan reads such a text
     */
    private record Live(LiveCase running, List<String> written, Function<List<String>, String> suite, Function<String, PlannedCase> plan) {}

    private static String suite(Path place, String text, String setup, String name, List<String> steps) {
        return text + "\ncases:\n- name: '" + name + "'\n" + setup(place, text, setup) + "  steps:\n" + steps.stream().map(s -> "  - " + s.strip().replace("\n", "\n    ") + "\n").collect(Collectors.joining());
    }

    private static PlannedCase planned(Path place, String text, String setup, String name, String step) {
        return planned(place, suite(place, text, setup, name, List.of(step)));
    }

    private static PlannedCase planned(Path place, String whole) {
        List<PlannedCase> all;
        try {
            all = Plan.of(List.of(SuiteFile.read(place, whole)));
        } catch (SuiteException e) {
            throw new ExtensionConfigurationException(e.problems().stream().map(Problem::toString).collect(Collectors.joining("\n")));
        }
        if (all.size() != 1) {
            throw new ExtensionConfigurationException(place + ": a test runs on one testbed; leave matrix out, and use JUnit's parameters");
        }
        return all.getFirst();
    }

    /** The line of a case that says its setup: the only one of the suite, if none is given. */
    private static String setup(Path place, String text, String given) {
        if (!given.isEmpty()) {
            return "  setup: " + given + "\n";
        }
        Suite bare = SuiteFile.read(place, text + "\ncases: [{name: a, steps: [{wait: 1ns}]}]\n");
        boolean chosen = bare.cases().getFirst().setup() != null;
        return bare.setups().size() == 1 && !chosen ? "  setup: " + bare.setups().getFirst().name() + "\n" : "";
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Live test = context.getStore(OURS).remove(LiveCase.class, Live.class);
        if (test == null) {
            return;
        }
        Path left = null;
        try (LiveCase live = test.running()) {
            if (context.getExecutionException().isPresent()) {
                left = live.leave(String.valueOf(context.getExecutionException().get().getMessage()).lines().findFirst().orElse(""));
                if (left != null) {
                    context.publishReportEntry("hv.artefacts", left.toString());
                }
                if (left != null && live.realTime()) {
                    record(test);
                }
            }
        }
        if (left != null && !test.running().realTime()) {
            record(test);
        }
    }

    private static void record(Live test) {
        if (test.written().isEmpty()) {
            return;
        }
        String text = test.suite().apply(test.written());
        try {
            test.running().record(test.plan().apply(text), text);
        } catch (ExtensionConfigurationException e) {
            // a step that cannot be written down: the rest of the folder serves
        }
    }
}
