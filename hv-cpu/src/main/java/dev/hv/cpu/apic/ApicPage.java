package dev.hv.cpu.apic;

import dev.hv.cpu.memory.LittleEndian;

/**
 * All registers of a local APIC as a page, HV_X64_LOCAL_INTERRUPT_CONTROLLER_STATE (HvCallGetVpState): 44 words of 32 bits. Interrupts requested and in service are
 * part of it; what a write of the same registers by a guest would bring about, a command for one, is not.
 */
public final class ApicPage {

    /** Bytes of it. */
    public static final int SIZE = 176;

    private static final int ID_AT = 0;
    private static final int VERSION_AT = 4;
    private static final int LDR_AT = 8;
    private static final int DFR_AT = 12;
    private static final int SVR_AT = 16;
    private static final int ISR_AT = 20;
    private static final int TMR_AT = 52;
    private static final int IRR_AT = 84;
    private static final int ESR_AT = 116;
    private static final int ICR_HIGH_AT = 120;
    private static final int ICR_LOW_AT = 124;
    private static final int LVT_AT = 128;
    private static final int INITIAL_COUNT_AT = 160;
    private static final int CURRENT_COUNT_AT = 164;
    private static final int DIVIDE_AT = 168;
    /** In their order. That of corrected machine checks is there on Intel's processors. */
    private static final int[] LVT = {ApicRegister.LVT_TIMER, ApicRegister.LVT_THERMAL, ApicRegister.LVT_PERFORMANCE, ApicRegister.LVT_LINT0, ApicRegister.LVT_LINT1, ApicRegister.LVT_ERROR,
        ApicRegister.LVT_CMCI};

    private ApicPage() {}

    /** Fills a page. */
    public static void read(LocalApic a, byte[] page) {
        put(page, ID_AT, a.x2apicMode() ? a.id() : a.id() << 24);
        put(page, VERSION_AT, a.lvt().version());
        put(page, LDR_AT, a.address().ldr());
        put(page, DFR_AT, a.address().dfr());
        put(page, SVR_AT, a.svr());
        for (int i = 0; i < 8; i++) {
            put(page, ISR_AT + 4 * i, a.queue().serviceRegister(i));
            put(page, TMR_AT + 4 * i, a.queue().triggerRegister(i));
            put(page, IRR_AT + 4 * i, a.queue().requestRegister(i));
        }
        put(page, ESR_AT, a.errors().value());
        put(page, ICR_HIGH_AT, (int) (a.icr() >>> 32));
        put(page, ICR_LOW_AT, (int) a.icr());
        for (int i = 0; i < LVT.length; i++) {
            put(page, LVT_AT + 4 * i, a.lvt().has(LVT[i]) ? a.lvt().get(LVT[i]) : 0);
        }
        put(page, INITIAL_COUNT_AT, (int) a.timer().initialCount());
        put(page, CURRENT_COUNT_AT, (int) a.timer().currentCount());
        put(page, DIVIDE_AT, a.timer().divide());
    }

    /** There are no interrupts below vector 16. */
    private static int vectors(byte[] page, int at, int i) {
        return LittleEndian.u32(page, at + 4 * i) & (i == 0 ? ~0xFFFF : -1);
    }

    private static void put(byte[] page, int at, int value) {
        LittleEndian.put32(page, at, value);
    }

    /** Takes a page. What tells who the APIC is, and what it counts down from now, stays as it is: the timer begins anew with its initial count. */
    public static void write(LocalApic a, byte[] page) {
        a.setSvr(LittleEndian.u32(page, SVR_AT));
        if (!a.x2apicMode()) {
            a.address().setLdr(LittleEndian.u32(page, LDR_AT));
            a.address().setDfr(LittleEndian.u32(page, DFR_AT));
        }
        for (int i = 0; i < 8; i++) {
            a.queue().setRegisters(i, vectors(page, ISR_AT, i), vectors(page, TMR_AT, i), vectors(page, IRR_AT, i));
        }
        a.command().restore(LittleEndian.u32(page, ICR_HIGH_AT) & 0xFFFF_FFFFL, LittleEndian.u32(page, ICR_LOW_AT) & 0xFFFF_FFFFL);
        for (int i = 0; i < LVT.length; i++) {
            if (a.lvt().has(LVT[i])) {
                a.setLvt(LVT[i], LittleEndian.u32(page, LVT_AT + 4 * i));
            }
        }
        a.timer().setDivide(LittleEndian.u32(page, DIVIDE_AT));
        long count = LittleEndian.u32(page, INITIAL_COUNT_AT) & 0xFFFF_FFFFL;
        if (count != a.timer().initialCount()) {
            a.timer().setInitialCount(count);
        }
        // whether an interrupt can be taken is looked at again
        a.setTpr(a.tpr());
    }
}
