package dev.hv.core.machine.iommu;

/** What a device asks an IOMMU for. */
public enum DeviceRequest {
    READ("DMA read"), WRITE("DMA write"), INTERRUPT("interrupt");

    private final String text;

    DeviceRequest(String text) {
        this.text = text;
    }

    /** For people. */
    public String text() {
        return text;
    }

    /** A request to memory. */
    public static DeviceRequest of(boolean write) {
        return write ? WRITE : READ;
    }
}
