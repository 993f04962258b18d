package dev.hv.core.machine.amdvi;

import dev.hv.core.machine.iommu.TableMemory;
import dev.hv.core.machine.iommu.TranslationCache;
import dev.hv.core.machine.iommu.UnitWatch;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** The command buffer (48882, 2.4): a ring of commands of 128 bits in memory, carried out as soon as the tail moves. The code is in bits 63:60. */
final class CommandBuffer extends EntryRing implements Saveable {

    private static final int VERSION = 1;
    static final int COMPLETION_WAIT = 1;
    static final int INVALIDATE_DEVICE = 2;
    static final int INVALIDATE_PAGES = 3;
    static final int INVALIDATE_INTERRUPTS = 5;
    static final int INVALIDATE_ALL = 8;
    static final long STORE = 1;
    static final long INTERRUPT = 2;
    static final long STORE_ADDRESS = 0x000F_FFFF_FFFF_FFF8L;
    private static final long SIZED = 1;
    private static final long GUEST = 4;

    private final TableMemory memory;
    private final DeviceTable devices;
    private final TranslationCache iotlb;
    private final InterruptTables interrupts;
    private final EventLog log;
    private final UnitWatch watch;
    private final Runnable waited;
    private final long[] command = new long[2];

    CommandBuffer(TableMemory memory, DeviceTable devices, TranslationCache iotlb, InterruptTables interrupts, EventLog log, UnitWatch watch, Runnable waited) {
        this.memory = memory;
        this.devices = devices;
        this.iotlb = iotlb;
        this.interrupts = interrupts;
        this.log = log;
        this.watch = watch;
        this.waited = waited;
    }

    /** Commands begin or end to be carried out; an error ends that, too. */
    @Override
    void run(boolean on) {
        super.run(on);
        carryOut();
    }

    @Override
    void tail(long value) {
        super.tail(value);
        carryOut();
    }

    private void carryOut() {
        while (runs() && head() != within(tail())) {
            head(within(head()));
            long at = at(head());
            int wrong = !memory.read(at, command) ? EventLog.COMMAND_ERROR : carryOut(command[0], command[1]) ? 0 : EventLog.ILLEGAL_COMMAND;
            if (wrong != 0) {
                super.run(false);
                log.write(wrong, 0, 0, wrong == EventLog.COMMAND_ERROR ? EventLog.NO_MEMORY : 0, at);
                return;
            }
            head(within(head() + ENTRY));
        }
    }

    /** Carries a command out; false when it is none of this unit's. */
    private boolean carryOut(long low, long high) {
        int device = (int) low & 0xFFFF;
        watch.command(() -> CommandText.of(low, high));
        switch ((int) (low >>> 60)) {
            case COMPLETION_WAIT -> {
                if ((low & STORE) != 0) {
                    memory.write(low & STORE_ADDRESS, high);
                }
                if ((low & INTERRUPT) != 0) {
                    waited.run();
                }
            }
            case INVALIDATE_DEVICE -> devices.forget(device);
            case INVALIDATE_PAGES -> {
                if ((high & GUEST) != 0) {
                    return false;
                }
                pages((int) (low >>> 32) & 0xFFFF, high);
            }
            case INVALIDATE_INTERRUPTS -> interrupts.forget(device);
            case INVALIDATE_ALL -> {
                devices.forget();
                iotlb.clear();
                interrupts.forget();
            }
            // translation caches of devices, prefetching and page requests are not there
            default -> {
                return false;
            }
        }
        return true;
    }

    /** How much is to be forgotten, as a logarithm: a page, or with {@link #SIZED} so much as the address says, ones from bit 12 on, then a zero above them. */
    static int shift(long high) {
        return (high & SIZED) == 0 ? 12 : 12 + Long.numberOfTrailingZeros(~(high >> 12)) + 1;
    }

    private void pages(int domain, long high) {
        int shift = shift(high);
        if (shift >= Long.SIZE) {
            iotlb.forget(domain);
        } else {
            long first = high & -1L << shift;
            iotlb.forget(domain, first, first + (1L << shift) - 1);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("command-buffer", VERSION);
        saveRing(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("command-buffer", VERSION);
        restoreRing(in);
        in.end();
    }
}
