package dev.hv.core.hypercall;

import dev.hv.core.tlfs.HvHypercall;
import dev.hv.core.tlfs.HvStatus;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The one entrance to hypercalls, whoever makes them: takes the control word apart, checks code, shape, addresses and privilege in this
 * order, copies the input, runs the call, and hands status and output back (TLFS, "Hypercall interface"). A call may bring about another
 * before it ends (a message for the root partition whose services answer at once): each has its own parameters.
 *
 * @param <C> what the bodies of calls get as caller
 */
public final class HypercallDispatcher<C extends HypercallCaller> {

    /** What has become of a call. */
    public enum Outcome {
        /** The caller has its answer and goes on behind its instruction. */
        ANSWERED,
        /** It was interrupted: the caller's instruction has to be executed again. */
        INTERRUPTED,
        /** Whoever owns the caller's partition answers it. */
        LEFT
    }

    /** Work after which a call that repeats is interrupted, a repetition being 1 or more: it goes on when the caller is entered again. */
    static final int BATCH = 512;

    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int RBX = 3;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final int R8 = 8;
    private static final long LOW = 0xFFFF_FFFFL;

    /** RDX, R8 and XMM0 to XMM5. */
    private static final int FAST_LIMIT = 112;
    private static final int FAST_PAIR = 16;

    /** Call codes are below this; those of extended calls count from {@link #EXTENDED}. */
    private static final int CODES = 0x200;
    private static final int EXTENDED = 0x8000;
    private static final int EXTENDED_CODES = 0x20;

    /** By {@link #slot}: no call is looked up by a key that must be made first. */
    private final List<HypercallContract<C>> contracts = new ArrayList<>(Collections.nCopies(CODES + EXTENDED_CODES, null));
    private final long[] counts = new long[CODES + EXTENDED_CODES];
    /** Parameters of the calls that are under way, the outermost first; more are made when calls nest deeper. */
    private final List<HypercallParameters> frames = new ArrayList<>();
    private int depth;
    private HypercallParameters p;
    private final long fastOutput;

    /**
     * A dispatcher of these calls.
     *
     * @param fastOutput privileges that output in registers takes
     */
    public HypercallDispatcher(List<HypercallContract<C>> calls, long fastOutput) {
        this.fastOutput = fastOutput;
        for (HypercallContract<C> c : calls) {
            contracts.set(slot(c.code()), c);
        }
    }

    /** Where a call code stands in the tables, or -1. */
    private static int slot(int code) {
        return code < CODES ? code : code >= EXTENDED && code < EXTENDED + EXTENDED_CODES ? CODES + code - EXTENDED : -1;
    }

    /** Name of the call with a code; null when there is none. */
    public String name(int code) {
        int slot = slot(code);
        return slot < 0 || contracts.get(slot) == null ? null : contracts.get(slot).name();
    }

    /** Calls so far by name, those never made left out. */
    public SortedMap<String, Long> counts() {
        SortedMap<String, Long> all = new TreeMap<>();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                all.put(contracts.get(i).name(), counts[i]);
            }
        }
        return all;
    }

    /** Carries out the hypercall that the caller's registers describe. */
    public Outcome dispatch(C caller) {
        if (depth == frames.size()) {
            frames.add(new HypercallParameters());
        }
        HypercallParameters outer = p;
        p = frames.get(depth++);
        try {
            return carryOut(caller);
        } finally {
            depth--;
            p = outer;
        }
    }

    private Outcome carryOut(C caller) {
        boolean wide = caller.longMode();
        long control = wide ? caller.gpr(RCX) : caller.gpr(RDX) << 32 | caller.gpr(RAX) & LOW;
        int slot = slot((int) control & 0xFFFF);
        HypercallContract<C> c = slot < 0 ? null : contracts.get(slot);
        if ((c == null || slot >= CODES) && caller.leavesUnknownCalls()) {
            return Outcome.LEFT;
        }
        if (c == null) {
            finish(caller, wide, HvStatus.INVALID_HYPERCALL_CODE, 0);
            return Outcome.ANSWERED;
        }
        int count = (int) (control >>> HvHypercall.COUNT_SHIFT) & HvHypercall.REPETITIONS_MASK;
        int start = (int) (control >>> HvHypercall.START_SHIFT) & HvHypercall.REPETITIONS_MASK;
        if (start == 0) {
            counts[slot]++;
        }
        p.fixed = c.input();
        p.variable = ((int) (control >>> HvHypercall.VARIABLE_SHIFT) & HvHypercall.VARIABLE_MASK) * 8;
        p.inputElement = c.inputElement();
        p.outputElement = c.outputElement();
        int inputBytes = p.fixed + p.variable + count * p.inputElement;
        int outputBytes = c.output() + count * p.outputElement;
        boolean fast = (control & HvHypercall.FAST) != 0;
        long first = wide ? caller.gpr(RDX) : caller.gpr(RBX) << 32 | caller.gpr(RCX) & LOW;
        long second = wide ? caller.gpr(R8) : caller.gpr(RDI) << 32 | caller.gpr(RSI) & LOW;
        HvStatus status = checkShape(c, control, count, start);
        if (status.ok()) {
            status = fast ? checkRegisters(caller, inputBytes, outputBytes)
                    : checkPlace(caller, inputBytes, first) && checkPlace(caller, outputBytes, second) ? HvStatus.SUCCESS : HvStatus.INVALID_ALIGNMENT;
        }
        if (status.ok() && !caller.has(c.privilege())) {
            status = HvStatus.ACCESS_DENIED;
        }
        // a call that could not answer must not happen: whether there is a place for output is seen by writing nothing to it
        if (status.ok() && (!fetch(caller, fast, inputBytes, first, second) || !fast && outputBytes > 0 && !caller.write(second, p.output, 0, 0))) {
            status = HvStatus.INVALID_PARAMETER;
        }
        if (!status.ok()) {
            finish(caller, wide, status, c.repeats() && start < count ? start : 0);
            return Outcome.ANSWERED;
        }
        if (!c.repeats()) {
            p.left = false;
            p.again = false;
            status = c.body().call(caller, p, 0);
            if (p.left || p.again) {
                return p.left ? Outcome.LEFT : Outcome.INTERRUPTED;
            }
            if (status.ok() && outputBytes > 0) {
                deliver(caller, wide, fast, inputBytes, second, 0, outputBytes);
            }
            finish(caller, wide, status, 0);
            return Outcome.ANSWERED;
        }
        int done = start;
        p.work = 0;
        while (done < count && p.work < BATCH && status.ok()) {
            status = c.body().call(caller, p, done);
            if (status.ok()) {
                done++;
                p.work++;
            }
        }
        c.end().end(caller, p);
        if (done > start && outputBytes > 0) {
            deliver(caller, wide, fast, inputBytes, second, start * p.outputElement, done * p.outputElement);
        }
        if (status.ok() && done < count) {
            goOn(caller, wide, control, done);
            return Outcome.INTERRUPTED;
        }
        finish(caller, wide, status, done);
        return Outcome.ANSWERED;
    }

    private HvStatus checkShape(HypercallContract<C> c, long control, int count, int start) {
        boolean wrong = (control & ~HvHypercall.DEFINED) != 0 || p.variable != 0 && !c.variable()
                || (c.repeats() ? start >= count : count != 0 || start != 0);
        return wrong ? HvStatus.INVALID_HYPERCALL_INPUT : HvStatus.SUCCESS;
    }

    /** Output in registers takes a privilege of its own. */
    private HvStatus checkRegisters(C caller, int inputBytes, int outputBytes) {
        boolean fit = inputBytes <= FAST_LIMIT && (outputBytes == 0 || align(inputBytes) + outputBytes <= FAST_LIMIT && caller.has(fastOutput));
        return fit ? HvStatus.SUCCESS : HvStatus.INVALID_HYPERCALL_INPUT;
    }

    /**
     * Whether a list of parameters is aligned to 8 bytes, in one page, and within the space (TLFS, "Common hypercall status codes"). An address
     * counts only where there is something to read or write.
     */
    private boolean checkPlace(C caller, int bytes, long gpa) {
        return bytes == 0 || (gpa & 7) == 0 && (gpa & HypercallParameters.LIMIT - 1) + bytes <= HypercallParameters.LIMIT
                && Long.compareUnsigned(gpa, caller.spaceEnd()) < 0;
    }

    /** Registers that input begins are not used for output. */
    private static int align(int bytes) {
        return Math.ceilDiv(bytes, FAST_PAIR) * FAST_PAIR;
    }

    /** Copies the input out of registers or memory. */
    private boolean fetch(C caller, boolean fast, int bytes, long first, long second) {
        if (!fast) {
            return bytes == 0 || caller.read(first, p.input, 0, bytes);
        }
        p.putInput(0, first);
        p.putInput(8, second);
        for (int at = FAST_PAIR; at < bytes; at += 8) {
            p.putInput(at, caller.xmm((at - FAST_PAIR) / FAST_PAIR, at / 8 & 1));
        }
        return true;
    }

    /** Copies output bytes {@code from} to {@code to} into memory, or into the registers behind those of the input. */
    private void deliver(C caller, boolean wide, boolean fast, int inputBytes, long gpa, int from, int to) {
        if (!fast) {
            caller.write(gpa + from, p.output, from, to - from);
            return;
        }
        for (int at = from & ~7; at < to; at += 8) {
            int place = align(inputBytes) + at;
            long word = p.outputWord(at);
            if (place >= FAST_PAIR) {
                caller.setXmm((place - FAST_PAIR) / FAST_PAIR, place / 8 & 1, word);
            } else if (wide) {
                caller.setGpr(place == 0 ? RDX : R8, word);
            } else {
                caller.setGpr(place == 0 ? RBX : RDI, word >>> 32);
                caller.setGpr(place == 0 ? RCX : RSI, word & LOW);
            }
        }
    }

    /** Leaves the control word so that the same instruction goes on where the call was interrupted. */
    private void goOn(C caller, boolean wide, long control, int done) {
        long next = control & ~((long) HvHypercall.REPETITIONS_MASK << HvHypercall.START_SHIFT) | (long) done << HvHypercall.START_SHIFT;
        if (wide) {
            caller.setGpr(RCX, next);
        } else {
            caller.setGpr(RDX, next >>> 32);
        }
    }

    private void finish(C caller, boolean wide, HvStatus status, int completed) {
        long result = status.code() | (long) completed << HvHypercall.COUNT_SHIFT;
        if (wide) {
            caller.setGpr(RAX, result);
        } else {
            caller.setGpr(RAX, result & LOW);
            caller.setGpr(RDX, result >>> 32);
        }
    }
}
