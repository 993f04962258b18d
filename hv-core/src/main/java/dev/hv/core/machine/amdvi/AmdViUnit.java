package dev.hv.core.machine.amdvi;

import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.MsiMessages;
import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.iommu.IommuWatch;
import dev.hv.core.machine.iommu.LocalApics;
import dev.hv.core.machine.iommu.RefusalListener;
import dev.hv.core.machine.iommu.TableMemory;
import dev.hv.core.machine.iommu.TranslationCache;
import dev.hv.core.machine.iommu.UnitWatch;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * AMD's IOMMU (AMD I/O Virtualization Technology (IOMMU) Specification, 48882): the registers, and what they control. What it has beyond the first version is in
 * {@link AmdViRegisters#FEATURES}. Every command is done when the write that gives it ends.
 */
public final class AmdViUnit implements Iommu {

    private static final int VERSION = 1;
    private static final int CLEARABLE = AmdViRegisters.OVERFLOW | AmdViRegisters.LOGGED | AmdViRegisters.WAITED;
    private static final long EXCLUSION_ENABLED = 1;
    private static final long EXCLUSION_FOR_ALL = 2;

    private final DmaView memory;
    private final OwnInterrupt own;
    private final DeviceTable devices;
    private final TranslationCache iotlb = new TranslationCache();
    private final IoPageTables pages;
    private final InterruptTables interrupts;
    private final UnitWatch watch;
    private final EventLog log;
    private final CommandBuffer commands;
    private long control;
    private int status;
    private long exclusionBase;
    private long exclusionLimit;
    private long generalInterrupt;

    /**
     * A unit after reset: nothing is translated.
     *
     * @param memory physical memory
     * @param refusals told of what is refused
     */
    public AmdViUnit(DmaView memory, LocalApics apics, RefusalListener refusals) {
        this.memory = memory;
        own = new OwnInterrupt(apics);
        var tables = new TableMemory(memory);
        watch = new UnitWatch(refusals);
        log = new EventLog(tables, watch, this::happened);
        devices = new DeviceTable(tables, log);
        pages = new IoPageTables(tables, devices, iotlb);
        interrupts = new InterruptTables(tables, devices, apics);
        commands = new CommandBuffer(tables, devices, iotlb, interrupts, log, watch, () -> happened(AmdViRegisters.WAITED));
    }

    /** Says how the unit's PCI function sends its message. */
    public void message(Runnable sends) {
        own.message(sends);
    }

    @Override
    public MemoryRange registers() {
        return new MemoryRange(AmdViRegisters.BASE, AmdViRegisters.LENGTH);
    }

    @Override
    public int ioApic() {
        return AmdViRegisters.IO_APIC;
    }

    @Override
    public DmaView memory() {
        return memory;
    }

    private boolean on(long bit) {
        return (control & bit) != 0;
    }

    /** Sets bits of the status, and interrupts for those that were not set. */
    private void happened(int bits) {
        int fresh = bits & ~status;
        status |= bits;
        announce(fresh);
    }

    private void announce(int bits) {
        boolean tells = (bits & (AmdViRegisters.LOGGED | AmdViRegisters.OVERFLOW)) != 0 && on(AmdViRegisters.EVENT_INTERRUPT)
                || (bits & AmdViRegisters.WAITED) != 0 && on(AmdViRegisters.WAIT_INTERRUPT);
        if (tells) {
            own.raise(on(AmdViRegisters.X2APIC_INTERRUPT), generalInterrupt);
        }
    }

    // ---- requests --------------------------------------------------------------------------------------------------

    @Override
    public long translate(int requester, long address, boolean write) {
        int flags = write ? EventLog.WRITE : 0;
        if (!on(AmdViRegisters.ENABLE)) {
            return address < 0 || MsiMessages.isMessage(address) ? REFUSED : address;
        }
        if (MsiMessages.isMessage(address)) {
            log.refuse(EventLog.INVALID_REQUEST, requester, 0, flags, address, false);
            return REFUSED;
        }
        boolean excluded = (exclusionBase & EXCLUSION_ENABLED) != 0 && address >>> 12 >= exclusionBase >>> 12 && address >>> 12 <= exclusionLimit >>> 12;
        if (excluded && (exclusionBase & EXCLUSION_FOR_ALL) != 0) {
            return address;
        }
        long[] entry = devices.find(requester, address, flags);
        if (entry == null) {
            return REFUSED;
        }
        if ((entry[0] & DeviceTable.VALID) == 0 || excluded && (entry[1] & DeviceTable.EXCLUSION) != 0) {
            return address;
        }
        if ((entry[0] & DeviceTable.TRANSLATION_VALID) == 0) {
            devices.fault(EventLog.PAGE_FAULT, requester, flags, address, entry);
            return REFUSED;
        }
        if ((entry[0] & (write ? DeviceTable.WRITE : DeviceTable.READ)) == 0) {
            devices.fault(EventLog.PAGE_FAULT, requester, flags | EventLog.PRESENT | EventLog.RIGHTS, address, entry);
            return REFUSED;
        }
        return DeviceTable.levels(entry) == 0 ? address : pages.translate(requester, address, write, entry);
    }

    @Override
    public void interrupt(int requester, long address, int data) {
        if (on(AmdViRegisters.ENABLE)) {
            interrupts.request(requester, address, data, on(AmdViRegisters.WIDE_ENTRIES), on(AmdViRegisters.X2APIC));
        } else {
            interrupts.compatible().send(address, data);
        }
    }

    // ---- registers -------------------------------------------------------------------------------------------------

    @Override
    public long readMmio(long offset, int size) {
        long value = read((int) offset & ~7);
        return value >>> (((int) offset & 7) << 3);
    }

    /** {@inheritDoc} Registers are written by 64 bits or one half at a time. */
    @Override
    public void writeMmio(long offset, int size, long value) {
        int at = (int) offset;
        if ((at & size - 1) != 0 || size < 4) {
            return;
        }
        if (size == 8) {
            write(at, value, -1);
        } else {
            int shift = (at & 4) << 3;
            long mask = 0xFFFF_FFFFL << shift;
            write(at & ~7, read(at & ~7) & ~mask | value << shift & mask, mask);
        }
    }

    private long read(int register) {
        return switch (register) {
            case AmdViRegisters.DEVICE_TABLE -> devices.base();
            case AmdViRegisters.COMMAND_BASE -> commands.base();
            case AmdViRegisters.EVENT_BASE -> log.base();
            case AmdViRegisters.CONTROL -> control;
            case AmdViRegisters.EXCLUSION_BASE -> exclusionBase;
            case AmdViRegisters.EXCLUSION_LIMIT -> exclusionLimit;
            case AmdViRegisters.EXTENDED_FEATURES -> AmdViRegisters.FEATURES;
            case AmdViRegisters.GENERAL_INTERRUPT -> generalInterrupt;
            case AmdViRegisters.COMMAND_HEAD -> commands.head();
            case AmdViRegisters.COMMAND_TAIL -> commands.tail();
            case AmdViRegisters.EVENT_HEAD -> log.head();
            case AmdViRegisters.EVENT_TAIL -> log.tail();
            case AmdViRegisters.STATUS -> status | (log.runs() ? AmdViRegisters.LOG_RUNS : 0) | (commands.runs() ? AmdViRegisters.COMMANDS_RUN : 0);
            default -> 0;
        };
    }

    private void write(int register, long value, long written) {
        switch (register) {
            case AmdViRegisters.DEVICE_TABLE -> devices.base(value);
            case AmdViRegisters.COMMAND_BASE -> commands.base(value);
            case AmdViRegisters.EVENT_BASE -> log.base(value);
            case AmdViRegisters.CONTROL -> control(value & AmdViRegisters.CONTROL_WRITABLE);
            case AmdViRegisters.EXCLUSION_BASE -> exclusionBase = value & (AmdViRegisters.ADDRESS | 3);
            case AmdViRegisters.EXCLUSION_LIMIT -> exclusionLimit = value & AmdViRegisters.ADDRESS;
            case AmdViRegisters.GENERAL_INTERRUPT -> generalInterrupt = value;
            case AmdViRegisters.COMMAND_HEAD -> commands.head(value);
            case AmdViRegisters.COMMAND_TAIL -> commands.tail(value);
            case AmdViRegisters.EVENT_HEAD -> log.head(value);
            case AmdViRegisters.EVENT_TAIL -> log.tail(value);
            case AmdViRegisters.STATUS -> status &= ~((int) (value & written) & CLEARABLE);
            default -> { }
        }
    }

    private void control(long value) {
        long before = control;
        control = value;
        if (((before ^ value) & (AmdViRegisters.ENABLE | AmdViRegisters.COMMANDS | AmdViRegisters.EVENT_LOG)) != 0) {
            watch.command(() -> CommandText.control(value));
        }
        boolean logs = on(AmdViRegisters.ENABLE) && on(AmdViRegisters.EVENT_LOG);
        boolean logged = (before & AmdViRegisters.ENABLE) != 0 && (before & AmdViRegisters.EVENT_LOG) != 0;
        if (logs != logged) {
            log.run(logs);
        }
        // what was told of while interrupts were off
        long interruptsNow = value & ~before & (AmdViRegisters.EVENT_INTERRUPT | AmdViRegisters.WAIT_INTERRUPT);
        if (interruptsNow != 0) {
            announce(status);
        }
        boolean runs = on(AmdViRegisters.ENABLE) && on(AmdViRegisters.COMMANDS);
        boolean ran = (before & AmdViRegisters.ENABLE) != 0 && (before & AmdViRegisters.COMMANDS) != 0;
        if (runs != ran) {
            commands.run(runs);
        }
    }

    @Override
    public void watch(IommuWatch who) {
        watch.watch(who);
    }

    @Override
    public void reset() {
        control = 0;
        status = 0;
        exclusionBase = 0;
        exclusionLimit = 0;
        generalInterrupt = 0;
        log.reset();
        devices.reset();
        iotlb.clear();
        interrupts.forget();
        commands.reset();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("amd-vi", VERSION);
        out.put("control", control);
        out.put("status", status);
        out.put("exclusion-base", exclusionBase);
        out.put("exclusion-limit", exclusionLimit);
        out.put("general-interrupt", generalInterrupt);
        log.save(out);
        devices.save(out);
        iotlb.save(out);
        interrupts.save(out);
        commands.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("amd-vi", VERSION);
        control = in.take();
        status = (int) in.take();
        exclusionBase = in.take();
        exclusionLimit = in.take();
        generalInterrupt = in.take();
        log.restore(in);
        devices.restore(in);
        iotlb.restore(in);
        interrupts.restore(in);
        commands.restore(in);
        in.end();
    }
}
