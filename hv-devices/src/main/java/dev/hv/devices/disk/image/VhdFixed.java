package dev.hv.devices.disk.image;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** A fixed VHD: the disk's bytes and a footer behind them. */
final class VhdFixed extends FixedImage {

    private final VhdFooter footer;

    private VhdFixed(ImageFile file, VhdFooter footer) {
        super(file, footer.size());
        this.footer = footer;
    }

    static VhdFixed open(ImageFile file, VhdFooter footer) throws DiskException, IOException {
        if (footer.size() > file.size() - VhdFooter.SIZE) {
            throw Bad.field(file, "footer current size", footer.size() + " bytes and a footer are not in a file of " + file.size());
        }
        if (footer.size() < file.size() - VhdFooter.SIZE) {
            throw Bad.field(file, "footer current size", footer.size() + " bytes; the file has " + (file.size() - VhdFooter.SIZE) + " before the footer");
        }
        return new VhdFixed(file, footer);
    }

    static void create(ImageFile file, long size) throws IOException {
        file.write(size, VhdFooter.of(size, Kind.FIXED, file.modified()).bytes.array(), 0, VhdFooter.SIZE);
        file.flush();
    }

    @Override
    public Format format() {
        return Format.VHD;
    }

    @Override
    public String identity() {
        return VhdDisk.identity(footer);
    }

    @Override
    boolean drop(long block) {
        return false;
    }

    @Override
    void begin() throws IOException {
        footer.touch(file.modified());
        file.write(size, footer.bytes.array(), 0, VhdFooter.SIZE);
    }

    @Override
    public void resize(long wanted) throws DiskException, IOException {
        prepare();
        long was = size;
        footer.size(wanted);
        file.write(wanted, footer.bytes.array(), 0, VhdFooter.SIZE);
        file.flush();
        size = wanted;
        if (wanted > was) {
            file.write(was, new byte[VhdFooter.SIZE], 0, VhdFooter.SIZE);
            file.flush();
        } else {
            file.resize(wanted + VhdFooter.SIZE);
            file.flush();
        }
    }

    @Override
    public Map<String, String> fields() {
        return VhdDisk.fields(footer, new LinkedHashMap<>());
    }

    @Override
    public void check(Consumer<String> problem) {
        // there is nothing but the footer, which opening it checked
    }
}
