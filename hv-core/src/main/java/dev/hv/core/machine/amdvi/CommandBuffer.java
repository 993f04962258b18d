package dev.hv.core.machine.amdvi;

import dev.hv.core.machine.iommu.TableMemory;
import dev.hv.core.machine.iommu.TranslationCache;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** The command buffer (48882, 2.4): a ring of commands of 128 bits in memory, carried out as soon as the tail moves. The code is in bits 63:60. */
final class CommandBuffer implements Saveable {

    private static final int VERSION = 1;
    private static final long OFFSET = 0x7_FFF0;
    private static final int SMALLEST = 8;
    private static final int COMPLETION_WAIT = 1;
    private static final int INVALIDATE_DEVICE = 2;
    private static final int INVALIDATE_PAGES = 3;
    private static final int INVALIDATE_INTERRUPTS = 5;
    private static final int INVALIDATE_ALL = 8;
    private static final long STORE = 1;
    private static final long INTERRUPT = 2;
    private static final long STORE_ADDRESS = 0x000F_FFFF_FFFF_FFF8L;
    private static final long SIZED = 1;
    private static final long GUEST = 4;

    private final TableMemory memory;
    private final DeviceTable devices;
    private final TranslationCache iotlb;
    private final InterruptTables interrupts;
    private final EventLog log;
    private final Runnable waited;
    private final long[] command = new long[2];
    private boolean runs;
    private long base;
    private long head;
    private long tail;

    CommandBuffer(TableMemory memory, DeviceTable devices, TranslationCache iotlb, InterruptTables interrupts, EventLog log, Runnable waited) {
        this.memory = memory;
        this.devices = devices;
        this.iotlb = iotlb;
        this.interrupts = interrupts;
        this.log = log;
        this.waited = waited;
    }

    boolean runs() {
        return runs;
    }

    /** Commands begin or end to be carried out; an error ends that, too. */
    void run(boolean on) {
        runs = on;
        carryOut();
    }

    long base() {
        return base;
    }

    /** Where it lies (51:12), and how many commands it has, as their logarithm (59:56); it is empty. */
    void base(long value) {
        base = value & (AmdViRegisters.ADDRESS | 0xFL << 56);
        head = 0;
        tail = 0;
    }

    long head() {
        return head;
    }

    void head(long value) {
        head = value & OFFSET;
    }

    long tail() {
        return tail;
    }

    void tail(long value) {
        tail = value & OFFSET;
        carryOut();
    }

    private long size() {
        return 16L << Math.max(SMALLEST, (int) (base >>> 56));
    }

    private void carryOut() {
        while (runs && head != (tail & size() - 1)) {
            head &= size() - 1;
            long at = (base & AmdViRegisters.ADDRESS) + head;
            int wrong = !memory.read(at, command) ? EventLog.COMMAND_ERROR : carryOut(command[0], command[1]) ? 0 : EventLog.ILLEGAL_COMMAND;
            if (wrong != 0) {
                runs = false;
                log.write(wrong, 0, 0, wrong == EventLog.COMMAND_ERROR ? EventLog.NO_MEMORY : 0, at);
                return;
            }
            head = head + 16 & size() - 1;
        }
    }

    /** Carries a command out; false when it is none of this unit's. */
    private boolean carryOut(long low, long high) {
        int device = (int) low & 0xFFFF;
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

    /** Forgets a page, or with {@link #SIZED} so much as the address says: ones from bit 12 on, then a zero above them. */
    private void pages(int domain, long high) {
        long address = high & -1L << 12;
        int shift = (high & SIZED) == 0 ? 12 : 12 + Long.numberOfTrailingZeros(~(high >> 12)) + 1;
        if (shift >= Long.SIZE) {
            iotlb.forget(domain);
        } else {
            long first = address & -1L << shift;
            iotlb.forget(domain, first, first + (1L << shift) - 1);
        }
    }

    void reset() {
        runs = false;
        base = 0;
        head = 0;
        tail = 0;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("command-buffer", VERSION);
        out.put("runs", runs);
        out.put("base", base);
        out.put("head", head);
        out.put("tail", tail);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("command-buffer", VERSION);
        runs = in.takeBoolean();
        base = in.take();
        head = in.take();
        tail = in.take();
        in.end();
    }
}
