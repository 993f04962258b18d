package dev.hv.cli.root.worker;

/** Who has functions of the machine's PCI by the hypervisor, whose IOMMU stands before them. */
public interface FunctionOwner {

    /** For functions that no IOMMU stands before. */
    FunctionOwner NOBODY = new FunctionOwner() {
        @Override
        public void give(int requester) {}

        @Override
        public void take(int requester) {}
    };

    /** Has the function with a requester id from now on. */
    void give(int requester);

    /** Has it no more. */
    void take(int requester);
}
