package dev.hv.cli.guest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Makes packages of Debian's form. */
final class DebFile {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes);

    static byte[] xz(byte[] plain) throws IOException {
        var packed = new ByteArrayOutputStream();
        try (var out = new XZOutputStream(packed, new LZMA2Options(0))) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    DebFile folder(String path) throws IOException {
        tar.putArchiveEntry(new TarArchiveEntry(path + "/"));
        tar.closeArchiveEntry();
        return this;
    }

    DebFile file(String path, boolean executable, byte[] contents) throws IOException {
        var entry = new TarArchiveEntry(path);
        entry.setSize(contents.length);
        entry.setMode(executable ? 0100755 : 0100644);
        tar.putArchiveEntry(entry);
        tar.write(contents);
        tar.closeArchiveEntry();
        return this;
    }

    DebFile file(String path, String contents) throws IOException {
        return file(path, false, contents.getBytes(StandardCharsets.US_ASCII));
    }

    DebFile link(String path, String target) throws IOException {
        return link(path, target, TarConstants.LF_SYMLINK);
    }

    DebFile hardLink(String path, String target) throws IOException {
        return link(path, target, TarConstants.LF_LINK);
    }

    private DebFile link(String path, String target, byte kind) throws IOException {
        var entry = new TarArchiveEntry(path, kind);
        entry.setLinkName(target);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
        return this;
    }

    /** The files as a tar archive. */
    byte[] tar() throws IOException {
        tar.close();
        return bytes.toByteArray();
    }

    /** A package whose data are so. */
    static Path write(Path file, String member, byte[] data) throws IOException {
        try (var ar = new ArArchiveOutputStream(Files.newOutputStream(file))) {
            ar.putArchiveEntry(new ArArchiveEntry("debian-binary", 4));
            ar.write("2.0\n".getBytes(StandardCharsets.US_ASCII));
            ar.closeArchiveEntry();
            ar.putArchiveEntry(new ArArchiveEntry(member, data.length));
            ar.write(data);
            ar.closeArchiveEntry();
        }
        return file;
    }
}
