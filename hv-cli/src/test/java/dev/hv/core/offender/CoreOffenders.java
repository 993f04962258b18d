package dev.hv.core.offender;

import dev.hv.cpu.memory.Raw;
import dev.hv.devices.disk.Disk;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.Socket;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/** Classes in the place of hv-core that break rules of the architecture, one each; never run. */
public final class CoreOffenders {

    private CoreOffenders() {}

    public static final class ImportsUpwards {
        Disk disk;
    }

    public static final class UsesUnsafe {
        sun.misc.Unsafe unsafe;
    }

    public static final class UsesRawAddresses {
        Class<?> raw() {
            return Raw.class;
        }
    }

    public static final class ReadsNanoTime {
        long now() {
            return System.nanoTime();
        }
    }

    public static final class RefersToMilliseconds {
        LongSupplier now() {
            return System::currentTimeMillis;
        }
    }

    public static final class ReadsADate {
        LocalDate today() {
            return LocalDate.now();
        }
    }

    public static final class MakesADate {
        Date now() {
            return new Date();
        }
    }

    public static final class Sleeps {
        void sleep() throws InterruptedException {
            TimeUnit.SECONDS.sleep(1);
        }
    }

    public static final class StartsAPlatformThread {
        void start() {
            Thread.ofPlatform().start(() -> { });
        }
    }

    public static final class StartsAVirtualThread {
        void start() {
            Thread.startVirtualThread(() -> { });
        }
    }

    public static final class MakesAThread {
        Thread make() {
            return new Thread("x");
        }
    }

    public static final class IsAThread extends Thread {
        @Override
        public void run() {
            interrupt();
        }
    }

    public static final class RefersToThreads {
        Function<Runnable, Thread> maker() {
            return Thread::new;
        }
    }

    public static final class UsesExecutors {
        Executor executor() {
            return Executors.newSingleThreadExecutor();
        }
    }

    public static final class UsesAFuture {
        void start() {
            CompletableFuture.runAsync(() -> { });
        }
    }

    public static final class StreamsInParallel {
        long count(List<String> list) {
            return list.parallelStream().count();
        }
    }

    public static final class OpensAFile {
        Path path() {
            return Path.of("x");
        }
    }

    public static final class OpensAnOldFile {
        boolean there() {
            return new File("x").exists();
        }
    }

    public static final class OpensASocket {
        Socket socket() throws IOException {
            return new Socket("x", 1);
        }
    }

    public static final class StartsAProgram {
        ProcessBuilder program() {
            return new ProcessBuilder("x");
        }
    }

    public static final class Prints {
        void print() {
            System.out.println();
        }
    }

    public static final class PrintsErrors {
        void print() {
            System.err.println();
        }
    }

    public static final class PrintsATrace {
        void print(RuntimeException e) {
            e.printStackTrace();
        }
    }

    public static final class Halts {
        void end() {
            Runtime.getRuntime().halt(1);
        }
    }

    public static final class RefersToExit {
        IntConsumer end() {
            return System::exit;
        }
    }

    public static final class Reflects {
        Method method;
    }
}
