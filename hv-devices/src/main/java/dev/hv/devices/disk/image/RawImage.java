package dev.hv.devices.disk.image;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;

/** A raw image as the other formats are: its bytes are the disk's. What machines have is a {@link dev.hv.devices.disk.RawDisk}. */
final class RawImage extends FixedImage {

    RawImage(ImageFile file) throws DiskException, IOException {
        super(file, file.size());
        if (size == 0 || size % sectorSize() != 0) {
            throw Bad.field(file, "size", "a raw disk has whole sectors of 512 bytes, and this file has " + size + " bytes");
        }
    }

    @Override
    public Format format() {
        return Format.RAW;
    }

    @Override
    public String identity() {
        return "";
    }

    @Override
    boolean drop(long block) throws IOException {
        return file.punch(block * BLOCK, Math.min(BLOCK, size - block * BLOCK));
    }

    @Override
    void begin() {
        // nothing to note
    }

    @Override
    public void resize(long wanted) throws IOException {
        file.resize(wanted);
        file.flush();
        size = wanted;
    }

    @Override
    public Map<String, String> fields() {
        return Map.of();
    }

    @Override
    public void check(Consumer<String> problem) {
        // any bytes are sound
    }
}
