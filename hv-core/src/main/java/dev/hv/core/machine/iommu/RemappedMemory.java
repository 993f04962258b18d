package dev.hv.core.machine.iommu;

import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.MsiMessages;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.memory.Page;

/** Memory as one requester sees it through an IOMMU, page by page. A write of four bytes to the interrupt controllers' addresses is an interrupt. */
final class RemappedMemory implements DmaView {

    private final Iommu iommu;
    private final int requester;

    RemappedMemory(Iommu iommu, int requester) {
        this.iommu = iommu;
        this.requester = requester;
    }

    @Override
    public boolean read(long address, byte[] to, int offset, int length) {
        return move(address, to, offset, length, false);
    }

    @Override
    public boolean write(long address, byte[] from, int offset, int length) {
        if (length == 4 && (address & 3) == 0 && MsiMessages.isMessage(address)) {
            iommu.interrupt(requester, address, LittleEndian.u32(from, offset));
            return true;
        }
        return move(address, from, offset, length, true);
    }

    private boolean move(long address, byte[] bytes, int offset, int length, boolean write) {
        for (int done = 0; done < length; ) {
            long at = address + done;
            int n = (int) Math.min(length - done, Page.SIZE - (at & Page.SIZE - 1));
            long physical = iommu.translate(requester, at, write);
            if (physical == Iommu.REFUSED) {
                return false;
            }
            DmaView memory = iommu.memory();
            if (!(write ? memory.write(physical, bytes, offset + done, n) : memory.read(physical, bytes, offset + done, n))) {
                return false;
            }
            done += n;
        }
        return true;
    }
}
