package dev.hv.devices.disk.image;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Opens disks of all formats with the parents that they need, and makes new ones. */
public final class DiskChain {

    private static final int MOST_PARENTS = 64;

    private final ImageFile.Store files;

    /** Disks among these files. */
    public DiskChain(ImageFile.Store files) {
        this.files = files;
    }

    /**
     * How a file keeps a disk, by its contents: raw when it says nothing.
     *
     * @throws DiskException when it cannot be read
     */
    public VirtualDisk.Format format(String name) throws DiskException {
        try (ImageFile file = files.open(name, true)) {
            return format(file);
        } catch (IOException e) {
            throw new DiskException("disk " + name + ": cannot be read: " + e.getMessage());
        }
    }

    private static VirtualDisk.Format format(ImageFile file) throws IOException {
        byte[] b = new byte[VhdFooter.SIZE];
        long size = file.size();
        if (size >= b.length) {
            file.read(0, b, 0, b.length);
            if (new String(b, 0, 8, StandardCharsets.US_ASCII).equals(VhdxLayout.FILE_SIGNATURE)) {
                return VirtualDisk.Format.VHDX;
            }
            if (VhdFooter.looksLike(b)) {
                return VirtualDisk.Format.VHD;
            }
            file.read(size - b.length, b, 0, b.length);
            if (VhdFooter.looksLike(b)) {
                return VirtualDisk.Format.VHD;
            }
        }
        return VirtualDisk.Format.RAW;
    }

    /**
     * Opens a file alone, without parents.
     *
     * @throws DiskException when it is no sound disk: the file, the field, and what is wrong
     */
    public VirtualDisk openAlone(String name, boolean readOnly) throws DiskException {
        ImageFile file = files.open(name, readOnly);
        VirtualDisk disk = null;
        try {
            disk = switch (format(file)) {
                case RAW -> new RawImage(file);
                case VHDX -> VhdxImages.open(file);
                case VHD -> vhd(file);
            };
            return disk;
        } catch (IOException e) {
            throw Bad.unreadable(file, e);
        } finally {
            if (disk == null) {
                file.close();
            }
        }
    }

    private static VirtualDisk vhd(ImageFile file) throws DiskException, IOException {
        byte[] b = new byte[VhdFooter.SIZE];
        file.read(file.size() - b.length, b, 0, b.length);
        var footer = new VhdFooter(b);
        boolean atEnd = true;
        try {
            footer.check(file, "footer");
        } catch (DiskException e) {
            byte[] copy = new byte[VhdFooter.SIZE];
            file.read(0, copy, 0, copy.length);
            if (!VhdFooter.looksLike(copy)) {
                throw e;
            }
            // what was at the end may have been lost while it moved
            footer = new VhdFooter(copy);
            footer.check(file, "footer copy");
            if (footer.kind() == VirtualDisk.Kind.FIXED) {
                throw e;
            }
            atEnd = false;
        }
        return footer.kind() == VirtualDisk.Kind.FIXED ? VhdFixed.open(file, footer) : VhdDisk.open(file, footer, atEnd);
    }

    /**
     * Opens a disk and, for reading, all parents.
     *
     * @throws DiskException when one of them is missing, changed since its child was made, no sound disk, or above itself
     */
    public VirtualDisk open(String name, boolean readOnly) throws DiskException {
        VirtualDisk top = openAlone(name, readOnly);
        try {
            Set<String> seen = new LinkedHashSet<>();
            seen.add(files.real(name));
            VirtualDisk child = top;
            while (child.parentLink() != null) {
                VirtualDisk parent = parent(child, seen);
                child.attach(parent);
                child = parent;
            }
            return top;
        } catch (DiskException e) {
            top.close();
            throw e;
        }
    }

    private VirtualDisk parent(VirtualDisk child, Set<String> seen) throws DiskException {
        ParentLink link = child.parentLink();
        DiskException first = null;
        for (String name : link.names()) {
            String found = files.real(files.relative(child.name(), name));
            if (seen.contains(found)) {
                throw new DiskException("disk " + child.name() + ": parent locator: " + found + " is above this disk already: the chain is circular");
            }
            if (seen.size() > MOST_PARENTS) {
                throw new DiskException("disk " + child.name() + ": parent locator: the chain has more than " + MOST_PARENTS + " parents");
            }
            VirtualDisk parent;
            try {
                parent = openAlone(found, true);
            } catch (DiskException e) {
                first = first == null ? e : first;
                continue;
            }
            String wrong = parent.format() != child.format() ? "parent locator: " + found + " is of format " + parent.format()
                    : !parent.identity().equals(link.identity()) ? "parent linkage: is " + link.identity() + ", and " + found + " has " + parent.identity() + ": it was changed since, or is another"
                    : parent.sectorSize() != child.sectorSize() ? "logical sector size: is " + child.sectorSize() + ", and that of " + found + " is " + parent.sectorSize()
                    : null;
            if (wrong != null) {
                parent.close();
                throw new DiskException("disk " + child.name() + ": " + wrong);
            }
            seen.add(found);
            return parent;
        }
        throw new DiskException("disk " + child.name() + ": parent locator: " + (first == null ? "names no file" : first.getMessage()));
    }

    /** A disk and its parents, the topmost first. */
    public static List<VirtualDisk> chain(VirtualDisk top) {
        List<VirtualDisk> all = new ArrayList<>();
        for (VirtualDisk d = top; d != null; d = d.parent()) {
            all.add(d);
        }
        return all;
    }

    /** How a child of a disk names it. */
    public ParentLink linkTo(String child, VirtualDisk parent) {
        return new ParentLink(parent.identity(), List.of(files.relation(child, parent.name()), files.real(parent.name())));
    }

    /**
     * Makes a disk without a parent, all zero.
     *
     * @param blockSize 0 for what is usual
     * @throws DiskException when its format does not have such disks, or the file cannot be made
     */
    public void create(String name, VirtualDisk.Format format, VirtualDisk.Kind kind, long size, int blockSize, int sector) throws DiskException {
        checkNew(name, format, size, blockSize, sector);
        make(name, format, kind, size, blockSize, sector, null);
    }

    /**
     * Makes a differencing disk.
     *
     * @param parent of the same format
     */
    public void createChild(String name, String parent, int blockSize) throws DiskException {
        try (VirtualDisk below = open(parent, true)) {
            if (below.format() == VirtualDisk.Format.RAW) {
                throw new DiskException("disk " + parent + ": a raw disk cannot be a parent; convert it to vhdx");
            }
            checkNew(name, below.format(), below.size(), blockSize, below.sectorSize());
            make(name, below.format(), VirtualDisk.Kind.DIFFERENCING, below.size(), blockSize, below.sectorSize(), linkTo(name, below));
        }
    }

    private void make(String name, VirtualDisk.Format format, VirtualDisk.Kind kind, long size, int blockSize, int sector, ParentLink link) throws DiskException {
        try (ImageFile file = files.create(name)) {
            switch (format) {
                case RAW -> file.resize(size);
                case VHDX -> VhdxImages.create(file, size, blockSize, sector, kind == VirtualDisk.Kind.FIXED, link);
                case VHD -> {
                    if (kind == VirtualDisk.Kind.FIXED) {
                        VhdFixed.create(file, size);
                    } else {
                        VhdDisk.create(file, size, blockSize, link);
                    }
                }
            }
        } catch (IOException e) {
            throw new DiskException("disk " + name + ": cannot be written: " + e.getMessage());
        }
    }

    private static void checkNew(String name, VirtualDisk.Format format, long size, int blockSize, int sector) throws DiskException {
        boolean vhdx = format == VirtualDisk.Format.VHDX;
        long most = vhdx ? VhdxLayout.LARGEST_DISK : format == VirtualDisk.Format.VHD ? VhdFooter.MOST : Long.MAX_VALUE;
        if (size <= 0 || size % sector != 0 || size > most) {
            throw new DiskException("disk " + name + ": size: " + size + " is no multiple of " + sector + " bytes up to " + most);
        }
        if (!vhdx && sector != VhdFooter.SECTOR) {
            throw new DiskException("disk " + name + ": sector size: only a VHDX has sectors of " + sector + " bytes");
        }
        long least = vhdx ? VhdxLayout.MIB : VhdFooter.SECTOR * 8;
        if (blockSize != 0 && (blockSize < least || blockSize > VhdxLayout.LARGEST_BLOCK || Integer.bitCount(blockSize) != 1)) {
            throw new DiskException("disk " + name + ": block size: " + blockSize + " is no power of two from " + least + " to " + VhdxLayout.LARGEST_BLOCK);
        }
    }
}
