package dev.hv.cli.run;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.AnnotationConsumer;
import org.junit.jupiter.params.support.ParameterDeclarations;

/**
 * A test for the two releases of Debian that guests are of. Every build runs it on the one that is named; with {@code -Dhv.releases=all} ({@code mvn -Penvironment}) on the other one, too.
 * Each release has its share of the tests, so that every build has the drivers of both at work.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest
@ArgumentsSource(Releases.Source.class)
@interface Releases {

    /** The release that every build runs on. */
    String value();

    /** What the tests are called with. */
    final class Source implements ArgumentsProvider, AnnotationConsumer<Releases> {

        private String always;

        @Override
        public void accept(Releases releases) {
            always = releases.value();
        }

        @Override
        public Stream<? extends Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context) {
            var all = Stream.of("bookworm", "trixie");
            return all.filter(r -> r.equals(always) || "all".equals(System.getProperty("hv.releases"))).map(Arguments::of);
        }
    }
}
