package dev.hv.cli.generator;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Gives the classes of a library class files of today. The JVM keeps classes of before Java 6 out of its archive, and verifies them at each start by inferring the
 * types that newer class files tell: that took a third of the start of a command.
 *
 * <p>Usage: {@code ModernClasses LIBRARY.jar}, which is replaced. Nothing happens to one whose classes are new enough.
 */
public final class ModernClasses {

    /** Java 8: what the other libraries are made for. */
    private static final int WANTED = ClassFile.JAVA_8_VERSION;

    private ModernClasses() {}

    /** Rewrites a library. */
    public static void main(String[] args) throws IOException {
        Path library = Path.of(args[0]);
        Path written = library.resolveSibling(library.getFileName() + ".new");
        try (var classes = new URLClassLoader(new URL[] {library.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
                var in = new ZipInputStream(Files.newInputStream(library)); var out = new ZipOutputStream(Files.newOutputStream(written))) {
            var format = ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                    ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(classes)));
            for (ZipEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
                byte[] bytes = in.readAllBytes();
                out.putNextEntry(new ZipEntry(e));
                out.write(e.getName().endsWith(".class") ? modern(format, bytes) : bytes);
                out.closeEntry();
            }
        }
        Files.move(written, library, StandardCopyOption.REPLACE_EXISTING);
    }

    /** A class as it is, or with a newer version and with stack maps. */
    private static byte[] modern(ClassFile format, byte[] bytes) {
        ClassModel model = format.parse(bytes);
        if (model.majorVersion() >= WANTED) {
            return bytes;
        }
        // methods are taken apart and put together again: that is when their stack maps are made
        ClassTransform code = ClassTransform.transformingMethodBodies((builder, element) -> builder.with(element));
        return format.transformClass(model, code.andThen((builder, element) -> {
            if (element instanceof ClassFileVersion) {
                builder.withVersion(WANTED, 0);
            } else {
                builder.with(element);
            }
        }));
    }
}
