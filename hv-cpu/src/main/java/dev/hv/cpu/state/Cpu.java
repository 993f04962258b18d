package dev.hv.cpu.state;

import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.softfloat.FpEnv;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;

/**
 * The state of one logical processor: what machine code works on too lies off-heap ({@link StateArea}), the rest in fields. What
 * is derived (execution mode, TLB context) is recomputed by {@link Modes} after whatever it derives from changes.
 */
public final class Cpu extends StateArea implements Saveable {

    public static final int RAX = 0;
    public static final int RCX = 1;
    public static final int RDX = 2;
    public static final int RBX = 3;
    public static final int RSP = 4;
    public static final int RBP = 5;
    public static final int RSI = 6;
    public static final int RDI = 7;
    public static final int R8 = 8;
    /** Index of a slot of {@link #gpr(int)} that is always 0: the absent base or index of an address. */
    public static final int ZERO = 16;

    public static final int ES = 0;
    public static final int CS = 1;
    public static final int SS = 2;
    public static final int DS = 3;
    public static final int FS = 4;
    public static final int GS = 5;

    /** Something wants the engine's attention between blocks; see {@code dev.hv.cpu.events.Events}. */
    public static final int EVENT_INTERRUPT = 1;
    public static final int EVENT_NMI = 1 << 1;
    public static final int EVENT_INIT = 1 << 2;
    public static final int EVENT_SIPI = 1 << 3;
    /** The machine asked the engine to return (a timer changed, a device posted work). */
    public static final int EVENT_RETURN = 1 << 4;
    /** A debug trap is pending in {@link #pendingDebug}, or TF is set: run one instruction at a time. */
    public static final int EVENT_DEBUG = 1 << 5;
    /** STI, MOV SS or POP SS just ran: interrupts wait for one instruction. */
    public static final int EVENT_SHADOW = 1 << 6;
    /** A condition that hardware virtualisation watches (interrupt window, NMI window, preemption timer, pending MTF). */
    public static final int EVENT_GUEST = 1 << 7;
    /** A machine check is to be delivered. */
    public static final int EVENT_MACHINE_CHECK = 1 << 8;

    /** Another thread wants the engine to return. */
    public static final int REQUEST_RETURN = 1;
    /** Another thread has written to memory that decoded code came from. */
    public static final int REQUEST_CODE = 1 << 1;

    /** STI blocks interrupts and NMI for one instruction. */
    public static final int SHADOW_STI = 1;
    /** MOV SS and POP SS block interrupts, NMI and debug traps for one instruction. */
    public static final int SHADOW_SS = 2;

    /** Values of {@link #activity}. */
    public static final int ACTIVE = 0;
    public static final int HALTED = 1;
    public static final int SHUTDOWN = 2;
    public static final int WAIT_FOR_SIPI = 3;
    /** A wait of MWAIT, UMWAIT or TPAUSE, of which {@link #monitor} knows the end. */
    public static final int WAITING = 4;

    /** Machine-check banks. */
    public static final int MACHINE_CHECK_BANKS = 10;

    /** Address of the next instruction, valid between blocks and where an operation asked for it. */
    public long rip;

    /** ES CS SS DS FS GS. */
    public final Segment[] seg = {new Segment(), new Segment(), new Segment(), new Segment(), new Segment(), new Segment()};
    public final Segment ldtr = new Segment();
    public final Segment tr = new Segment();
    public long gdtrBase;
    public int gdtrLimit;
    public long idtrBase;
    public int idtrLimit;

    public long cr0;
    /** Where the #PF under way happened; becomes {@link #cr2()} when it is delivered. */
    public long pageFaultAddress;
    public long cr3;
    public long cr4;
    public long efer;
    public long xcr0 = 1;
    /** IA32_XSS. */
    public long xss;
    /** PKRU and IA32_PKRS; {@link ProtectionKeys} sets them. */
    int pkru;
    int pkrs;
    /** DR0 … DR3, then DR6 and DR7 at their numbers. */
    public final long[] dr = new long[8];
    /** PDPTEs of PAE paging, loaded with CR3. */
    public final long[] pdpte = new long[4];
    public int cpl;
    /** Second result of an operation, on its way from the semantics to the operand form (XCHG, XADD). */
    public long scratch;

    public long star;
    public long cstar;
    public long sysenterCs;
    public long sysenterEsp;
    public long sysenterEip;
    public long tscAux;
    /** IA32_U_CET and IA32_S_CET; {@link Modes#update} comes after a change. */
    public long userCet;
    public long supervisorCet;
    /** SSP, the pointer of the shadow stack in use. */
    public long ssp;
    /** IA32_PL0_SSP to IA32_PL3_SSP. */
    public final long[] levelSsp = new long[4];
    /** IA32_INTERRUPT_SSP_TABLE_ADDR. */
    public long interruptSspTable;
    /** IA32_UMWAIT_CONTROL. */
    public long umwaitControl;
    /** IA32_TSC_ADJUST; also takes what writes of IA32_TIME_STAMP_COUNTER change. */
    public long tscAdjust;
    public long pat = 0x0007040600070406L;
    /** IA32_DEBUGCTL. */
    public long debugCtl;
    /** What IA32_DEBUGCTL.LBR has recorded. */
    public final BranchRecords branches;
    /** Performance counters. */
    public final PerformanceCounters counters;
    public long mtrrDefType;
    public final long[] mtrrFixed = new long[11];
    public final long[] mtrrVariable = new long[16];
    public long miscEnable;
    public long biosSignature;
    public long featureControl;
    public long specCtrl;
    /** State of the random number generator ({@link Entropy}). */
    public long entropy;
    /** IA32_MCG_STATUS. */
    public long mcgStatus;
    /** IA32_MCi_CTL, STATUS, ADDR, MISC of every bank. */
    public final long[] machineCheck = new long[4 * MACHINE_CHECK_BANKS];
    /** IA32_MCi_CTL2 of every bank. */
    public final long[] machineCheckControl2 = new long[MACHINE_CHECK_BANKS];

    /** Working state of floating-point instructions; nothing in it outlives an instruction. */
    public final FpEnv fp = new FpEnv();
    /** Significands of the physical x87 registers; MMX registers are these. */
    public final long[] fpSignificand = new long[8];
    /** Sign (bit 15) and exponent of the physical x87 registers. */
    public final int[] fpSignExp = new int[8];
    public int fcw = 0x40;
    /** Status word with TOP in bits 13:11. */
    public int fsw;
    /** Tag word, two bits a physical register: 3 where it is empty, else 0; what software reads of others follows from what they hold. */
    public int ftw;
    public int fop;
    public long fip;
    public int fcs;
    public long fdp;
    public int fds;
    /** While an instruction is carried out whose operands are not checked for alignment. */
    public boolean alignmentFree;

    /** FERR# is asserted: see {@link #numericErrors}. */
    public boolean ferr;

    public int activity;
    /** {@link #SHADOW_STI} and {@link #SHADOW_SS}; in force only at {@link #shadowRip}. Read it by {@link #shadow()}. */
    public int shadow;
    /** Address of the one instruction that {@link #shadow} covers. */
    public long shadowRip;
    /** An NMI handler is running: further NMIs wait for IRET. */
    public boolean nmiBlocked;
    /** SVM's global interrupt flag is clear: interrupts, NMI, INIT and start-up IPIs wait, breakpoints are lost (APM vol. 2, table 15-10). */
    public boolean eventsHeld;
    /** Debug conditions for a #DB that waits for the instruction boundary, as DR6 bits. */
    public int pendingDebug;
    /** TF was set when the instruction under way began: #DB follows it unless it delivers an event itself. */
    public boolean stepping;
    /** RF was set when the instruction under way began: it ends with it. */
    public boolean resuming;
    /** {@link #shadow} as it was when the instruction under way began. */
    public int shadowBefore;
    /** The event being delivered; none outside event delivery. */
    public final PendingEvent delivering = new PendingEvent();
    /** Number of SIPI's vector. */
    public int sipiVector;
    /** Events raised, {@code EVENT_…}. */
    public int events;

    /** What other threads want, {@code REQUEST_…}: seen at the next block boundary. Apart from {@link #events}, which one thread writes. */
    public volatile int requests;
    /** Other processors run at the same time: accesses keep x86 order, locked instructions are atomic. */
    public boolean parallel;
    /** Linear address of an operand that its segment lets go around 4 GiB, -1 for none: what the last access through a segment found. */
    long wrapping = -1;
    /** In parallel mode: runs an action while no other processor executes guest code. One object for all processors. */
    public Consumer<Runnable> exclusive = Runnable::run;

    /** Index of the operation that threw, when it ran in a compiled block. */
    public int operation;
    /** A VM exit went to a hypervisor that is not guest code: the engine returns. */
    public boolean returnToHost;

    /** Instructions retired since power-on; inside a block, those of the whole block are counted already. */
    public long instructions;
    /**
     * Steps of the engine since power-on that retired no instruction: events and exceptions delivered, entries and exits of a hypervisor
     * that is guest code, parts of repeated string instructions before the last. What they are depends on architectural state alone.
     */
    public long steps;

    // ---- derived -------------------------------------------------------------------------------------------------
    /** Bits that decoding depends on; {@link Modes}. */
    public int mode;
    /** {@link #ctx()} for implicit supervisor accesses (descriptor tables, TSS). */
    public long systemCtx;
    /** Raw address of the TLB. */
    public final long tlbBase;

    // ---- connections ---------------------------------------------------------------------------------------------
    /** Position among the processors of the machine; also the initial APIC identifier. */
    public final int index;
    /** Processors in the machine, for CPUID's topology. */
    public int processors = 1;
    /** Processors that share the host's memory for decoded code: all of the machine. */
    public int codeShares = 1;
    public final CpuModel model;
    public final PhysicalBus bus;
    public final Tlb tlb;
    public PortBus ports = PortBus.NONE;
    public NumericErrorPins numericErrors = NumericErrorPins.NONE;
    public LocalInterrupts apic;
    public TimeSource time = () -> 0;
    public WaitTimer waitTimer = WaitTimer.NONE;
    /** What MONITOR arms and MWAIT waits for. */
    public final AddressMonitor monitor = new AddressMonitor(this);
    public CodeWatch code;
    /** Who sees what code is executed; null for nobody. */
    public CodeWitness witness;
    /** The host's debugger; null without one. */
    public HostDebug debug;
    /** Hardware virtualisation in guest operation; null otherwise. */
    public Intercepts guest;
    /** Second-level translation in guest operation; null when it is off. */
    public NestedPaging nested;
    /** VMX or SVM unit of this processor, for its instructions; null when the model has none. */
    public Virtualization virtualization;

    private static final VarHandle REQUESTS = requestsHandle();

    private static VarHandle requestsHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(Cpu.class, "requests", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final GuestFault fault = new GuestFault();
    private final VmExitSignal exit = new VmExitSignal();

    /** A processor at power-on, before {@link Reset}. */
    public Cpu(int index, CpuModel model, PhysicalBus bus) {
        this.index = index;
        this.model = model;
        branches = new BranchRecords(model);
        this.bus = bus;
        tlbBase = area + StateLayout.TLB;
        flagResult(1);
        rflagsOther(Rflags.FIXED);
        eventMask(~0);
        mxcsr(0x1F80);
        this.tlb = new Tlb(this);
        Entropy.seed(this, Entropy.DEFAULT_SEED);
        counters = new PerformanceCounters(this);
    }

    /** The exception to throw for a fault with an error code (0 for vectors without one). */
    public GuestFault fault(int vector, int errorCode) {
        fault.vector = vector;
        fault.errorCode = errorCode;
        fault.nonCanonical = false;
        fault.misaligned = false;
        fault.ofStack = false;
        return fault;
    }

    /** The exception that {@link #fault} made last. */
    public GuestFault lastFault() {
        return fault;
    }

    /** #GP(0). */
    public GuestFault gp() {
        return fault(Vector.GP, 0);
    }

    /** #UD. */
    public GuestFault ud() {
        return fault(Vector.UD, 0);
    }

    /** #GP(0), or #SS(0) when the operand at fault uses the stack segment. */
    public GuestFault nonCanonical() {
        fault(Vector.GP, 0);
        fault.nonCanonical = true;
        return fault;
    }

    /** The VM exit to throw from the middle of a memory access; what the arguments are, {@link VmExitSignal} says. */
    public VmExitSignal exit(VmExitSignal.Kind kind, int access, int rights, long guestPhysical, long guestLinear) {
        exit.kind = kind;
        exit.access = access;
        exit.rights = rights;
        exit.guestPhysical = guestPhysical;
        exit.guestLinear = guestLinear;
        exit.length = 0;
        return exit;
    }

    /** RFLAGS as software sees it. */
    public long rflags() {
        return rflagsOther() | Flags.arithmetic(this);
    }

    /** Replaces RFLAGS whole; reserved bits are forced. */
    public void setRflags(long value) {
        Flags.load(this, value);
        long before = rflagsOther();
        rflagsOther(value & Rflags.ALL & ~Rflags.ARITHMETIC | Rflags.FIXED);
        if (((before ^ rflagsOther()) & (Rflags.IF | Rflags.TF | Rflags.AC | Rflags.VM)) != 0) {
            Modes.update(this);
        }
    }

    /** Whether a control register bit or several are all set. */
    public boolean cr0(long bits) {
        return (cr0 & bits) == bits;
    }

    /** Whether a bit of CR4 or several are all set. */
    public boolean cr4(long bits) {
        return (cr4 & bits) == bits;
    }

    /** PKRU: rights that data accesses have to user pages, by protection key. */
    public int pkru() {
        return pkru;
    }

    /** IA32_PKRS: rights that data accesses have to supervisor pages, by protection key. */
    public int pkrs() {
        return pkrs;
    }

    /** Whether IA-32e mode is active. */
    public boolean longMode() {
        return (efer & Control.EFER_LMA) != 0;
    }

    /** Whether the processor runs 64-bit code. */
    public boolean mode64() {
        return (mode & Modes.CODE64) != 0;
    }

    /** Whether the processor is in protected mode and not in virtual-8086 mode. */
    public boolean protectedMode() {
        return (cr0 & Control.CR0_PE) != 0 && (rflagsOther() & Rflags.VM) == 0;
    }

    /** Blocking of events that is in force at {@link #rip}: it ends with the instruction at {@link #shadowRip}. */
    public int shadow() {
        return shadow != 0 && rip == shadowRip ? shadow : 0;
    }

    /**
     * Starts blocking events for the instruction at {@code at}, unless blocking of this kind is in force already: of several
     * STI or MOV SS in a row only the first blocks (SDM vol. 2B).
     */
    public void block(int kind, long at) {
        if ((shadowBefore & kind) == 0) {
            shadow = kind;
            shadowRip = at;
            Modes.updateEvents(this);
        }
    }

    /** Raises events and lets the engine see them at the next block boundary. */
    public void raise(int bits) {
        events |= bits;
    }

    /** Raises requests from any thread. */
    public void request(int bits) {
        REQUESTS.getAndBitwiseOr(this, bits);
    }

    /** Takes all requests. */
    public int takeRequests() {
        return (int) REQUESTS.getAndSet(this, 0);
    }

    /** What counts for time and limits: instructions, and the steps that retire none. Never falls between blocks. */
    public long progress() {
        return instructions + steps;
    }

    /** The time-stamp counter as RDTSC reads it. */
    public long readTsc() {
        long tsc = time.tsc() + tscAdjust;
        return guest == null ? tsc : guest.guestTsc(this, tsc);
    }

    @Override
    public void save(StateWriter out) {
        CpuSnapshot.save(this, out);
    }

    @Override
    public void restore(StateReader in) {
        CpuSnapshot.restore(this, in);
    }
}
