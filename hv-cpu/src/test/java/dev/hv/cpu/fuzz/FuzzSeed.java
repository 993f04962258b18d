package dev.hv.cpu.fuzz;

import com.code_intelligence.jazzer.agent.AgentInstaller;
import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.driver.FuzzedDataProviderImpl;
import com.code_intelligence.jazzer.driver.Opt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Bytes from which a {@link FuzzedDataProvider} takes values chosen beforehand: numbers come from the end, most significant byte first, arrays from the beginning. */
public final class FuzzSeed {

    private final ByteArrayOutputStream numbers = new ByteArrayOutputStream();
    private final ByteArrayOutputStream arrays = new ByteArrayOutputStream();

    /** What {@code consumeInt(least, most)} or {@code consumeLong(least, most)} gives next. */
    public FuzzSeed in(long least, long most, long value) {
        long range = most - least;
        int bytes = 0;
        while (bytes < Long.BYTES && range >>> 8 * bytes > 0) {
            bytes++;
        }
        // what is in the range is taken as it is, what is not counts from its least
        return number(value >= 0 ? value : value - least + range + 1, bytes);
    }

    /** What {@code consumeBoolean()} gives next. */
    public FuzzSeed bool(boolean value) {
        return number(value ? 1 : 0, 1);
    }

    /** What {@code consumeInt()} gives next. */
    public FuzzSeed integer(int value) {
        return number(value, 4);
    }

    /** What {@code consumeLong()} gives next. */
    public FuzzSeed wide(long value) {
        return number(value, 8);
    }

    /** What {@code pickValue(values)} gives next. */
    public FuzzSeed pick(int[] values, int value) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] == value) {
                return in(0, values.length - 1, i);
            }
        }
        throw new IllegalArgumentException(value + " is none of them");
    }

    /** What {@code consumeBytes} of this length gives next. */
    public FuzzSeed bytes(byte... value) {
        arrays.writeBytes(value);
        return this;
    }

    private FuzzSeed number(long value, int bytes) {
        for (int i = bytes - 1; i >= 0; i--) {
            numbers.write((int) (value >>> 8 * i));
        }
        return this;
    }

    /** All of it. */
    public byte[] toBytes() {
        byte[] front = arrays.toByteArray();
        byte[] back = numbers.toByteArray();
        byte[] all = new byte[front.length + back.length];
        System.arraycopy(front, 0, all, 0, front.length);
        for (int i = 0; i < back.length; i++) {
            all[all.length - 1 - i] = back[i];
        }
        return all;
    }

    /** What takes these values. */
    public FuzzedDataProvider provider() {
        // as a fuzz target's own start does, once for all: the provider needs classes that Jazzer loads so
        AgentInstaller.install(Opt.hooks.get());
        return FuzzedDataProviderImpl.withJavaData(toBytes());
    }

    /**
     * Whether a fuzz target begins with these seeds: {@code linux-seed-01} and on, among its inputs. With {@code -Dhv.write-seeds=true} they are written there.
     *
     * @param test class of the target, whose module's folder is the current one
     * @param target name of its method
     */
    public static boolean kept(Class<?> test, String target, List<FuzzSeed> seeds) throws IOException {
        Path folder = Path.of("src/test/resources", test.getName().replace('.', '/') + "Inputs", target);
        boolean same = true;
        for (int i = 0; i < seeds.size(); i++) {
            Path file = folder.resolve("linux-seed-%02d".formatted(i + 1));
            if (Boolean.getBoolean("hv.write-seeds")) {
                Files.createDirectories(folder);
                Files.write(file, seeds.get(i).toBytes());
            }
            same &= Files.exists(file) && Arrays.equals(Files.readAllBytes(file), seeds.get(i).toBytes());
        }
        return same;
    }
}
