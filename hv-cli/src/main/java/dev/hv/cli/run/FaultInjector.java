package dev.hv.cli.run;

import dev.hv.cli.config.Fault;
import dev.hv.cli.root.worker.MemoryService;
import dev.hv.cli.root.worker.Worker;
import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.machine.Clock;
import dev.hv.core.machine.InterruptFaults;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.network.EthernetAdapter;
import java.util.SortedMap;
import java.util.TreeMap;

/** Injects faults into a virtual machine. What lasts is the state of what it concerns: disks, switch ports, interrupt controllers; here are stalled processors. All methods are called on the machine's thread. */
final class FaultInjector implements Saveable {

    private static final int VERSION = 1;
    private static final long BLOCK = 512;

    private final RunningVm vm;
    private final Clock clock;
    private final Hypervisor hypervisor;
    private final long seed;
    /** When stalled processors go on, by their numbers. */
    private final SortedMap<Integer, Clock.Timer> stalls = new TreeMap<>();

    /**
     * An injector that has injected nothing.
     *
     * @param hypervisor null on the bare machine, where disks, adapters and inputs of the I/O APIC alone can be faulty
     * @param seed what is left to chance follows from it
     */
    FaultInjector(RunningVm vm, Clock clock, Hypervisor hypervisor, long seed) {
        this.vm = vm;
        this.clock = clock;
        this.hypervisor = hypervisor;
        this.seed = seed;
    }

    /** Injects one; what comes of it comes later. Why that cannot be; null when it was. */
    String inject(Fault fault) {
        return switch (fault) {
            case Fault.DiskError(var blocks, var failure) -> disk(blocks, (f, from, to) -> f.fail(failure, reads(blocks), writes(blocks), from, to, blocks.times()));
            case Fault.DiskDelay(var blocks, var nanos) -> disk(blocks, (f, from, to) -> f.delay(nanos, reads(blocks), writes(blocks), from, to, blocks.times()));
            case Fault.Interrupt i when i.kind() == Fault.InterruptKind.IRQ -> interrupt(vm.guest.chipset().ioApic().faults(), i);
            case Fault.Heal() -> heal();
            case Fault.Network(var number, var rule) -> {
                EthernetAdapter adapter = vm.adapters.get(number);
                if (adapter == null) {
                    yield "there is no adapter " + number;
                }
                adapter.port().impair(rule, seed + number);
                yield null;
            }
            default -> vm.worker == null ? "there are no virtual machines, only the bare one" : inject(fault, vm.worker);
        };
    }

    private String inject(Fault fault, Worker worker) {
        return switch (fault) {
            case Fault.Rescind(var device, var number) -> offer(device, number, false) ? null : "there is no channel of " + device + " " + number;
            case Fault.Offer(var device, var number) -> offer(device, number, true) ? null : "no channel of " + device + " " + number + " was taken back";
            case Fault.Interrupt i -> {
                long partition = worker.partition();
                yield interrupt(i.kind() == Fault.InterruptKind.SINT ? hypervisor.sourceFaults(partition) : hypervisor.vectorFaults(partition), i);
            }
            case Fault.Stall(var processor, var nanos) -> {
                if (!worker.stall(processor)) {
                    yield "there is no processor " + processor;
                }
                stall(processor).arm(clock.nanos() + nanos);
                yield null;
            }
            case Fault.ClockJump(var nanos) -> {
                worker.jumpClock(nanos);
                yield null;
            }
            case Fault.MemoryPressure(var bytes) -> memoryPressure(bytes);
            case Fault.DiskError e -> throw new IllegalArgumentException(e.toString());
            case Fault.DiskDelay d -> throw new IllegalArgumentException(d.toString());
            case Fault.Network n -> throw new IllegalArgumentException(n.toString());
            case Fault.Heal h -> throw new IllegalArgumentException(h.toString());
        };
    }

    private String memoryPressure(long bytes) {
        MemoryService memory = vm.worker.memoryService();
        if (memory == null) {
            return "the machine's memory is always the same: give it a minimum, as in memory: 256M,minimum=64M";
        }
        if (!memory.provider().connected()) {
            return "the guest's driver of dynamic memory does not take part (not loaded, or not yet)";
        }
        memory.fix(memory.pages() - bytes / Page.SIZE);
        return null;
    }

    private static boolean reads(Fault.Blocks b) {
        return b.access() != Fault.Access.WRITE;
    }

    private static boolean writes(Fault.Blocks b) {
        return b.access() != Fault.Access.READ;
    }

    /** Sets something of bytes of a disk. */
    private interface Setting {
        void set(DiskFaults of, long first, long end);
    }

    private String disk(Fault.Blocks b, Setting setting) {
        if (b.disk() >= vm.disks.size()) {
            return "there is no disk " + b.disk();
        }
        setting.set(vm.disks.get(b.disk()).disk().faults(), b.first() * BLOCK, b.count() > Long.MAX_VALUE / BLOCK - b.first() ? Long.MAX_VALUE : (b.first() + b.count()) * BLOCK);
        return null;
    }

    private static String interrupt(InterruptFaults faults, Fault.Interrupt i) {
        faults.add(i.number(), i.processor(), i.delay(), i.times());
        return null;
    }

    private boolean offer(String device, int number, boolean there) {
        if (vm.devices == null) {
            return false;
        }
        return switch (device) {
            case "net" -> vm.devices.offerNetwork(number, there);
            case "pci" -> vm.worker.assigned().offer(number, there);
            case "scsi" -> number == 0 && vm.devices.offerStorage(there);
            case "video", "keyboard", "mouse" -> number == 0 && vm.devices.seat() != null && vm.devices.seat().offer(device, there);
            default -> number == 0 && vm.worker.integration().offer(device, there);
        };
    }

    private Clock.Timer stall(int processor) {
        return stalls.computeIfAbsent(processor, p -> clock.timer("stall of processor " + p, () -> vm.worker.unstall(p)));
    }

    private String heal() {
        vm.disks.forEach(d -> d.disk().faults().heal());
        vm.guest.chipset().ioApic().faults().heal();
        vm.adapters.all().forEach(a -> a.port().heal());
        if (vm.worker != null) {
            hypervisor.sourceFaults(vm.worker.partition()).heal();
            hypervisor.vectorFaults(vm.worker.partition()).heal();
        }
        if (vm.worker != null && vm.worker.memoryService() != null) {
            vm.worker.memoryService().release();
        }
        stalls.forEach((processor, timer) -> {
            if (timer.armed()) {
                timer.cancel();
                vm.worker.unstall(processor);
            }
        });
        return null;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("faults", VERSION);
        out.put("stalls-count", stalls.size());
        stalls.forEach((processor, timer) -> {
            out.item("stall", processor);
            out.put("processor", processor);
            timer.save(out);
        });
        out.endItems();
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("faults", VERSION);
        for (long n = in.take(); n > 0; n--) {
            stall((int) in.take()).restore(in);
        }
        in.end();
    }
}
