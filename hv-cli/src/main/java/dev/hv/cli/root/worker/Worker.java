package dev.hv.cli.root.worker;

import dev.hv.core.machine.Clock;
import dev.hv.core.machine.DeviceBus;
import dev.hv.core.machine.DmaBus;
import dev.hv.core.machine.HostWork;
import dev.hv.core.machine.InterruptMessageSink;
import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.PowerControl;
import dev.hv.core.machine.StopReason;
import dev.hv.core.tlfs.CrashReport;
import dev.hv.core.tlfs.HvInterruptType;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.InterceptHandler;
import dev.hv.core.tlfs.IoPortIntercept;
import dev.hv.core.tlfs.MemoryIntercept;
import dev.hv.core.tlfs.VpStop;
import dev.hv.core.vid.ChildMemory;
import dev.hv.core.vid.Vid;
import dev.hv.core.winhv.WinHv;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.chipset.AcpiPm;
import dev.hv.devices.chipset.Chipset;
import dev.hv.devices.chipset.ChipsetConfig;
import dev.hv.devices.chipset.SerialOutput;
import dev.hv.devices.firmware.FirmwareLayout;
import dev.hv.devices.socket.SocketProvider;
import dev.hv.vmbus.Vmbus;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** Runs one virtual machine: owns its partition, its memory and its chipset. */
public final class Worker implements InterceptHandler, PowerControl, Saveable {

    private final WorkerConfig config;
    private final WinHv hypervisor;
    private final Vid vid;
    private final Consumer<StopReason> ended;
    private final VmLease lease;
    private final DeviceBus bus = new DeviceBus();
    private final long partition;
    private final VirtualProcessors processors;
    private final Chipset chipset;
    /** Null for a guest that is not told about the hypervisor. */
    private final Vmbus vmbus;
    /** Null when {@link #vmbus} is. */
    private final SyntheticDevices devices;
    /** Null when {@link #vmbus} is. */
    private final IntegrationServices integration;
    private final SocketProvider sockets;
    /** Null for memory that is always the same. */
    private final MemoryService memory;
    /** Null without test devices. */
    private final SynicTestDevice synicTest;
    private final AssignedFunctions assigned;
    private final CrashWatch crash;
    private final DiskThreads disks;
    private IntConsumer crashReported = vp -> { };
    private IntConsumer unrecoverable = vp -> { };
    private Restarts restarts = Restarts.NEVER;
    /** Nothing of it runs: it has ended, or waits for its restart. */
    private boolean over;
    private boolean paused;

    /**
     * Makes the partition, its memory, its virtual processors (suspended) and its devices.
     *
     * @param turns where the host's work for the guest gets its share of turns
     * @param disks carry its disks' requests out; they are its own
     * @param serial where the serial port sends to
     * @param ended told once why the virtual machine ended; nothing of it runs then
     * @throws WorkerException when the hypervisor refuses; nothing is left then of what was made
     */
    public Worker(WorkerConfig config, WinHv hypervisor, Vid vid, Clock clock, HostWork.Source turns, DiskThreads disks, SerialOutput serial, Consumer<StopReason> ended) {
        this.disks = disks;
        this.config = config;
        this.hypervisor = hypervisor;
        this.vid = vid;
        this.ended = ended;
        lease = new VmLease(clock, turns);
        HvResult created = hypervisor.createPartition(ParentGuest.privileges(config), config.nested());
        check(created.status(), "create the partition");
        partition = created.value();
        try {
            check(vid.addMemory(partition, new MemoryRange(0, config.lowMemory()), HvMapFlags.ALL), "give it memory");
            if (config.highMemory() > 0) {
                check(vid.addMemory(partition, new MemoryRange(1L << 32, config.highMemory()), HvMapFlags.ALL), "give it memory above 4 GiB");
            }
            ParentGuest.prepare(config, hypervisor, partition, this::check);
            processors = new VirtualProcessors(hypervisor, partition, config.root() ? 1 : config.processors(), config.processors(), this::check);
            processors.create();
            crash = new CrashWatch(lease, config.name(), processors::named, () -> end(StopReason.of(StopReason.Kind.POWER_OFF)));
            check(hypervisor.installIntercepts(partition, this), "install intercepts");
            var chips = new ChipsetConfig(FirmwareLayout.BASE_MEMORY_KIB, config.lowMemory(), config.highMemory(), config.processors(), config.testDevices());
            chipset = new Chipset(chips, bus, lease, this, hypervisor.interrupts(partition), high -> hypervisor.setLocalInterruptPin(partition, high), serial);
            synicTest = config.enlightened() && config.testDevices() ? new SynicTestDevice(bus, hypervisor, partition) : null;
            vmbus = config.vmbus() ? new Vmbus(new PartitionLink(hypervisor, partition, vid.dma(partition), crash::active), lease, lease) : null;
            if (vmbus != null) {
                vmbus.whenConnected(crash::connected);
            }
            Seat seat = vmbus == null || config.screen() == null ? null : new Seat(vid, partition, FirmwareLayout.HIGH_MEMORY + config.highMemory(), config.screen(), vmbus, chipset.pci());
            devices = vmbus == null ? null : new SyntheticDevices(config.name(), vmbus, config.processors(), lease, disks, seat);
            assigned = !config.enlightened() ? null : new AssignedFunctions(vmbus, bus, hypervisor, partition);
            integration = vmbus == null ? null : new IntegrationServices(vmbus, lease, this::referenceTime, HostParameters.of(config));
            sockets = vmbus == null ? null : new SocketProvider(vmbus);
            if (vmbus != null) {
                vmbus.serveSockets(sockets);
            }
            memory = vmbus == null || config.bounds() == null ? null : new MemoryService(vid, partition, vid.memory(partition).ranges(), seat == null ? null : seat.memory(), config.bounds(), vmbus);
        } catch (RuntimeException e) {
            release();
            throw e;
        }
    }

    /** Gives back what the machine and the hypervisor lent. */
    private HvStatus release() {
        HvStatus status = hypervisor.deletePartition(partition);
        disks.close();
        vid.releaseMemory(partition);
        lease.end();
        return status;
    }

    private long referenceTime() {
        return hypervisor.getPartitionProperty(partition, HvPartitionProperty.REFERENCE_TIME).value();
    }

    private void check(HvStatus status, String what) {
        if (!status.ok()) {
            throw new WorkerException("virtual machine %s: the hypervisor could not %s: %s".formatted(config.name(), what, status));
        }
    }

    /** Its virtual processors. */
    public VirtualProcessors processors() {
        return processors;
    }

    /** The child's memory, for loaders. */
    public ChildMemory memory() {
        return vid.memory(partition);
    }

    /** The way of its devices' interrupts to its processors. */
    public InterruptMessageSink interrupts() {
        return hypervisor.interrupts(partition);
    }

    /** The machine's memory as its devices see it. */
    public DmaBus dma() {
        return vid.dma(partition);
    }

    /** The child's devices. */
    public Chipset chipset() {
        return chipset;
    }

    /** The child's bus, for more devices. */
    public IoBus bus() {
        return bus;
    }

    /** The child's VMBus, for offers; null for a guest that is not told about the hypervisor. */
    public Vmbus vmbus() {
        return vmbus;
    }

    /** The providers on the child's VMBus; null for a guest that is not told about the hypervisor. */
    public SyntheticDevices devices() {
        return devices;
    }

    /** How the requests of its disks are carried out. */
    public DiskThreads disks() {
        return disks;
    }

    /** The machine's PCI functions that it has; null for a guest that is not told about the hypervisor. */
    public AssignedFunctions assigned() {
        return assigned;
    }

    /** The integration components; null for a guest that is not told about the hypervisor. */
    public IntegrationServices integration() {
        return integration;
    }

    /** Its dynamic memory; null for memory that is always the same. */
    public MemoryService memoryService() {
        return memory;
    }

    /** Its Hyper-V sockets; null for a guest that is not told about the hypervisor. */
    public SocketProvider sockets() {
        return sockets;
    }

    /** Partition id. */
    public long partition() {
        return partition;
    }

    /** Lets all virtual processors run: the first at once, the others when they are started up. */
    public void start() {
        if (paused) {
            return;
        }
        processors.start();
    }

    /** Keeps all virtual processors from running, those of a machine that starts again too; devices and time go on. */
    public void pause() {
        paused = true;
        if (!over) {
            processors.stop();
        }
    }

    /** Lets the virtual processors go on after {@link #pause}. */
    public void resume() {
        paused = false;
        if (!over) {
            start();
        }
    }

    /** Keeps one virtual processor from running, as a host does that is short of time; false when there is none, or the machine is over. */
    public boolean stall(int processor) {
        return processor >= 0 && processor < config.processors() && !over && hypervisor.stopVp(partition, processor).ok();
    }

    /** Lets a processor go on after {@link #stall}, unless all of them are kept from running. */
    public void unstall(int processor) {
        if (!over && !paused) {
            hypervisor.startVp(partition, processor);
        }
    }

    /** The host's date jumps, forward or (below 0) back, by nanoseconds: that of the battery-backed clock, and what the guest is told from now on. */
    public void jumpClock(long nanos) {
        lease.jump(nanos);
        chipset.rtc().jump(nanos);
    }

    /** A non-maskable interrupt at processor 0, as the button of a PC gives. */
    public void injectNmi() {
        check(hypervisor.assertVirtualInterrupt(partition, HvInterruptType.NMI, 0, false, 0, false), "interrupt a processor");
    }

    /**
     * Sets who is told of crashes, by the virtual processor that met them, whose registers are still what they were.
     *
     * @param reported the guest reports one for the first time
     * @param ended a processor cannot go on, and the machine ends
     */
    public void onCrash(IntConsumer reported, IntConsumer ended) {
        crashReported = reported;
        unrecoverable = ended;
    }

    /** Sets who decides what comes of a reset; {@link Restarts#NEVER} until then. */
    public void onReset(Restarts decides) {
        restarts = decides;
    }

    /**
     * Makes everything as it was after power-on: processors are new and suspended, memory reads as zero, devices are reset, what is plugged in stays. Then a loader's work and {@link #start} have a guest run. On the machine's
     * thread, between turns.
     *
     * @throws WorkerException when the hypervisor refuses
     */
    public void restart() {
        over = true;
        processors.delete();
        if (vmbus != null) {
            vmbus.reset();
            devices.reset();
            integration.reset();
        }
        if (memory != null && !memory.reset()) {
            throw new WorkerException("virtual machine %s: the host has not left what it starts with".formatted(config.name()));
        }
        if (synicTest != null) {
            synicTest.reset();
        }
        crash.restarted();
        chipset.reset();
        vid.clearMemory(partition);
        processors.create();
        over = false;
    }

    /**
     * Ends the virtual machine and gives everything back: processors, memory, ports, timers, disks, places on switches. On the machine's thread,
     * between turns; nobody is told.
     *
     * @throws WorkerException when the hypervisor refuses
     */
    public void delete() {
        stop();
        if (vmbus != null) {
            vmbus.close();
            devices.close();
        }
        check(release(), "delete the partition");
    }

    /** Nothing of it runs any more. */
    private void stop() {
        over = true;
        crash.end();
        processors.halt();
    }

    private void end(StopReason reason) {
        if (over) {
            return;
        }
        stop();
        ended.accept(afterCrash(reason));
    }

    /**
     * Why the machine ended, when it ends so: after a crash that the guest reported, a power-off, a reset or a limit are no ends in good
     * order.
     */
    public StopReason afterCrash(StopReason reason) {
        return crash.report() == null ? reason : switch (reason.kind()) {
            case POWER_OFF, RESET, TIME_LIMIT, INSTRUCTION_LIMIT -> new StopReason(StopReason.Kind.CRASH, 0, crash.report());
            default -> reason;
        };
    }

    @Override
    public void powerOff() {
        end(StopReason.of(StopReason.Kind.POWER_OFF));
    }

    /** The reset line: the one place where a reset arrives, whoever asked for it. */
    @Override
    public void reset() {
        if (!over && !restarting(false)) {
            end(StopReason.of(StopReason.Kind.RESET));
        }
    }

    /** Whether the machine stands still now, to start again. */
    private boolean restarting(boolean tripleFault) {
        if (!restarts.wanted(tripleFault)) {
            return false;
        }
        stop();
        return true;
    }

    @Override
    public void debugExit(int value) {
        end(new StopReason(StopReason.Kind.DEBUG_EXIT, value, ""));
    }

    /** The hypervisor writes to the power-management control register, as ACPI says, when no processor runs any more. */
    @Override
    public void sleep(int type) {
        bus.out(AcpiPm.PM1_CONTROL, 2, AcpiPm.SLEEP_ENABLE | type << AcpiPm.SLEEP_TYPE_SHIFT);
    }

    @Override
    public void ioPort(IoPortIntercept m) {
        crash.active();
        if (m.write()) {
            bus.out(m.port(), m.size(), m.data());
        } else {
            m.complete(bus.in(m.port(), m.size()));
        }
    }

    @Override
    public void memory(MemoryIntercept m) {
        crash.active();
        if (m.write()) {
            bus.writeMmio(m.gpa(), m.size(), m.data());
        } else {
            m.complete(bus.readMmio(m.gpa(), m.size()));
        }
    }

    @Override
    public void endOfInterrupt(int vector) {
        chipset.ioApic().endOfInterrupt(vector);
    }

    @Override
    public boolean legacyFpError(int vp) {
        return chipset.coprocessorError().raise(vp);
    }

    @Override
    public void legacyFpErrorCleared(int vp) {
        chipset.coprocessorError().lower(vp);
    }

    @Override
    public int acknowledgeExternalInterrupt() {
        return chipset.interruptAcknowledge().acknowledge();
    }

    @Override
    public HvStatus retargetInterrupt(long device, int address, int data, int vector, boolean multicast, long mask) {
        // the hypervisor knows all devices that there are
        return HvStatus.INVALID_PARAMETER;
    }

    @Override
    public void resetRequested() {
        reset();
    }

    @Override
    public void crashReported(CrashReport report) {
        if (!over && crash.reported(describe(report.vpIndex(), report.detail(), report.registers()))) {
            crashReported.accept(report.vpIndex());
        }
    }

    private String describe(int processor, String what, String registers) {
        return "virtual machine %s, processor %d: %s%n%s".formatted(config.name(), processor, what, registers);
    }

    @Override
    public void stopped(VpStop stop) {
        if (stop.reason() == VpStop.Reason.UNRECOVERABLE_EXCEPTION && !over && restarting(true)) {
            return;
        }
        if (!over && stop.reason() == VpStop.Reason.UNRECOVERABLE_EXCEPTION) {
            unrecoverable.accept(stop.vpIndex());
        }
        end(new StopReason(stop.reason() == VpStop.Reason.INTERNAL_ERROR ? StopReason.Kind.INTERNAL_ERROR : StopReason.Kind.CRASH, 0,
                describe(stop.vpIndex(), stop.detail(), stop.registers())));
    }

    /** Devices, and where memory is; partition and processors are the hypervisor's, what memory holds is the machine's. */
    @Override
    public void save(StateWriter out) {
        out.begin("worker", 5);
        vid.memory(partition).save(out);
        out.put("over", over);
        out.put("paused", paused);
        out.put("clock-jumped", lease.jumped());
        crash.save(out);
        chipset.save(out);
        if (synicTest != null) {
            synicTest.save(out);
        }
        if (vmbus != null) {
            vmbus.save(out);
            devices.save(out);
            integration.save(out);
            sockets.save(out);
        }
        if (memory != null) {
            memory.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("worker", 5);
        vid.memory(partition).restore(in);
        over = in.takeBoolean();
        paused = in.takeBoolean();
        lease.jump(in.take() - lease.jumped());
        crash.restore(in);
        chipset.restore(in);
        if (synicTest != null) {
            synicTest.restore(in);
        }
        if (vmbus != null) {
            vmbus.restore(in);
            devices.restore(in);
            integration.restore(in);
            sockets.restore(in);
        }
        if (memory != null) {
            memory.restore(in);
        }
        in.end();
    }
}
