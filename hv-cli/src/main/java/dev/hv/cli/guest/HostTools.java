package dev.hv.cli.guest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Programs of the host that are used when they are there. */
final class HostTools {

    /** What building a kernel takes, and the packages of Debian that have it. */
    private static final Map<String, String> KERNEL = new LinkedHashMap<>();
    private static final String ELF_HEADER = "gelf.h";
    private static final String ELF_PACKAGE = "libelf-dev";

    static {
        KERNEL.put("make", "make");
        KERNEL.put("gcc", "gcc");
        KERNEL.put("ld", "binutils");
        KERNEL.put("flex", "flex");
        KERNEL.put("bison", "bison");
        KERNEL.put("bc", "bc");
        KERNEL.put("perl", "perl");
        KERNEL.put("gzip", "gzip");
    }

    private HostTools() {}

    /** A program in the folders of a search path, or null. */
    static Path find(String program, String path) {
        for (String folder : path.split(":")) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
                return Path.of(folder, program);
            }
        }
        return null;
    }

    /**
     * Checks that a kernel can be built here.
     *
     * @param path the search path for programs
     * @throws GuestException naming all that is missing
     */
    static void requireForKernel(String path) throws IOException, GuestException {
        Set<String> missing = new LinkedHashSet<>();
        KERNEL.forEach((program, itsPackage) -> {
            if (find(program, path) == null) {
                missing.add(itsPackage);
            }
        });
        // the compiler knows where headers are
        if (!missing.contains("gcc") && !includes(find("gcc", path), ELF_HEADER)) {
            missing.add(ELF_PACKAGE);
        }
        if (!missing.isEmpty()) {
            throw new GuestException("the kernel cannot be built without " + String.join(", ", missing) + ": apt-get install " + String.join(" ", missing)
                    + ", or give a kernel that was built elsewhere with --from FILE");
        }
    }

    private static boolean includes(Path gcc, String header) throws IOException, GuestException {
        Process p = new ProcessBuilder(gcc.toString(), "-E", "-x", "c", "-o", "/dev/null", "-").redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try {
            try (var source = p.outputWriter()) {
                source.write("#include <" + header + ">\n");
            }
            return p.waitFor() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GuestException("gcc was interrupted");
        }
    }
}
