package dev.hv.core.hypervisor;

import dev.hv.core.hypervisor.devices.DeviceRemapper;
import dev.hv.core.hypervisor.hardware.VirtualizationBackend;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.SystemBus;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.core.tlfs.CrashReport;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.InterceptHandler;
import dev.hv.core.tlfs.IoPortIntercept;
import dev.hv.core.tlfs.MemoryIntercept;
import dev.hv.core.tlfs.VpStop;
import dev.hv.core.vid.Vid;
import dev.hv.core.winhv.PageFrames;
import dev.hv.core.winhv.WinHv;
import dev.hv.cpu.Processor;
import dev.hv.cpu.apic.ApicRouter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A machine of 64 MiB and one processor, for tests of the hypervisor, with root services and children that log. */
public final class Rig {

    public final SystemMemory memory = new SystemMemory(64 << 20);
    final SystemBus bus = new SystemBus(memory);
    final VirtualClock clock = VirtualClock.virtual(10_000, 2_000_000_000L, 0);
    final Machine machine = new Machine(bus, clock);
    final Vendor vendor;
    final ApicRouter router = new ApicRouter();
    final Processor processor;
    final List<Child> children = new ArrayList<>();
    Hypervisor hypervisor;
    PageFrames frames;
    public WinHv winHv;
    public Vid vid;

    /** A machine with VT-x. */
    public Rig() {
        this(Vendor.INTEL);
    }

    /** A machine with the virtualisation of a vendor. */
    public Rig(Vendor vendor) {
        this.vendor = vendor;
        processor = new Processor(0, vendor.model(), bus, bus, clock, router, () -> 0xFF);
        router.add(processor.apic());
    }

    /** Starts the hypervisor with the real backend. */
    Rig start() {
        return start(vendor::backend);
    }

    /** Starts the hypervisor with another backend. */
    public Rig start(Function<SystemMemory, VirtualizationBackend> backend) {
        return start(backend, 1, null);
    }

    /** Starts the hypervisor, which has an IOMMU. */
    Rig start(Function<SystemMemory, VirtualizationBackend> backend, DeviceRemapper remapper) {
        return start(backend, 1, remapper);
    }

    /** Starts the hypervisor on several logical processors, and with an IOMMU unless that is null. */
    Rig start(Function<SystemMemory, VirtualizationBackend> backend, int processors, DeviceRemapper remapper) {
        List<Processor> all = new ArrayList<>(List.of(processor));
        for (int i = 1; i < processors; i++) {
            all.add(new Processor(i, vendor.model(), bus, bus, clock, new ApicRouter(), () -> 0xFF));
        }
        hypervisor = new Hypervisor(machine, all, backend);
        if (remapper != null) {
            hypervisor.remapDevices(remapper);
        }
        frames = new PageFrames(hypervisor.rootMemory());
        winHv = new WinHv(hypervisor, frames);
        vid = new Vid(winHv, frames, memory);
        return this;
    }

    /** A child with one virtual processor, suspended. */
    public Child child(long memoryBytes) {
        return child(memoryBytes, 0);
    }

    /** A child with privileges, and one virtual processor, suspended. */
    public Child child(long memoryBytes, long privileges) {
        var child = new Child(winHv.createPartition(privileges, false).value());
        must(vid.addMemory(child.id, new MemoryRange(0, memoryBytes), HvMapFlags.ALL).ok());
        must(winHv.createVp(child.id, 0).ok());
        must(winHv.installIntercepts(child.id, child).ok());
        children.add(child);
        return child;
    }

    private static void must(boolean ok) {
        if (!ok) {
            throw new IllegalStateException("the rig could not be built");
        }
    }

    /** Runs until all children have stopped or written to port 0xF4, or the limit. */
    public StopReason run(long instructions) {
        return machine.run(new RunLimits(Long.MAX_VALUE, instructions));
    }

    /** A child partition and everything its handler saw. */
    public final class Child implements InterceptHandler {
        int resets;
        public final long id;
        final List<String> log = new ArrayList<>();
        final StringBuilder console = new StringBuilder();
        int inputValue = 0xAB;
        long memoryValue = 0x1122_3344_5566_7788L;
        VpStop stop;
        /** What IGNNE# says; a write to port 0xF0 asserts it. */
        boolean ignoreFpError;
        final List<CrashReport> crashes = new ArrayList<>();
        public boolean done;

        Child(long id) {
            this.id = id;
        }

        /** Puts code at 0x1000 and sets real mode or, with {@code protectedMode}, flat 32-bit mode there. */
        public Child code(boolean protectedMode, int... bytes) {
            byte[] code = new byte[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                code[i] = (byte) bytes[i];
            }
            must(vid.memory(id).write(0x1000, code, 0, code.length));
            if (protectedMode) {
                set(HvRegister.CR0, HvRegisterValue.of(0x31));
                set(HvRegister.CS, HvRegisterValue.segment(8, 0, -1, 0xC09B));
                for (int name : new int[] {HvRegister.DS, HvRegister.ES, HvRegister.SS, HvRegister.FS, HvRegister.GS}) {
                    set(name, HvRegisterValue.segment(16, 0, -1, 0xC093));
                }
            } else {
                set(HvRegister.CS, HvRegisterValue.segment(0, 0, 0xFFFF, 0x9B));
            }
            set(HvRegister.RIP, HvRegisterValue.of(0x1000));
            set(HvRegister.RSP, HvRegisterValue.of(0x8000));
            return this;
        }

        public void set(int name, HvRegisterValue value) {
            must(winHv.setVpRegisters(id, 0, new int[] {name}, new HvRegisterValue[] {value}).ok());
        }

        public long get(int name) {
            HvRegisterValue[] v = new HvRegisterValue[1];
            must(winHv.getVpRegister(id, 0, name, v).ok());
            return v[0].low();
        }

        public Child go() {
            must(winHv.startVp(id, 0).ok());
            return this;
        }

        private void over() {
            done = true;
            if (children.stream().allMatch(c -> c.done)) {
                machine.powerOff();
            }
        }

        @Override
        public void ioPort(IoPortIntercept m) {
            if (m.write() && m.port() == 0xE9) {
                console.append((char) m.data());
            } else if (m.write() && m.port() == 0xF4) {
                winHv.stopVp(id, 0);
                over();
            } else if (m.write()) {
                ignoreFpError |= m.port() == 0xF0;
                log.add("out %x/%d=%x".formatted(m.port(), m.size(), m.data()));
            } else {
                log.add("in %x/%d".formatted(m.port(), m.size()));
                m.complete(inputValue);
            }
        }

        @Override
        public void memory(MemoryIntercept m) {
            if (m.write()) {
                log.add("write %x/%d=%x".formatted(m.gpa(), m.size(), m.data()));
            } else {
                log.add("read %x/%d".formatted(m.gpa(), m.size()));
                m.complete(memoryValue);
            }
        }

        @Override
        public void sleep(int type) {
            log.add("sleep %x".formatted(type));
        }

        @Override
        public void endOfInterrupt(int vector) {
            log.add("eoi %x".formatted(vector));
        }

        @Override
        public boolean legacyFpError(int vp) {
            log.add("fp error");
            winHv.setLocalInterruptPin(id, !ignoreFpError);
            return ignoreFpError;
        }

        @Override
        public void legacyFpErrorCleared(int vp) {
            log.add("fp error cleared");
            ignoreFpError = false;
        }

        @Override
        public int acknowledgeExternalInterrupt() {
            log.add("intack");
            winHv.setLocalInterruptPin(id, false);
            return 0x28;
        }

        @Override
        public HvStatus retargetInterrupt(long device, int address, int data, int vector, boolean multicast, long processors) {
            log.add("retarget %x: %x/%x to %x %s of %x".formatted(device, address, data, vector, multicast ? "all" : "one", processors));
            return HvStatus.SUCCESS;
        }

        @Override
        public void resetRequested() {
            resets++;
        }

        @Override
        public void crashReported(CrashReport report) {
            crashes.add(report);
        }

        @Override
        public void stopped(VpStop why) {
            stop = why;
            over();
        }
    }
}
