package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.memory.PageOwnership;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.HvVpStatePage;
import dev.hv.core.tlfs.InterceptMessage;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;

/**
 * Pages by which a parent sees the state of a virtual processor that stands still, and changes registers of it without a hypercall (TLFS,
 * HvCallMapVpStatePage). A page is the parent's own, or one of those that were deposited for the partition. What is in it is a copy: the
 * parent may write there what it likes.
 */
public final class StatePages implements Saveable {

    private static final int VERSION = 2;
    private static final long NONE = -1;
    private static final int[] SYSTEM_PLACES = {HvVpStatePage.CR0, HvVpStatePage.CR3, HvVpStatePage.CR4, HvVpStatePage.CR8, HvVpStatePage.EFER, HvVpStatePage.DR7,
        HvVpStatePage.XFEM};
    private static final int[] SYSTEM_NAMES = {HvRegister.CR0, HvRegister.CR3, HvRegister.CR4, HvRegister.CR8, HvRegister.EFER, HvRegister.DR7, HvRegister.XFEM};

    private final VirtualProcessor vp;
    private final SystemMemory memory;
    /** By type: system address, or {@link #NONE}. */
    private final long[] pages = {NONE, NONE};
    /** By type: the parent's page number of a page of its own, or {@link #NONE} for one of the pool. */
    private final long[] own = {NONE, NONE};
    /** By type: 1 for one of the parent's that was deposited for the partition, and is again afterwards. */
    private final long[] lent = {0, 0};

    StatePages(VirtualProcessor vp, SystemMemory memory) {
        this.vp = vp;
        this.memory = memory;
    }

    /**
     * Maps a page of the caller's own, which it cannot deposit until {@link #unmap}.
     *
     * @param type of {@link HvVpStatePage}
     * @param gpn the parent's page number
     */
    public HvStatus map(int type, long gpn, PageOwnership ownership) {
        if (pages[type] != NONE) {
            return HvStatus.OBJECT_IN_USE;
        }
        long page = translate(gpn);
        if (page < 0 || !ownership.map(page)) {
            return HvStatus.INVALID_PARAMETER;
        }
        memory.clearPage(page);
        return mapped(type, page, gpn);
    }

    /** Maps a page that a parent that is a guest has deposited for the partition, where it was; INSUFFICIENT_MEMORY asks for a deposit. */
    public HvStatus mapDeposited(int type, Deposits deposits) {
        if (pages[type] != NONE) {
            return HvStatus.OBJECT_IN_USE;
        }
        HvResult gpn = deposits.show(vp.partition().owner(), vp.partition().pool());
        if (!gpn.status().ok()) {
            return gpn.status();
        }
        HvStatus status = map(type, gpn.value(), deposits.ownership());
        lent[type] = status.ok() ? 1 : 0;
        return status;
    }

    /** Maps a page of the partition's pool: INSUFFICIENT_MEMORY asks for a deposit. */
    public HvStatus map(int type) {
        if (pages[type] != NONE) {
            return HvStatus.OBJECT_IN_USE;
        }
        long page = vp.partition().pool().take();
        return page < 0 ? HvStatus.INSUFFICIENT_MEMORY : mapped(type, page, NONE);
    }

    private HvStatus mapped(int type, long page, long gpn) {
        pages[type] = page;
        own[type] = gpn;
        if (vp.scheduling().standsStill()) {
            show();
        }
        return HvStatus.SUCCESS;
    }

    /** The page number of a page that is mapped, as the parent knows it. */
    public long number(int type) {
        return own[type] == NONE ? pages[type] / SystemMemory.PAGE : own[type];
    }

    /** Ends a mapping; what the parent has changed there counts no more. NOT_FOUND when there is none. */
    public HvStatus unmap(int type, Deposits deposits) {
        if (pages[type] == NONE) {
            return HvStatus.NOT_FOUND;
        }
        if (own[type] == NONE) {
            vp.partition().pool().release(pages[type]);
        } else {
            deposits.ownership().unmap(pages[type]);
            if (lent[type] != 0) {
                deposits.hide(vp.partition().owner(), vp.partition().pool(), own[type]);
            }
        }
        lent[type] = 0;
        pages[type] = NONE;
        own[type] = NONE;
        return HvStatus.SUCCESS;
    }

    /** The processor is deleted. */
    void delete(Deposits deposits) {
        for (int type = 0; type < HvVpStatePage.TYPES; type++) {
            unmap(type, deposits);
        }
    }

    /** A page of the parent's; its own parent may have taken it away. */
    private long translate(long gpn) {
        Partition parent = vp.partition().owner();
        if (gpn < 0 || gpn >= 1L << Long.SIZE - 1 - 12) {
            return NONE;
        }
        return parent.space() == null ? gpn << 12 : parent.space().translate(gpn << 12, HvMapFlags.READABLE | HvMapFlags.WRITABLE);
    }

    /** Where a page is, or {@link #NONE} for one that is not mapped, or not the parent's any more. */
    private long at(int type) {
        long page = pages[type];
        return page == NONE || own[type] == NONE || translate(own[type]) == page ? page : NONE;
    }

    /** The processor stands still: shows its registers and its message. */
    public void show() {
        vp.partition().statistics().show(vp.index());
        long page = at(HvVpStatePage.INTERCEPT_MESSAGE);
        if (page != NONE) {
            InterceptMessage message = vp.intercepts().message();
            for (int at = 8; message.type() != HvMessage.NONE && at < HvMessage.SIZE; at += 8) {
                memory.write(page + at, 8, message.get(at, 8));
            }
            memory.write(page, 8, message.type() == HvMessage.NONE ? HvMessage.NONE : message.get(0, 8));
        }
        page = at(HvVpStatePage.REGISTERS);
        if (page != NONE) {
            showRegisters(page);
        }
    }

    private void showRegisters(long page) {
        vp.context().store();
        Cpu c = vp.registers();
        for (int i = 0; i < 16; i++) {
            memory.write(page + HvVpStatePage.GENERAL + 8 * i, 8, c.gpr(i));
        }
        memory.write(page + HvVpStatePage.RIP, 8, c.rip);
        memory.write(page + HvVpStatePage.RFLAGS, 8, c.rflags());
        for (int i = 0; i < HvVpStatePage.XMM_COUNT; i++) {
            put(page + HvVpStatePage.XMM + 16 * i, CpuRegisters.get(c, HvRegister.XMM0 + i));
        }
        for (int i = 0; i < HvVpStatePage.SEGMENT_COUNT; i++) {
            put(page + HvVpStatePage.SEGMENTS + 16 * i, CpuRegisters.get(c, HvRegister.ES + i));
        }
        for (int i = 0; i < SYSTEM_PLACES.length; i++) {
            memory.write(page + SYSTEM_PLACES[i], 8, CpuRegisters.get(c, SYSTEM_NAMES[i]).low());
        }
        memory.write(page + HvVpStatePage.PENDING_INTERRUPTION, 8, PendingInterruption.of(vp.context().queued()));
        memory.write(page + HvVpStatePage.INTERRUPT_STATE, 8, (c.shadow() != 0 ? HvVpStatePage.STATE_SHADOW : 0) | (c.nmiBlocked ? HvVpStatePage.STATE_NMI_MASKED : 0));
        memory.write(page + HvVpStatePage.DIRTY, 4, 0);
        memory.write(page + HvVpStatePage.VERSION, 2, HvVpStatePage.VERSION_1);
        memory.write(page + HvVpStatePage.VALID, 1, 1);
    }

    private void put(long at, HvRegisterValue value) {
        memory.write(at, 8, value.low());
        memory.write(at + 8, 8, value.high());
    }

    /** The parent has changed what the processor has, or whether it stands still. */
    public void update() {
        if (vp.scheduling().standsStill()) {
            show();
        } else {
            hide();
        }
    }

    /** The processor goes on: what the page says of it is no longer so. */
    private void hide() {
        vp.partition().statistics().show(vp.index());
        long page = at(HvVpStatePage.REGISTERS);
        if (page != NONE) {
            memory.write(page + HvVpStatePage.VALID, 1, 0);
        }
        page = at(HvVpStatePage.INTERCEPT_MESSAGE);
        if (page != NONE) {
            memory.write(page + HvMessage.TYPE, 4, vp.intercepts().message().type());
        }
    }

    /** Takes what the parent has changed in the register page, before anybody looks at the registers or the processor goes on. */
    public void take() {
        long page = at(HvVpStatePage.REGISTERS);
        if (page == NONE || memory.read(page + HvVpStatePage.DIRTY, 4) == 0 || !vp.scheduling().standsStill()) {
            return;
        }
        int dirty = (int) memory.read(page + HvVpStatePage.DIRTY, 4);
        memory.write(page + HvVpStatePage.DIRTY, 4, 0);
        vp.context().store();
        Cpu c = vp.registers();
        if ((dirty & HvVpStatePage.DIRTY_GENERAL) != 0) {
            for (int i = 0; i < 16; i++) {
                c.gpr(i, memory.read(page + HvVpStatePage.GENERAL + 8 * i, 8));
            }
        }
        if ((dirty & HvVpStatePage.DIRTY_RIP) != 0) {
            c.rip = memory.read(page + HvVpStatePage.RIP, 8);
        }
        if ((dirty & HvVpStatePage.DIRTY_XMM) != 0) {
            takeEach(c, page + HvVpStatePage.XMM, HvRegister.XMM0, HvVpStatePage.XMM_COUNT);
        }
        if ((dirty & HvVpStatePage.DIRTY_SEGMENTS) != 0) {
            takeEach(c, page + HvVpStatePage.SEGMENTS, HvRegister.ES, HvVpStatePage.SEGMENT_COUNT);
        }
        if ((dirty & HvVpStatePage.DIRTY_FLAGS) != 0) {
            // flags that no processor has are not taken, as HvCallSetVpRegisters would refuse them
            CpuRegisters.set(c, HvRegister.RFLAGS, HvRegisterValue.of(memory.read(page + HvVpStatePage.RFLAGS, 8)));
        }
        vp.context().load();
    }

    private void takeEach(Cpu c, long at, int name, int count) {
        for (int i = 0; i < count; i++) {
            CpuRegisters.set(c, name + i, new HvRegisterValue(memory.read(at + 16 * i, 8), memory.read(at + 16 * i + 8, 8)));
        }
    }

    /** Where they are; what is in them is in memory, which is saved by itself. */
    @Override
    public void save(StateWriter out) {
        out.begin("state-pages", VERSION);
        out.put("pages", pages);
        out.put("own", own);
        out.put("lent", lent);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("state-pages", VERSION);
        in.take(pages);
        in.take(own);
        in.take(lent);
        in.end();
    }
}
