package dev.hv.cli.root.machine;

import dev.hv.cli.root.boot.GuestMemory;
import dev.hv.cli.root.boot.InitialState;
import dev.hv.cli.root.worker.DiskThreads;
import dev.hv.cli.root.worker.Restarts;
import dev.hv.cli.root.worker.FunctionOwner;
import dev.hv.core.machine.BareProcessor;
import dev.hv.core.machine.DmaBus;
import dev.hv.core.machine.InterruptMessageSink;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.MsiBus;
import dev.hv.core.machine.PowerControl;
import dev.hv.core.machine.SystemBus;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.core.machine.iommu.Iommu;
import dev.hv.cpu.Processor;
import dev.hv.cpu.apic.ApicRouter;
import dev.hv.cpu.events.MachineChecks;
import dev.hv.cpu.events.MachineError;
import dev.hv.cpu.instructions.FpControl;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.NumericErrorPins;
import dev.hv.devices.chipset.Chipset;
import dev.hv.devices.chipset.ChipsetConfig;
import dev.hv.devices.chipset.SerialOutput;
import dev.hv.devices.firmware.FirmwareConfig;
import dev.hv.devices.firmware.FirmwareLayout;
import dev.hv.devices.firmware.FirmwareTables;
import dev.hv.devices.firmware.MtrrValues;
import dev.hv.devices.ide.IdeController;
import dev.hv.devices.iommu.EduDevice;
import dev.hv.devices.pci.PciSite;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** The machine without a hypervisor: the image owns everything. Board, processor, chipset and what firmware would have left. */
public final class BareMachine implements GuestMachine {

    private static final int EDU_SLOT = 6;

    private final Machine machine;
    private final List<Processor> processors = new ArrayList<>();
    private final Chipset chipset;
    private final SystemMemory memory;
    private final FirmwareTables firmware;
    /** Null when there is none. */
    private final MachineIommu iommu;
    private final List<Saveable> remapping = new ArrayList<>();
    /** All memory accesses of devices go through it. */
    private final DmaBus dma;
    /** All message-signalled interrupts go through it. */
    private final MsiBus messages;
    private final IdeDisks ideDisks;
    /** What tests of an IOMMU have for a device; null otherwise. */
    private final EduDevice edu;
    private final PciDisks pciDisks;
    private final PciAdapters pciAdapters;
    private final DiskThreads diskThreads;
    private Restarts restarts = Restarts.NEVER;

    /**
     * A machine. All processors but the first wait for a start-up interrupt.
     *
     * @param memoryBytes RAM
     * @param count processors
     * @param serial where COM1's output goes
     * @param testDevices whether debug exit, pc-testdev and fw_cfg are there
     */
    public BareMachine(CpuModel model, long memoryBytes, int count, VirtualClock clock, SerialOutput serial, boolean testDevices) {
        this(model, memoryBytes, count, clock, serial, testDevices, false);
    }

    /**
     * A machine, with an IOMMU of its processors' vendor when asked for.
     *
     * @param withIommu whether devices are behind one, which is off
     */
    public BareMachine(CpuModel model, long memoryBytes, int count, VirtualClock clock, SerialOutput serial, boolean testDevices, boolean withIommu) {
        memory = new SystemMemory(memoryBytes);
        long low = Math.min(memoryBytes, SystemMemory.DEFAULT_GAP);
        long high = memoryBytes - low;
        var bus = new SystemBus(memory);
        machine = new Machine(bus, clock);
        var router = new ApicRouter();
        var config = new ChipsetConfig(FirmwareLayout.BASE_MEMORY_KIB, low, high, count, testDevices);
        InterruptMessageSink apics = (d, l, m, v, t) -> router.deliver(d, l, m, v, t);
        iommu = withIommu ? MachineIommu.of(model, bus, router) : null;
        dma = withIommu ? iommu.unit() : requester -> bus;
        messages = withIommu ? iommu.unit() : MsiBus.direct(apics);
        chipset = new Chipset(config, bus, clock, new Power(), apics, this::legacyInterrupt, serial);
        if (withIommu) {
            iommu.attach(bus, chipset, remapping::add);
        }
        for (int i = 0; i < count; i++) {
            var processor = new Processor(i, model, bus, bus, clock, router, chipset.interruptAcknowledge()::acknowledge);
            processor.cpu().processors = count;
            processor.cpu().numericErrors = numericErrors(i);
            router.add(processor.apic());
            processors.add(processor);
        }
        router.onEndOfInterrupt(chipset.ioApic()::endOfInterrupt);
        processor().apic().setLint(0, chipset.interruptAcknowledge().requesting());
        firmware = FirmwareTables.build(new FirmwareConfig(low, high, count, model.physicalBits(), new byte[0], false, MachineIommu.kind(iommu)));
        for (Processor p : processors) {
            machine.add(new BareProcessor(p));
        }
        machine.addState(chipset);
        if (withIommu) {
            remapping.forEach(machine::addState);
        }
        diskThreads = new DiskThreads(machine);
        machine.onRest(diskThreads::rest);
        ideDisks = new IdeDisks(() -> new IdeController(bus, chipset, dma, diskThreads, IdeDisks.SLOT), machine::addState);
        FirmwareLayout layout = firmware.layout();
        var site = new PciSite(bus, chipset.pci(), dma, messages, chipset::pciLine, new MemoryRange(layout.lowMmioBase(), layout.lowMmioLength()),
                new MemoryRange(layout.highMmioBase(), layout.highMmioLength()));
        edu = withIommu && testDevices ? new EduDevice(site, site.slot(EDU_SLOT)) : null;
        if (edu != null) {
            machine.addState(edu);
            chipset.pci().addressBytes();
        }
        var places = new RootPorts(site, machine::addState, FunctionOwner.NOBODY);
        pciDisks = new PciDisks(site, places, diskThreads, machine::addState);
        pciAdapters = new PciAdapters(site, places, clock, machine::addState);
    }

    /** Its IOMMU; null where there is none. */
    public Iommu iommu() {
        return iommu == null ? null : iommu.unit();
    }

    /** The chipset's hold on the machine. */
    private final class Power implements PowerControl {

        @Override
        public void powerOff() {
            machine.powerOff();
        }

        @Override
        public void reset() {
            if (!restarts.wanted(false)) {
                machine.reset();
            }
        }

        @Override
        public void debugExit(int value) {
            machine.debugExit(value);
        }
    }

    @Override
    public void onReset(Restarts decides) {
        restarts = decides;
    }

    @Override
    public void reset(int boots) {
        if (edu != null) {
            edu.reset();
        }
        ideDisks.reset();
        pciDisks.reset();
        pciAdapters.reset();
        chipset.reset();
        if (iommu != null) {
            iommu.unit().reset();
        }
        for (MemoryRange r : memory.ranges()) {
            for (long page = r.base(); page < r.end(); page += SystemMemory.PAGE) {
                memory.clearPage(page);
            }
        }
        processors.forEach(Processor::reset);
        processor().apic().setLint(0, chipset.interruptAcknowledge().requesting());
    }

    private NumericErrorPins numericErrors(int index) {
        return new NumericErrorPins() {
            @Override
            public boolean raise() {
                return chipset.coprocessorError().raise(index);
            }

            @Override
            public void lower() {
                chipset.coprocessorError().lower(index);
            }
        };
    }

    private void legacyInterrupt(boolean high) {
        if (!processors.isEmpty()) {
            processor().apic().setLint(0, high);
        }
    }

    @Override
    public FirmwareTables firmware() {
        return firmware;
    }

    @Override
    public GuestMemory guestMemory() {
        return new GuestMemory() {
            @Override
            public void write(long physical, byte[] data, int offset, int length) {
                if (!memory.copyIn(data, offset, physical, length)) {
                    throw new IllegalArgumentException("no memory at %#x + %#x".formatted(physical, length));
                }
            }

            @Override
            public long lowBytes() {
                return Math.min(memory.size(), SystemMemory.DEFAULT_GAP);
            }
        };
    }

    @Override
    public void start(InitialState state) {
        MtrrValues mtrrs = firmware.layout().mtrrs();
        for (Processor p : processors) {
            Cpu c = p.cpu();
            // firmware masks x87 exceptions before a system can want them, and INIT leaves that alone
            FpControl.initialise(c);
            c.mtrrDefType = mtrrs.defaultType();
            System.arraycopy(mtrrs.fixed(), 0, c.mtrrFixed, 0, mtrrs.fixed().length);
            System.arraycopy(mtrrs.variable(), 0, c.mtrrVariable, 0, mtrrs.variable().length);
        }
        processor().apic().virtualWire();
        state.apply(processor().cpu());
    }

    @Override
    public String machineCheck(MachineError error) {
        var cpus = new TreeMap<Integer, Cpu>();
        processors.forEach(p -> cpus.put(p.cpu().index, p.cpu()));
        return MachineChecks.report(cpus, error, n -> MachineChecks.signal(cpus.get(n)));
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public Chipset chipset() {
        return chipset;
    }

    @Override
    public void addState(Saveable part) {
        machine.addState(part);
    }

    @Override
    public DiskThreads diskThreads() {
        return diskThreads;
    }

    @Override
    public IdeDisks ideDisks() {
        return ideDisks;
    }

    @Override
    public PciDisks pciDisks() {
        return pciDisks;
    }

    @Override
    public PciAdapters pciAdapters() {
        return pciAdapters;
    }

    /** The first processor. */
    public Processor processor() {
        return processors.getFirst();
    }
}
