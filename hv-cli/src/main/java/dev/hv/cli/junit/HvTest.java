package dev.hv.cli.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives test methods a {@link HvLab} as a parameter: machines as a suite of {@code hv test} describes them (docs/testing.md), in this process. With a setup, which is made once and kept from run to run, each method starts from a fork of it;
 * so all methods begin with the same state, milliseconds after they are called, and nothing that one does is seen by another. Methods may run side by side.
 *
 * <pre>{@code
 * @HvTest("""
 *     machine: {kernel: guests/bookworm/vmlinuz, initrd: guests/bookworm/initrd.img}
 *     setups: {booted: {}}
 *     """)
 * class MyDriverTest {
 *     @Test
 *     void loads(HvLab lab) {
 *         lab.run("modprobe my-driver");
 *         lab.step("{disk-error: 0, blocks: 100, times: 1}");
 *         assertThat(lab.run("dmesg")).contains("recovered");
 *     }
 * }
 * }</pre>
 *
 * <p>A test that fails says the step and the last of the consoles, and leaves console, log and a checkpoint of that moment in a folder, whose name is an entry of JUnit's reports.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(HvTestExtension.class)
public @interface HvTest {

    /**
     * A suite without cases: {@code machine} or {@code machines}, {@code platform}, {@code setups}, {@code defaults}, not {@code matrix}. Relative names of files count from the working directory. {@code ${name}} stands for the Java system
     * property of that name.
     */
    String value();

    /** Name of the setup that methods start from; without it the only one there is, and without any the machines boot for each method. {@code none} boots, too. */
    String setup() default "";

    /** Seed of the processors' interleaving and of all else that is left to chance. */
    long seed() default 0;

    /** Folder in which setups are kept. */
    String setups() default "target/hv-setups";

    /** Folder in which tests that fail leave what they had. */
    String artefacts() default "target/hv-artefacts";
}
