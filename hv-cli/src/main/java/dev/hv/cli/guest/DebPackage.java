package dev.hv.cli.guest;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** The files in a Debian package (deb(5): an ar archive with a tar archive in it). */
final class DebPackage {

    /** Takes one file: path without leading "./", and its contents, to be read at once. */
    interface Visitor {
        void file(String path, InputStream contents) throws IOException;

        /** Takes a file of which it matters whether it is a program. */
        default void file(String path, boolean executable, InputStream contents) throws IOException {
            file(path, contents);
        }

        /** Takes a link: its path and what it points to. */
        default void link(String path, String target) throws IOException {}
    }

    private DebPackage() {}

    /**
     * Visits the regular files and symbolic links. A further name of a file (a hard link) counts as a symbolic link to it from the root.
     *
     * @throws GuestException when the file is no Debian package
     */
    static void visit(Path file, Visitor visitor) throws IOException, GuestException {
        try (var ar = new ArArchiveInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            for (ArArchiveEntry e = ar.getNextEntry(); e != null; e = ar.getNextEntry()) {
                String name = e.getName();
                if (!name.startsWith("data.tar")) {
                    continue;
                }
                InputStream plain = switch (name) {
                    case "data.tar.xz" -> new XZInputStream(ar);
                    case "data.tar.gz" -> new GZIPInputStream(ar);
                    case "data.tar" -> ar;
                    default -> throw new GuestException(file.getFileName() + ": packed as " + name + ", which this version cannot read");
                };
                var tar = new TarArchiveInputStream(plain);
                for (TarArchiveEntry t = tar.getNextEntry(); t != null; t = tar.getNextEntry()) {
                    String path = t.getName().startsWith("./") ? t.getName().substring(2) : t.getName();
                    if (t.isSymbolicLink()) {
                        visitor.link(path, t.getLinkName());
                    } else if (t.isLink()) {
                        visitor.link(path, t.getLinkName().replaceFirst("^\\.?/?", "/"));
                    } else if (t.isFile()) {
                        visitor.file(path, (t.getMode() & 0100) != 0, tar);
                    }
                }
                return;
            }
        }
        throw new GuestException(file.getFileName() + ": not a Debian package (no data archive in it)");
    }
}
