package dev.hv.cli.guest;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tukaani.xz.XZInputStream;

/** The modules of a kernel by name, and which of them are needed in which order. They are kept in files: those of a kernel for all machines are hundreds of megabytes. */
final class KernelModules {

    private final Path folder;
    /** Files with modules as they stand in the package; a name ends in .xz when its file does. */
    private final Map<String, Path> packed = new TreeMap<>();

    /** None yet; they are kept in a folder that is the caller's. */
    KernelModules(Path folder) {
        this.folder = folder;
    }

    /** Module name of a file in a package, or null: dashes count as underscores. */
    static String name(String path) {
        int slash = path.lastIndexOf('/');
        String file = path.substring(slash + 1);
        int dot = file.indexOf(".ko");
        return dot > 0 && path.contains("lib/modules/") ? file.substring(0, dot).replace('-', '_') : null;
    }

    /** Adds a module as it stands in the package: plain, or xz when the path says so. */
    void add(String path, InputStream contents) throws IOException {
        String file = name(path) + (path.endsWith(".xz") ? ".xz" : "");
        Files.copy(contents, folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        packed.put(file, folder.resolve(file));
    }

    /**
     * The wanted modules and what they need, every module behind those it needs; contents unpacked. Names that the kernel does
     * not have as modules (built in, or absent) are left out.
     */
    Map<String, byte[]> closure(List<String> wanted) throws IOException {
        Map<String, byte[]> ordered = new LinkedHashMap<>();
        for (String name : wanted) {
            require(name, ordered);
        }
        return ordered;
    }

    private void require(String name, Map<String, byte[]> ordered) throws IOException {
        if (ordered.containsKey(name)) {
            return;
        }
        byte[] contents;
        if (packed.containsKey(name)) {
            contents = Files.readAllBytes(packed.get(name));
        } else if (packed.containsKey(name + ".xz")) {
            try (var xz = new XZInputStream(new BufferedInputStream(Files.newInputStream(packed.get(name + ".xz"))))) {
                contents = xz.readAllBytes();
            }
        } else {
            return;
        }
        for (String needed : depends(contents)) {
            require(needed, ordered);
        }
        ordered.put(name, contents);
    }

    /** The names of the modules that a module needs. */
    static List<String> depends(byte[] module) {
        List<String> lists = values(module, "depends");
        return lists.isEmpty() || lists.getFirst().isEmpty() ? List.of() : List.of(lists.getFirst().replace('-', '_').split(","));
    }

    /** What a module's .modinfo section says for a key: an entry is the key, an equals sign and the value, between zeroes. */
    static List<String> values(byte[] module, String key) {
        byte[] entry = ("\0" + key + "=").getBytes(StandardCharsets.US_ASCII);
        List<String> values = new ArrayList<>();
        for (int i = 0; i + entry.length < module.length; i++) {
            int k = 0;
            while (k < entry.length && module[i + k] == entry[k]) {
                k++;
            }
            if (k == entry.length) {
                int end = i + k;
                while (end < module.length && module[end] != 0) {
                    end++;
                }
                values.add(new String(module, i + k, end - i - k, StandardCharsets.US_ASCII));
                // the zero behind it may be the one before the next
                i = end - 1;
            }
        }
        return values;
    }
}
