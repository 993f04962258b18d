package dev.hv.cli.root.machine;

import dev.hv.cli.root.boot.GuestMemory;
import dev.hv.cli.root.boot.InitialState;
import dev.hv.cli.root.worker.DiskThreads;
import dev.hv.cli.root.worker.Restarts;
import dev.hv.cli.root.worker.Worker;
import dev.hv.cli.root.worker.WorkerConfig;
import dev.hv.cli.root.worker.FunctionOwner;
import dev.hv.core.machine.DmaBus;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.MsiBus;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.vid.ChildMemory;
import dev.hv.cpu.events.MachineError;
import dev.hv.cpu.instructions.FpControl;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Segment;
import dev.hv.devices.chipset.Chipset;
import dev.hv.devices.firmware.FirmwareConfig;
import dev.hv.devices.firmware.FirmwareTables;
import dev.hv.devices.firmware.MtrrValues;
import dev.hv.devices.ide.IdeController;
import dev.hv.devices.pci.PciSite;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A child partition as a guest boots on it. */
public final class ChildMachine implements GuestMachine, Saveable {

    private static final int VERSION = 1;

    private static final int TSS_LIMIT = 0x67;

    private final Machine machine;
    private final Worker worker;
    private final WorkerConfig config;
    private final int physicalBits;
    private final long seed;
    private FirmwareTables firmware;
    private final IdeDisks ideDisks;
    /** Null for a guest that neither has VMBus nor the board's devices. */
    private final PciDisks pciDisks;
    /** Null as well then. */
    private final PciAdapters pciAdapters;
    private final Function<MachineError, String> machineCheck;
    private final List<Saveable> parts = new ArrayList<>();

    /**
     * A child that its worker has made.
     *
     * @param seed of the run, which the guest's entropy at boot follows from
     * @param partition the state of its partition
     * @param pci functions that can be assigned to it
     * @param machineCheck has it meet an error of the machine
     */
    ChildMachine(Machine machine, Worker worker, WorkerConfig config, int physicalBits, long seed, Saveable partition, MachinePci pci,
            Function<MachineError, String> machineCheck) {
        this.machineCheck = machineCheck;
        parts.add(partition);
        parts.add(worker);
        this.machine = machine;
        this.worker = worker;
        this.config = config;
        this.physicalBits = physicalBits;
        this.seed = seed;
        firmware = tables(0);
        ideDisks = new IdeDisks(() -> new IdeController(worker.bus(), worker.chipset(), worker.dma(), worker.disks(), IdeDisks.SLOT), this::addState);
        boolean functions = config.root() || worker.vmbus() != null;
        PciSite site = config.root() ? board(pci) : pci.site();
        PciPlaces places = !config.root() ? new AssignedPlaces(pci, worker, config.name(), this::addState)
                : new RootPorts(site, this::addState, config.remapped() ? worker.assigned() : FunctionOwner.NOBODY);
        pciDisks = functions ? new PciDisks(site, places, worker.disks(), this::addState) : null;
        pciAdapters = functions ? new PciAdapters(site, places, machine.clock(), this::addState) : null;
    }

    /** A guest in the root's place has the board's functions themselves; behind the IOMMU, or its processors' APICs take their messages as they come. */
    private PciSite board(MachinePci pci) {
        var layout = firmware.layout();
        DmaBus memory = config.remapped() ? pci.iommu() : worker.dma();
        MsiBus messages = config.remapped() ? pci.iommu() : MsiBus.direct(worker.interrupts());
        return new PciSite(worker.bus(), worker.chipset().pci(), memory, messages, worker.chipset()::pciLine,
                new MemoryRange(layout.lowMmioBase(), layout.lowMmioLength()), new MemoryRange(layout.highMmioBase(), layout.highMmioLength()));
    }

    private FirmwareTables tables(int boots) {
        byte[] entropy = config.enlightened() ? BootEntropy.of(seed, config.name(), boots) : new byte[0];
        return FirmwareTables.build(new FirmwareConfig(config.lowMemory(), config.highMemory(), config.processors(), physicalBits, entropy, config.vmbus(), FirmwareConfig.Iommu.NONE,
                config.hypervisorPages() << 12));
    }

    @Override
    public void reset(int boots) {
        ideDisks.reset();
        if (pciDisks != null) {
            pciDisks.reset();
            pciAdapters.reset();
        }
        worker.restart();
        firmware = tables(boots);
    }

    @Override
    public void onReset(Restarts decides) {
        worker.onReset(decides);
    }

    /** Ends it and gives everything back, its disks too. */
    void delete() {
        ideDisks.close();
        if (pciDisks != null) {
            pciDisks.close();
            pciAdapters.close();
        }
        worker.delete();
    }

    @Override
    public FirmwareTables firmware() {
        return firmware;
    }

    @Override
    public GuestMemory guestMemory() {
        ChildMemory memory = worker.memory();
        return new GuestMemory() {
            @Override
            public void write(long physical, byte[] data, int offset, int length) {
                if (!memory.write(physical, data, offset, length)) {
                    throw new IllegalArgumentException("no memory at %#x + %#x".formatted(physical, length));
                }
            }

            @Override
            public long lowBytes() {
                return config.lowMemory() - (config.hypervisorPages() << 12);
            }
        };
    }

    @Override
    public void start(InitialState s) {
        worker.processors().initialiseApic();
        MtrrValues mtrrs = firmware.layout().mtrrs();
        // processors that the guest makes itself have the first one's memory types
        for (int vp = 0; vp < (config.root() ? 1 : config.processors()); vp++) {
            // firmware masks x87 exceptions before a system can want them, and INIT leaves that alone: no error pending, all registers empty
            set(vp, HvRegister.FP_CONTROL_STATUS, HvRegisterValue.of(FpControl.INITIAL_CONTROL));
            set(vp, HvRegister.MTRR_DEF_TYPE, HvRegisterValue.of(mtrrs.defaultType()));
            for (int i = 0; i < mtrrs.fixed().length; i++) {
                set(vp, HvRegister.MTRR_FIX64K_00000 + i, HvRegisterValue.of(mtrrs.fixed()[i]));
            }
            for (int i = 0; i < MtrrValues.PAIRS; i++) {
                set(vp, HvRegister.MTRR_PHYS_BASE0 + i, HvRegisterValue.of(mtrrs.variable()[2 * i]));
                set(vp, HvRegister.MTRR_PHYS_MASK0 + i, HvRegisterValue.of(mtrrs.variable()[2 * i + 1]));
            }
        }
        set(0, HvRegister.RIP, HvRegisterValue.of(s.rip()));
        set(0, HvRegister.RSP, HvRegisterValue.of(s.rsp()));
        set(0, HvRegister.RAX, HvRegisterValue.of(s.rax()));
        set(0, HvRegister.RBX, HvRegisterValue.of(s.rbx()));
        set(0, HvRegister.RDX, HvRegisterValue.of(0));
        set(0, HvRegister.RSI, HvRegisterValue.of(s.rsi()));
        set(0, HvRegister.CR0, HvRegisterValue.of(s.cr0()));
        set(0, HvRegister.CR3, HvRegisterValue.of(s.cr3()));
        set(0, HvRegister.CR4, HvRegisterValue.of(s.cr4()));
        set(0, HvRegister.EFER, HvRegisterValue.of(s.efer()));
        set(0, HvRegister.CS, HvRegisterValue.segment(s.codeSelector(), 0, -1, s.longMode() ? Segment.CODE_64 : Segment.CODE_32));
        for (int name : new int[] {HvRegister.ES, HvRegister.SS, HvRegister.DS, HvRegister.FS, HvRegister.GS}) {
            set(0, name, HvRegisterValue.segment(s.dataSelector(), 0, -1, Segment.DATA_32));
        }
        set(0, HvRegister.TR, HvRegisterValue.segment(s.taskSelector(), 0, TSS_LIMIT, Segment.BUSY_TSS));
        set(0, HvRegister.GDTR, HvRegisterValue.table(s.gdtBase(), s.gdtLimit()));
        set(0, HvRegister.IDTR, HvRegisterValue.table(0, 0));
        worker.start();
    }

    private void set(int vp, int name, HvRegisterValue value) {
        worker.processors().set(vp, new int[] {name}, value);
    }

    @Override
    public String machineCheck(MachineError error) {
        return machineCheck.apply(error);
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public Chipset chipset() {
        return worker.chipset();
    }

    @Override
    public IdeDisks ideDisks() {
        return ideDisks;
    }

    /** {@inheritDoc} Their controllers are the machine's, and assigned to this child, or the board's of a guest in the root's place. */
    @Override
    public PciDisks pciDisks() {
        return pciDisks;
    }

    /** {@inheritDoc} They are the machine's, and assigned to this child. */
    @Override
    public PciAdapters pciAdapters() {
        return pciAdapters;
    }

    @Override
    public DiskThreads diskThreads() {
        return worker.disks();
    }

    @Override
    public void addState(Saveable part) {
        parts.add(part);
    }

    /** Name of the section with everything of a virtual machine. */
    public static String section(String name) {
        return "vm " + name;
    }

    /** Everything of this virtual machine in one section; what its memory holds is saved with the whole machine's. */
    @Override
    public void save(StateWriter out) {
        out.begin(section(config.name()), VERSION);
        parts.forEach(p -> p.save(out));
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin(section(config.name()), VERSION);
        parts.forEach(p -> p.restore(in));
        in.end();
    }

    /** The worker, for management. */
    public Worker worker() {
        return worker;
    }
}
